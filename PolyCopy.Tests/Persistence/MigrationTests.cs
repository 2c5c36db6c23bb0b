using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Tests.Persistence;

public class MigrationTests
{
    [Fact]
    public void The_sqlite_migration_is_the_model()
    {
        using var context = new SqliteDesignTime().CreateDbContext([]);
        context.Database.HasPendingModelChanges().Should().BeFalse("the README of Persistence says how to make the migration anew");
    }

    [Fact]
    public void The_postgresql_migration_is_the_model()
    {
        using var context = new NpgsqlDesignTime().CreateDbContext([]);
        context.Database.HasPendingModelChanges().Should().BeFalse("the README of Persistence says how to make the migration anew");
    }

    [Fact]
    public void Every_table_with_a_user_is_guarded()
    {
        using var context = new NpgsqlDesignTime().CreateDbContext([]);
        var sql = RowLevelSecurity.Sql(context);
        var tables = context.Model.GetEntityTypes().Where(e => e.GetProperties().Any(p => p.GetColumnName() == "user_id")).Select(e => e.GetTableName());
        tables.Should().NotBeEmpty().And.OnlyContain(t => sql.Contains($"alter table {t} force row level security", StringComparison.Ordinal));
    }
}
