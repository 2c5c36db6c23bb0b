using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Tests.Support;

public enum Db { Sqlite, PostgreSql }

/// <summary>A database of its own for one test, on SQLite or on the PostgreSQL server named by POLYCOPY_POSTGRES
/// (a role that may create databases, e.g. "Host=127.0.0.1;Port=54329;Username=polycopy;Password=polycopy"). The schema comes from the model.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static readonly SemaphoreSlim Templates = new(1, 1);
    private static readonly Dictionary<Db, string> Made = [];
    private static int _count;

    private readonly List<PolyDatabase> _open = [];
    private readonly string _name;

    private TestDatabase(Db provider, string name, StorageOptions options)
    {
        Provider = provider;
        _name = name;
        Options = options;
        Database = Reopen();
    }

    /// <summary>Both providers, for [MemberData].</summary>
    public static TheoryData<Db> Both { get; } = [Db.Sqlite, Db.PostgreSql];

    public Db Provider { get; }

    public StorageOptions Options { get; }

    internal PolyDatabase Database { get; }

    public UserScope Users => new(Database);

    public WorkerScope Workers => new(Database);

    /// <summary>Makes the database; skips the test when PostgreSQL is not there (fails when POLYCOPY_REQUIRE_SERVICES=1).</summary>
    public static async Task<TestDatabase> CreateAsync(Db provider)
    {
        var number = Interlocked.Increment(ref _count);
        var template = await TemplateAsync(provider);
        if (provider == Db.Sqlite)
        {
            var file = Path.Combine(Path.GetTempPath(), $"polycopy-test-{Environment.ProcessId}-{number}.db");
            File.Copy(template, file, overwrite: true);
            return new TestDatabase(provider, file, new StorageOptions { Provider = StorageProvider.Sqlite, ConnectionString = $"Data Source={file};Foreign Keys=True;Default Timeout=30" });
        }
        var name = $"polycopy_test_{Environment.ProcessId}_{number}";
        await AdminAsync($"drop database if exists {name}", $"create database {name} template {template}");
        var connection = new NpgsqlConnectionStringBuilder(Server()) { Database = name, MaxPoolSize = 20 }.ConnectionString;
        return new TestDatabase(provider, name, new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = connection });
    }

    /// <summary>Another handle on the same database, as a restarted process would have.</summary>
    internal PolyDatabase Reopen(params IReadOnlyCollection<IInterceptor> interceptors)
    {
        var database = new PolyDatabase(Options, new DataDirectory(Path.GetTempPath()), interceptors);
        _open.Add(database);
        return database;
    }

    /// <summary>Registers this database where AddPersistence would.</summary>
    public void AddTo(IServiceCollection services)
    {
        var database = Reopen();
        services.AddSingleton(Options).AddSingleton(new DataDirectory(Path.GetTempPath())).AddSingleton(new UserScope(database)).AddSingleton(new WorkerScope(database));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _open)
            await database.DisposeAsync();
        if (Provider == Db.PostgreSql)
        {
            // without "force": our connections are closed, and a plain drop sends autovacuum away, which force may not do
            await AdminAsync($"drop database if exists {_name}");
            return;
        }
        SqliteConnection.ClearAllPools();
        foreach (var suffix in new[] { "", "-wal", "-shm" })
            File.Delete(_name + suffix);
    }

    private static async Task<string> TemplateAsync(Db provider)
    {
        if (provider == Db.PostgreSql)
            Services.Require("PostgreSQL", "POLYCOPY_POSTGRES", Server() is not null);
        await Templates.WaitAsync();
        try
        {
            if (Made.TryGetValue(provider, out var made))
                return made;
            return Made[provider] = provider == Db.Sqlite ? await SqliteTemplateAsync() : await PostgreSqlTemplateAsync();
        }
        finally
        {
            Templates.Release();
        }
    }

    private static async Task<string> SqliteTemplateAsync()
    {
        var file = Path.Combine(Path.GetTempPath(), $"polycopy-template-{Environment.ProcessId}.db");
        File.Delete(file);
        await using (var database = new PolyDatabase(new StorageOptions { ConnectionString = $"Data Source={file};Pooling=False" }, new DataDirectory(Path.GetTempPath())))
        await using (var context = database.Open())
        {
            await context.Database.EnsureCreatedAsync();
            await context.Database.ExecuteSqlRawAsync("pragma wal_checkpoint(truncate)");
        }
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(file);
        return file;
    }

    private static async Task<string> PostgreSqlTemplateAsync()
    {
        var name = $"polycopy_template_{Environment.ProcessId}";
        await AdminAsync($"drop database if exists {name}", $"create database {name}");
        var connection = new NpgsqlConnectionStringBuilder(Server()) { Database = name, Pooling = false }.ConnectionString;
        await using (var database = new PolyDatabase(new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = connection }, new DataDirectory(Path.GetTempPath())))
        await using (var context = database.Open())
        {
            await context.Database.EnsureCreatedAsync();
            if (RowLevelSecurity.Sql(context) is { Length: > 0 } policies)
                await context.Database.ExecuteSqlRawAsync(policies);
        }
        AppDomain.CurrentDomain.ProcessExit += (_, _) => AdminAsync($"drop database if exists {name}").Wait(TimeSpan.FromSeconds(5));
        return name;
    }

    private static async Task AdminAsync(params string[] statements)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Server()) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 60 };
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string? Server() => Environment.GetEnvironmentVariable("POLYCOPY_POSTGRES");
}
