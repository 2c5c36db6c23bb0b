namespace PolyCopy.Modules.Persistence;

/// <summary>Database work on behalf of one user: on PostgreSQL row-level security hides everybody else.</summary>
public sealed class UserScope
{
    private readonly PolyDatabase _database;

    internal UserScope(PolyDatabase database) => _database = database;

    /// <summary>Reads; use AsNoTracking and project.</summary>
    public Task<T> ReadAsync<T>(long userId, Func<PolyContext, CancellationToken, Task<T>> work, CancellationToken ct) => _database.RunAsync(userId, work, write: false, ct);

    /// <summary>Runs the work in one transaction and commits it. The work may be run again after a deadlock: it must have no effect outside the database.</summary>
    public Task<T> WriteAsync<T>(long userId, Func<PolyContext, CancellationToken, Task<T>> work, CancellationToken ct) => _database.RunAsync(userId, work, write: true, ct);
}

/// <summary>Database work over all users. For workers only (hosted services, executors, reconciliation): never behind a request of one user.</summary>
public sealed class WorkerScope
{
    private readonly PolyDatabase _database;

    internal WorkerScope(PolyDatabase database) => _database = database;

    /// <inheritdoc cref="UserScope.ReadAsync"/>
    public Task<T> ReadAsync<T>(Func<PolyContext, CancellationToken, Task<T>> work, CancellationToken ct) => _database.RunAsync(null, work, write: false, ct);

    /// <inheritdoc cref="UserScope.WriteAsync"/>
    public Task<T> WriteAsync<T>(Func<PolyContext, CancellationToken, Task<T>> work, CancellationToken ct) => _database.RunAsync(null, work, write: true, ct);
}
