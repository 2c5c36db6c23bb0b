using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace PolyCopy.Modules.Persistence;

/// <summary>WAL lets readers run beside the writer; NORMAL survives kill -9 (only a power cut may cost the last commits, and SQLite is Demo's store).</summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    public static readonly SqlitePragmas Instance = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode=wal; pragma synchronous=normal; pragma busy_timeout=30000;";
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode=wal; pragma synchronous=normal; pragma busy_timeout=30000;";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
