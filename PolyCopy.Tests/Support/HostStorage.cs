using Npgsql;
using PolyCopy.Tests.Product;

namespace PolyCopy.Tests.Support;

/// <summary>Where a host of its own process keeps its data: SQLite in its folder, or an empty PostgreSQL database that it migrates itself.</summary>
internal sealed class HostStorage(string? server, string name) : IAsyncDisposable
{
    public string[] Settings => server is null ? [] : ["--Storage:Provider", "PostgreSql", "--Storage:ConnectionString", new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 20 }.ConnectionString];

    public static async Task<HostStorage> CreateAsync(Db provider, string purpose)
    {
        if (provider == Db.Sqlite)
            return new HostStorage(null, "");
        var server = Environment.GetEnvironmentVariable("POLYCOPY_POSTGRES");
        Services.Require("PostgreSQL", "POLYCOPY_POSTGRES", server is not null);
        var name = $"polycopy_{purpose}_{Environment.ProcessId}";
        await ProfileTests.AdminAsync(server!, $"drop database if exists {name} with (force)", $"create database {name}");
        return new HostStorage(server, name);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await ProfileTests.AdminAsync(server, $"drop database if exists {name} with (force)");
    }
}
