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
        // Display data: its rows are let go without waiting for the disk; a crash may cost the last half second of prices.
        var sql = new StringBuilder(update.Wait ? "" : "set local synchronous_commit to off; ").Append("update ").Append(update.Table).Append(" t set ");
        sql.AppendJoin(", ", update.Columns.Select(c => $"{c.Name} = u.{c.Name}{(c.IsJson ? "::jsonb" : "")}"));
        BulkColumn[] all = [update.Key, .. update.Revision is null ? Array.Empty<BulkColumn>() : [update.Revision with { Name = "bulk_revision" }], .. update.Columns];
        var (key, names) = (update.Key.Name, string.Join(", ", all.Select(c => c.Name)));
        var source = $"unnest({string.Join(", ", all.Select(c => "@" + c.Name))})";
        string Match(string target, string source) => $"{target}.{key} = {source}.{key}" + (update.Revision is null ? "" : $" and {target}.{update.Revision.Name} = {source}.bulk_revision");
        if (update.Wait)
            sql.Append($" from {source} as u({names}) where {Match("t", "u")}");
        else // Lateral: each row is found by its key, whatever the planner thinks of reading the whole table. By ctid: the lock has found the row already.
            sql.Append($" from {source} as u({names}) cross join lateral (select k.ctid as bulk_row from {update.Table} k where {Match("k", "u")} for no key update skip locked) locked where t.ctid = locked.bulk_row");
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
