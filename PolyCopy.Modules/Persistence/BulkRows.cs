using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace PolyCopy.Modules.Persistence;

/// <summary>Set-based writes of mapped rows: names, types and conversions come from the model, the change tracker is not involved.</summary>
internal static class BulkRows
{
    /// <summary>Inserts rows in the order given, which generated keys follow.</summary>
    /// <param name="db">In whose transaction.</param>
    /// <param name="rows">Any number, none included.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="skipExisting">Rows that break a unique key are left out.</param>
    public static Task InsertAsync<T>(this PolyContext db, IReadOnlyList<T> rows, CancellationToken ct, bool skipExisting = false)
        where T : class
    {
        if (rows.Count == 0)
            return Task.CompletedTask;
        var entity = Entity<T>(db);
        // EF means to generate Guid keys; ours are made already. Numbers are the database's.
        var columns = entity.GetProperties().Where(p => p.ValueGenerated == ValueGenerated.Never || p.ClrType == typeof(Guid)).Select(p => Column(p, rows)).ToList();
        return db.BulkInsertAsync(new BulkInsert(entity.GetTableName()!, columns, skipExisting), ct);
    }

    /// <summary>Inserts rows, or overwrites those whose key exists; each key at most once.</summary>
    public static Task UpsertAsync<T>(this PolyContext db, IReadOnlyList<T> rows, CancellationToken ct)
        where T : class
    {
        if (rows.Count == 0)
            return Task.CompletedTask;
        var entity = Entity<T>(db);
        var key = entity.FindPrimaryKey()!.Properties.Single();
        return db.BulkInsertAsync(new BulkInsert(entity.GetTableName()!, [.. entity.GetProperties().Select(p => Column(p, rows))], Key: key.GetColumnName()), ct);
    }

    /// <summary>The named properties of the rows as columns of a <see cref="BulkUpdate"/>.</summary>
    public static IReadOnlyList<BulkColumn> Columns<T>(this PolyContext db, IReadOnlyList<T> rows, params IEnumerable<string> properties)
        where T : class
    {
        var entity = Entity<T>(db);
        return [.. properties.Select(name => Column(entity.GetProperty(name), rows))];
    }

    private static IEntityType Entity<T>(PolyContext db) => db.Model.FindEntityType(typeof(T)) ?? throw new InvalidOperationException($"{typeof(T).Name} is not mapped.");

    private static BulkColumn Column<T>(IProperty property, IReadOnlyList<T> rows)
        where T : class
    {
        var converter = property.GetTypeMapping().Converter;
        var type = converter?.ProviderClrType ?? property.ClrType;
        if (property.IsNullable && type.IsValueType && Nullable.GetUnderlyingType(type) is null)
            type = typeof(Nullable<>).MakeGenericType(type);
        var values = Array.CreateInstance(type, rows.Count);
        var getter = property.GetGetter();
        for (var i = 0; i < rows.Count; i++)
        {
            var value = getter.GetClrValue(rows[i]);
            values.SetValue(converter is null ? value : converter.ConvertToProvider(value), i);
        }
        return new BulkColumn(property.GetColumnName(), values, property.FindAnnotation(JsonColumns.Annotation) is not null);
    }
}
