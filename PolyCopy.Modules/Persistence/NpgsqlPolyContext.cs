using System.Data;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace PolyCopy.Modules.Persistence;

internal sealed class NpgsqlPolyContext(DbContextOptions<NpgsqlPolyContext> options) : PolyContext(options)
{
    public override async Task LockAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        var sorted = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (sorted.Length == 0)
            return;
        // ordinality keeps the order of the array: two transactions that want the same two locks never cross
        await using var command = Command("select pg_advisory_xact_lock(hashtextextended(n, 0)) from (select n from unnest(@names) with ordinality as u(n, i) order by i) ordered");
        command.Parameters.Add(new NpgsqlParameter("names", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = sorted });
        await command.ExecuteNonQueryAsync(ct);
    }

    internal override async Task LockRowsAsync(string table, string key, IReadOnlyCollection<Guid> keys, CancellationToken ct)
    {
        await using var command = Command($"select 1 from {table} where {key} = any(@keys) order by {key} for update");
        command.Parameters.Add(new NpgsqlParameter("keys", keys.ToArray()));
        await command.ExecuteNonQueryAsync(ct);
    }

    internal override async Task BulkInsertAsync(BulkInsert insert, CancellationToken ct)
    {
        var sql = new StringBuilder("insert into ").Append(insert.Table).Append(" (").AppendJoin(", ", insert.Columns.Select(c => c.Name)).Append(") select ");
        sql.AppendJoin(", ", insert.Columns.Select(c => c.IsJson ? $"l.{c.Name}::jsonb" : $"l.{c.Name}"));
        sql.Append(" from unnest(").AppendJoin(", ", insert.Columns.Select(c => "@" + c.Name)).Append(") with ordinality as l(").AppendJoin(", ", insert.Columns.Select(c => c.Name));
        sql.Append(", bulk_ordinal) order by l.bulk_ordinal").Append(insert.OnConflict); // identity columns are numbered after the sort
        await using var command = Command(sql.ToString());
        foreach (var column in insert.Columns)
            command.Parameters.Add(new NpgsqlParameter(column.Name, column.Values));
        await command.ExecuteNonQueryAsync(ct);
    }

    internal override async Task<int> BulkUpdateAsync(BulkUpdate update, CancellationToken ct)
    {
        var sql = new StringBuilder("update ").Append(update.Table).Append(" t set ");
        sql.AppendJoin(", ", update.Columns.Select(c => $"{c.Name} = u.{c.Name}{(c.IsJson ? "::jsonb" : "")}"));
        BulkColumn[] all = [update.Key, .. update.Revision is null ? Array.Empty<BulkColumn>() : [update.Revision with { Name = "bulk_revision" }], .. update.Columns];
        sql.Append(" from (select l.* from unnest(").AppendJoin(", ", all.Select(c => "@" + c.Name)).Append(") as l(").AppendJoin(", ", all.Select(c => c.Name));
        sql.Append($") join {update.Table} k on k.{update.Key.Name} = l.{update.Key.Name}");
        if (update.Revision is not null)
            sql.Append($" and k.{update.Revision.Name} = l.bulk_revision");
        sql.Append($" for update of k{(update.Wait ? "" : " skip locked")}) u where t.{update.Key.Name} = u.{update.Key.Name}");
        await using var command = Command(sql.ToString());
        foreach (var column in all)
            command.Parameters.Add(new NpgsqlParameter(column.Name, column.Values));
        return await command.ExecuteNonQueryAsync(ct);
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        foreach (var property in builder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
            if (property.FindAnnotation(JsonColumns.Annotation) is not null)
                property.SetColumnType("jsonb");
    }

    private NpgsqlCommand Command(string sql) =>
        new(sql, (NpgsqlConnection)Database.GetDbConnection(), (NpgsqlTransaction?)Database.CurrentTransaction?.GetDbTransaction());
}
