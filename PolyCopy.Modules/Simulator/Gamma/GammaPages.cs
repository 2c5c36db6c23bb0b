namespace PolyCopy.Modules.Simulator.Gamma;

/// <summary>Sorts and cuts a listing.</summary>
internal static class GammaPages
{
    /// <summary>The page behind the query's cursor, and the cursor of the next page; null on the last.</summary>
    public static (List<T> Items, string? Next) Keyset<T>(IEnumerable<(T Item, decimal Key, long Id)> all, GammaQuery query)
    {
        var behind = query.After is not { } after ? all : all.Where(i => query.Ascending
            ? (i.Key, i.Id).CompareTo(after) > 0
            : i.Key < after.Key || (i.Key == after.Key && i.Id > after.Id));
        var page = Sorted(behind, query).Take(query.Limit + 1).ToList();
        var next = page.Count <= query.Limit ? null : GammaQuery.Cursor(page[query.Limit - 1].Key, page[query.Limit - 1].Id);
        return ([.. page.Take(query.Limit).Select(i => i.Item)], next);
    }

    /// <summary>The old way: skip and take.</summary>
    public static List<T> Offset<T>(IEnumerable<(T Item, decimal Key, long Id)> all, GammaQuery query, int offset) =>
        [.. Sorted(all, query).Skip(offset).Take(query.Limit).Select(i => i.Item)];

    private static IEnumerable<(T Item, decimal Key, long Id)> Sorted<T>(IEnumerable<(T Item, decimal Key, long Id)> items, GammaQuery query) =>
        query.Ascending ? items.OrderBy(i => i.Key).ThenBy(i => i.Id) : items.OrderByDescending(i => i.Key).ThenBy(i => i.Id);
}
