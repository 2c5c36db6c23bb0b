using Microsoft.Data.Sqlite;
using Npgsql;

namespace PolyCopy.Benchmarks;

/// <summary>A folder and, where a server is given, a database of its own: both are gone afterwards, also when the run is ended by a signal.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("polycopy-bench-").FullName;
    private readonly string _database = $"polycopy_bench_{Environment.ProcessId}";
    private readonly string? _server;
    private int _gone;

    /// <param name="server">PostgreSQL, as a role that may create databases; null: SQLite.</param>
    public Scratch(string? server)
    {
        _server = server;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        Run($"create database {_database}");
    }

    public string Provider => _server is null ? "SQLite" : "PostgreSQL";

    /// <summary>For the host that is measured.</summary>
    public Dictionary<string, string?> Settings
    {
        get
        {
            var settings = new Dictionary<string, string?> { ["Data:Path"] = _folder };
            if (_server is not null)
            {
                settings["Storage:Provider"] = "PostgreSql";
                settings["Storage:ConnectionString"] = new NpgsqlConnectionStringBuilder(_server) { Database = _database }.ConnectionString;
            }
            return settings;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _gone, 1) == 1)
            return;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        SqliteConnection.ClearAllPools();
        NpgsqlConnection.ClearAllPools();
        Run($"drop database {_database} with (force)");
        Directory.Delete(_folder, recursive: true);
    }

    private void OnExit(object? sender, EventArgs e)
    {
        try
        {
            Dispose();
        }
        catch (Exception left)
        {
            Console.Error.WriteLine($"{_database} or {_folder} is left: {left.Message}"); // what is measured is still running
        }
    }

    private void Run(string sql)
    {
        if (_server is null)
            return;
        using var source = NpgsqlDataSource.Create(_server);
        using var command = source.CreateCommand(sql);
        command.ExecuteNonQuery();
    }
}
