using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;

namespace PolyCopy.Modules.Persistence;

/// <summary>Makes contexts, and runs work in transactions: on SQLite one write at a time, on PostgreSQL with the caller's row-level-security identity.</summary>
internal sealed class PolyDatabase : IAsyncDisposable
{
    private readonly IDbContextFactory<SqlitePolyContext>? _sqlite;
    private readonly IDbContextFactory<NpgsqlPolyContext>? _users;
    private readonly IDbContextFactory<NpgsqlPolyContext>? _workers;
    private readonly NpgsqlDataSource[] _sources = [];
    private readonly SemaphoreSlim _writer = new(1, 1);

    public PolyDatabase(StorageOptions options, DataDirectory data)
        : this(options, data, [])
    {
    }

    /// <param name="options">Where.</param>
    /// <param name="data">For SQLite's default file.</param>
    /// <param name="interceptors">See every command and commit; tests cut a process off there.</param>
    internal PolyDatabase(StorageOptions options, DataDirectory data, IReadOnlyCollection<IInterceptor> interceptors)
    {
        Provider = options.Provider;
        if (Provider == StorageProvider.Sqlite)
        {
            var connection = options.ConnectionString ?? $"Data Source={data.File("polycopy.db")};Foreign Keys=True;Default Timeout=30";
            _sqlite = new PooledDbContextFactory<SqlitePolyContext>(Configure<SqlitePolyContext>(b => b.UseSqlite(connection).AddInterceptors([SqlitePragmas.Instance, .. interceptors])));
            return;
        }
        // The worker identity is a start-up option of its own connections, so it costs no round trip; users' connections never carry it.
        var users = NpgsqlDataSource.Create(options.ConnectionString!);
        var workers = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(options.ConnectionString) { Options = "-c polycopy.worker=on" });
        _sources = [users, workers];
        _users = new PooledDbContextFactory<NpgsqlPolyContext>(Configure<NpgsqlPolyContext>(b => b.UseNpgsql(users).AddInterceptors(interceptors)));
        _workers = new PooledDbContextFactory<NpgsqlPolyContext>(Configure<NpgsqlPolyContext>(b => b.UseNpgsql(workers).AddInterceptors(interceptors)));
    }

    public StorageProvider Provider { get; }

    /// <summary>A context outside any scope, for the migrator.</summary>
    public PolyContext Open() => _sqlite is not null ? _sqlite.CreateDbContext() : _workers!.CreateDbContext();

    /// <param name="userId">Null for workers, who see all users.</param>
    /// <param name="work">May run again on a fresh context after a deadlock: no side effects but the database's.</param>
    /// <param name="write">Reads skip the writer's queue.</param>
    /// <param name="ct">Cancels before commit.</param>
    public async Task<T> RunAsync<T>(long? userId, Func<PolyContext, CancellationToken, Task<T>> work, bool write, CancellationToken ct)
    {
        if (_sqlite is not null)
        {
            if (!write)
            {
                await using var reader = await _sqlite.CreateDbContextAsync(ct);
                return await work(reader, ct);
            }
            await _writer.WaitAsync(ct);
            try
            {
                await using var context = await _sqlite.CreateDbContextAsync(ct);
                return await TransactAsync(context, null, work, ct);
            }
            finally
            {
                _writer.Release();
            }
        }
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var context = await (userId is null ? _workers! : _users!).CreateDbContextAsync(ct);
                if (userId is null && !write)
                    return await work(context, ct);
                return await TransactAsync(context, userId, work, ct);
            }
            catch (Exception e) when (attempt < 4 && IsDeadlock(e))
            {
                // the loser of a deadlock was rolled back whole: run it again
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources)
            await source.DisposeAsync();
        _writer.Dispose();
    }

    private static async Task<T> TransactAsync<T>(PolyContext context, long? userId, Func<PolyContext, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(ct);
        if (userId is { } id)
            await context.Database.ExecuteSqlAsync($"select set_config('polycopy.user_id', {id.ToString(System.Globalization.CultureInfo.InvariantCulture)}, true)", ct);
        var result = await work(context, ct);
        await transaction.CommitAsync(CancellationToken.None); // past this point the decision stands: a cancelled caller must not leave doubt
        return result;
    }

    private static bool IsDeadlock(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } || (e.InnerException is { } inner && IsDeadlock(inner));

    internal static DbContextOptions<T> Configure<T>(Func<DbContextOptionsBuilder<T>, DbContextOptionsBuilder> provider)
        where T : DbContext
    {
        var builder = new DbContextOptionsBuilder<T>();
        provider(builder);
        builder.UseSnakeCaseNamingConvention().EnableThreadSafetyChecks(false);
        return builder.Options;
    }
}
