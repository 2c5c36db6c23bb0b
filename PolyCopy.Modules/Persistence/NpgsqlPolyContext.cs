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
        // Display data is let go without waiting for the disk: a crash may cost the last half second of prices.
        // Each row is found by its key, whatever the planner thinks of reading the whole table.
        var sql = new StringBuilder(update.Wait ? "" : "set local synchronous_commit to off; set local enable_hashjoin to off; set local enable_mergejoin to off; ");
        BulkColumn[] all = [update.Key, .. update.Revision is null ? Array.Empty<BulkColumn>() : [update.Revision with { Name = "bulk_revision" }], .. update.Columns];
        sql.Append("update ").Append(update.Table).Append(" t set ").AppendJoin(", ", update.Columns.Select(c => $"{c.Name} = u.{c.Name}{(c.IsJson ? "::jsonb" : "")}"));
        sql.Append(" from unnest(").AppendJoin(", ", all.Select(c => "@" + c.Name)).Append(") as u(").AppendJoin(", ", all.Select(c => c.Name));
        sql.Append(") where t.").Append(update.Key.Name).Append(" = u.").Append(update.Key.Name);
        if (update.Revision is not null)
            sql.Append(" and t.").Append(update.Revision.Name).Append(" = u.bulk_revision");
        // xmax names the last transaction that locked or tried to change the row. Rows whose one may still be running are left out;
        // "skip locked" would do the same by a lock of its own, for half as much WAL and a third as much time again.
        if (!update.Wait)
            sql.Append(" and age(t.xmax) > (select age(pg_snapshot_xmin(pg_current_snapshot())::xid))");
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
