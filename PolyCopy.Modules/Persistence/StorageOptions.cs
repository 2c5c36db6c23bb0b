namespace PolyCopy.Modules.Persistence;

public enum StorageProvider { Sqlite, PostgreSql }

/// <summary>Where the data lives. SQLite: one file under Data:Path, one process. PostgreSQL: ConnectionString of a role that is subject to row-level security.</summary>
public sealed record StorageOptions
{
    public StorageProvider Provider { get; init; } = StorageProvider.Sqlite;

    /// <summary>Required for PostgreSQL.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Whether this host brings the schema up to date itself (Demo and tests) or waits for the verb migrate.</summary>
    public bool MigrateAtStart { get; init; } = true;
}
