using System.Text;
using Microsoft.EntityFrameworkCore;

namespace PolyCopy.Modules.Persistence;

/// <summary>Row-level security of every table with a user_id, derived from the model so that no table can be forgotten.</summary>
internal static class RowLevelSecurity
{
    /// <summary>Idempotent SQL: one policy for the user named in polycopy.user_id, one for workers. Forced, so the owner is bound too.</summary>
    /// <remarks>The settings are read in sub-selects: once a statement instead of once a row, which halves the time of a statement of 10,000 rows.</remarks>
    public static string Sql(DbContext context)
    {
        var sql = new StringBuilder();
        foreach (var entity in context.Model.GetEntityTypes().OrderBy(e => e.GetTableName(), StringComparer.Ordinal))
        {
            var table = entity.GetTableName();
            var column = entity.GetProperties().FirstOrDefault(p => p.GetColumnName() == "user_id")?.GetColumnName() ?? (table == "users" ? "id" : null);
            if (table is null || column is null)
                continue;
            sql.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"""
                alter table {table} enable row level security;
                alter table {table} force row level security;
                drop policy if exists one_user on {table};
                create policy one_user on {table} using ({column} = (select nullif(current_setting('polycopy.user_id', true), '')::bigint));
                drop policy if exists workers on {table};
                create policy workers on {table} using ((select current_setting('polycopy.worker', true) = 'on'));
                """);
        }
        return sql.ToString();
    }
}
