using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Persistence;

/// <summary>Brings the schema up to date, or waits for somebody who may. Blocks StartAsync: every other service finds its tables.</summary>
internal sealed partial class Migrator(PolyDatabase database, StorageOptions options, DataDirectory data, TimeProvider clock, ILogger<Migrator> logger) : IHostedService, IDisposable
{
    private FileStream? _lock;

    public async Task StartAsync(CancellationToken ct)
    {
        HoldFile();
        if (options.MigrateAtStart)
        {
            await MigrateAsync(ct);
            return;
        }
        while (true)
        {
            await using (var context = database.Open())
            {
                var pending = (await context.Database.GetPendingMigrationsAsync(ct)).ToList();
                if (pending.Count == 0)
                    return;
                Log.Waiting(logger, pending[^1]);
            }
            await Task.Delay(TimeSpan.FromSeconds(5), clock, ct);
        }
    }

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;

    public void Dispose() => _lock?.Dispose();

    /// <summary>Applies the migrations and, on PostgreSQL, the row-level-security policies.</summary>
    public async Task MigrateAsync(CancellationToken ct)
    {
        HoldFile();
        await using var context = database.Open();
        if (database.Provider == StorageProvider.Sqlite)
            await context.Database.ExecuteSqlRawAsync("drop table if exists \"__EFMigrationsLock\"", ct); // left by a kill during a migration; we hold the file, so nobody else migrates
        await context.Database.MigrateAsync(ct);
        if (database.Provider == StorageProvider.PostgreSql)
            await context.Database.ExecuteSqlRawAsync(RowLevelSecurity.Sql(context), ct);
    }

    /// <summary>One process per SQLite file: two engines on one store would order everything twice.</summary>
    private void HoldFile()
    {
        if (database.Provider != StorageProvider.Sqlite || options.ConnectionString is not null || _lock is not null)
            return;
        var path = data.File("polycopy.db.lock");
        try
        {
            _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new SettingException($"Another PolyCopy already uses {data.Path}: stop it, or give this one another Data:Path.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Persistence, LogLevel.Warning, "The database lacks migration {Migration}: run the verb migrate; waiting")]
        public static partial void Waiting(ILogger logger, string migration);
    }
}
