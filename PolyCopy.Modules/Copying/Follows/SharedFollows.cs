using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Follows that are shown to others: an id opens a review, and nothing more.</summary>
internal sealed class SharedFollows(WorkerScope workers, IRisk risk, IPositions positions, TimeProvider clock)
{
    private const string Letters = "abcdefghijkmnpqrstuvwxyz23456789";

    public async Task<string> ShareAsync(Follow follow, CancellationToken ct)
    {
        var id = RandomNumberGenerator.GetString(Letters, 16);
        await workers.WriteAsync(async (db, token) =>
        {
            db.Add(new FollowShareRow { Id = id, OwnerId = follow.UserId, FollowId = follow.Id, Leader = follow.Leader, Rules = follow.Rules, CreatedAt = clock.GetUtcNow().UtcDateTime });
            return await db.SaveChangesAsync(token);
        }, ct);
        return id;
    }

    public async Task<SharedFollow?> ReadAsync(long userId, string id, CancellationToken ct)
    {
        var row = await workers.ReadAsync((db, token) => db.Set<FollowShareRow>().AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, token), ct);
        if (row is null)
            return null;
        var wallet = await positions.PortfolioAsync(userId, ct);
        var most = (await risk.ListAsync(userId, ct)).FirstOrDefault()?.Limits.MaxExposure is { } exposure ? Math.Min(exposure, wallet.NetWorth) : wallet.NetWorth;
        most = Math.Max(1m, decimal.Round(most, 2, MidpointRounding.ToZero));
        var differences = new List<SharedDifference>();
        decimal Clamp(string field, decimal value)
        {
            if (value <= most)
                return value;
            differences.Add(new SharedDifference(field, Text(value), Text(most)));
            return most;
        }
        // what would be bought without being asked for again is never taken over
        if (row.Rules.CopyBaseline)
            differences.Add(new SharedDifference("copyBaseline", "true", "false"));
        var rules = row.Rules with
        {
            AmountUsd = row.Rules.AmountUsd is { } amount ? Clamp("amountUsd", amount) : null,
            MaxPerTrade = Clamp("maxPerTrade", row.Rules.MaxPerTrade),
            MaxPerDay = Clamp("maxPerDay", row.Rules.MaxPerDay),
            MaxPerMarket = Clamp("maxPerMarket", row.Rules.MaxPerMarket),
            MinimumUsd = Math.Min(row.Rules.MinimumUsd, most),
            CopyBaseline = false,
        };
        return new SharedFollow(row.Id, row.Leader, rules, differences, new DateTimeOffset(row.CreatedAt, TimeSpan.Zero));
    }

    private static string Text(decimal value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
