using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace PolyCopy.Modules.Persistence;

// used by `dotnet ef` only; no server is contacted
internal sealed class SqliteDesignTime : IDesignTimeDbContextFactory<SqlitePolyContext>
{
    public SqlitePolyContext CreateDbContext(string[] args) => new(PolyDatabase.Configure<SqlitePolyContext>(b => b.UseSqlite("Data Source=design.db")));
}

internal sealed class NpgsqlDesignTime : IDesignTimeDbContextFactory<NpgsqlPolyContext>
{
    public NpgsqlPolyContext CreateDbContext(string[] args) => new(PolyDatabase.Configure<NpgsqlPolyContext>(b => b.UseNpgsql("Host=localhost;Database=design")));
}
