namespace PolyCopy.Modules.Persistence;

/// <summary>One set-based UPDATE of at most 10,000 rows: column arrays of equal length, computed in C#.</summary>
/// <param name="Table">snake_case table name.</param>
/// <param name="Key">Key column and values.</param>
/// <param name="Revision">Optional guard: only rows whose column still has this value are written.</param>
/// <param name="Columns">What to set.</param>
/// <param name="Wait">False: rows locked or being changed elsewhere are skipped (display data, alone in its transaction). True: their owners are waited for (money).</param>
internal sealed record BulkUpdate(string Table, BulkColumn Key, BulkColumn? Revision, IReadOnlyList<BulkColumn> Columns, bool Wait = false)
{
    public int Rows => Key.Values.Length;
}

/// <summary>One set-based INSERT; columns left out take their defaults.</summary>
/// <param name="Table">snake_case table name.</param>
/// <param name="Columns">What to insert.</param>
/// <param name="SkipExisting">Rows that would break a unique index are left out.</param>
/// <param name="Key">With it rows whose key exists are overwritten instead; each key at most once.</param>
internal sealed record BulkInsert(string Table, IReadOnlyList<BulkColumn> Columns, bool SkipExisting = false, string? Key = null)
{
    public int Rows => Columns[0].Values.Length;

    /// <summary>What happens to rows that exist; both providers speak it.</summary>
    public string OnConflict => SkipExisting ? " on conflict do nothing" : Key is null ? "" : $" on conflict ({Key}) do update set {string.Join(", ", Columns.Where(c => c.Name != Key).Select(c => $"{c.Name} = excluded.{c.Name}"))}";
}

/// <summary>A column of a <see cref="BulkUpdate"/> or <see cref="BulkInsert"/>; Values is a typed array (Guid[], string[], long[], decimal[], DateTime[], decimal?[] ...).</summary>
/// <param name="IsJson">The column is jsonb on PostgreSQL.</param>
internal sealed record BulkColumn(string Name, Array Values, bool IsJson = false);
