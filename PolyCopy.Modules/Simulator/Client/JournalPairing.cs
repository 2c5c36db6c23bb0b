using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Simulator.Client;

/// <summary>Keeps a database with the venue it has traded on: positions of one journal mean nothing to another.</summary>
internal sealed partial class JournalPairing(ControlClient control, WorkerScope database, DataDirectory data, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<JournalPairing> logger) : BackgroundService
{
    private bool _paired;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _paired = await PairAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), clock);
        try
        {
            while (!_paired && await timer.WaitForNextTickAsync(stoppingToken))
                _paired = await PairAsync(stoppingToken);
        }
        catch (SettingException e)
        {
            Log.Stopped(logger, e.Message);
            lifetime.StopApplication();
        }
    }

    /// <exception cref="SettingException">The venue keeps another journal than this database knows.</exception>
    private async Task<bool> PairAsync(CancellationToken ct)
    {
        if (await control.JournalIdAsync(ct) is not { } theirs)
            return false;
        var ours = await database.WriteAsync(async (db, token) =>
        {
            if (await db.Set<VenueJournalRow>().FirstOrDefaultAsync(token) is { } known)
                return known.JournalId;
            db.Add(new VenueJournalRow { JournalId = theirs, AdoptedAt = clock.GetUtcNow().UtcDateTime });
            await db.SaveChangesAsync(token);
            return theirs;
        }, ct);
        return ours == theirs ? true : throw new SettingException(
            $"This database traded on the simulator's journal {ours}, but the simulator keeps {theirs}: bring the two files in {data.Path} together again, or remove both to start anew.");
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Simulator + 90, LogLevel.Critical, "{Reason}")]
        public static partial void Stopped(ILogger logger, string reason);
    }
}

internal sealed class VenueJournalRow : IEntityTypeConfiguration<VenueJournalRow>
{
    public required string JournalId { get; set; }
    public DateTime AdoptedAt { get; set; }

    public void Configure(EntityTypeBuilder<VenueJournalRow> builder)
    {
        builder.ToTable("venue_journal");
        builder.HasKey(j => j.JournalId);
    }
}
