using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Cards;

/// <summary>The table leader_stats, and the cards made of it.</summary>
internal sealed class CardStore(WorkerScope workers, WatchBook book, CoverageBook coverage, IMarketCatalog catalog, IVenueClock time)
{
    private const int MostTrades = 20_000;
    public const decimal IlliquidBelow = 500; // pUSD in the book of an open market
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(5);

    public const int QuestionsPerRound = 20;

    /// <summary>For those nobody is looking at: prices move what they hold, and two thousand leaders must not cost a reading of everything every minute.</summary>
    public static readonly TimeSpan OldUnseen = TimeSpan.FromMinutes(30);

    /// <summary>How many markets the venue may still be asked for; set anew each round, so that cards never crowd out what users ask.</summary>
    public int Questions { get; set; } = QuestionsPerRound;

    /// <summary>All watched leaders, best first; those without figures last.</summary>
    public async Task<IReadOnlyList<LeaderCard>> ListAsync(string order, CancellationToken ct)
    {
        var watched = book.Now.Leaders;
        var stats = (await workers.ReadAsync((db, stop) => db.Set<LeaderStatsRow>().AsNoTracking().ToListAsync(stop), ct)).ToDictionary(s => s.Address);
        var cards = watched.Values.Select(w => Card(w, stats.GetValueOrDefault(w.Address)));
        Func<LeaderCard, decimal> by = order switch
        {
            "winRate" => c => c.WinRateLow ?? -1, // one win of one is no better than ninety of a hundred
            "volume" => c => c.Volume,
            "trades" => c => c.Trades,
            _ => c => c.Pnl,
        };
        return [.. cards.OrderByDescending(c => c.Trades > 0).ThenByDescending(by).ThenBy(c => c.Address, StringComparer.Ordinal)];
    }

    public async Task<LeaderCard?> GetAsync(string address, CancellationToken ct)
    {
        var row = await workers.ReadAsync((db, stop) => db.Set<WatchedRow>().AsNoTracking().SingleOrDefaultAsync(w => w.Address == address, stop), ct);
        return row is null ? null : Card(row, await WorkOutAsync(row, Old, askVenue: false, ct));
    }

    /// <summary>The figures of a leader, new when they are older than that or he has traded since.</summary>
    /// <param name="leader">Whose.</param>
    /// <param name="old">How old they may be.</param>
    /// <param name="askVenue">Markets of what he holds are asked for first, where we have not heard of them for long.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<LeaderStatsRow> WorkOutAsync(WatchedRow leader, TimeSpan old, bool askVenue, CancellationToken ct)
    {
        var now = time.UtcNow.UtcDateTime;
        var (stats, trades) = await workers.ReadAsync(async (db, stop) =>
        {
            var row = await db.Set<LeaderStatsRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Address == leader.Address, stop);
            if (row is not null && now - row.UpdatedAt < old && !await db.Set<LeaderTradeRow>().AnyAsync(t => t.Leader == leader.Address && t.SeenAt > row.UpdatedAt, stop))
                return (row, null);
            var rows = await db.Set<LeaderTradeRow>().AsNoTracking().Where(t => t.Leader == leader.Address && !t.Removed).OrderByDescending(t => t.TradedAt).ThenByDescending(t => t.Seq).Take(MostTrades).ToListAsync(stop);
            rows.Reverse();
            return (row, (List<LeaderTradeRow>?)rows);
        }, ct);
        if (trades is null)
            return stats!;
        if (askVenue)
            await FreshenAsync(trades, now - OldUnseen, ct);
        var figures = Figures.Of(leader.Address, trades, leader.Wallets.Append(leader.Address).ToHashSet(), Facts, now);
        await workers.WriteAsync(async (db, stop) =>
        {
            await db.Set<LeaderStatsRow>().Where(s => s.Address == leader.Address).ExecuteDeleteAsync(stop);
            db.Add(figures);
            return await db.SaveChangesAsync(stop);
        }, ct);
        return figures;
    }

    /// <summary>Nobody else keeps the markets of leaders fresh: unasked, what he lost at a resolution would stay at its last price, and he would never lose.</summary>
    private async Task FreshenAsync(List<LeaderTradeRow> trades, DateTime before, CancellationToken ct)
    {
        foreach (var token in trades.GroupBy(t => t.TokenId).Where(g => g.Sum(t => t.Side == Side.Buy ? t.Shares.Micros : -t.Shares.Micros) > Figures.Dust))
        {
            var market = catalog.ByToken(token.Key);
            if (market is not null && (market.Payouts is not null || market.UpdatedAt.UtcDateTime > before) || (market?.Id ?? token.First().ConditionId) is not { } id)
                continue;
            if (Questions-- <= 0)
                return; // the others at the next time
            try
            {
                await (market is null ? catalog.FindAsync(id, ct).AsTask() : catalog.RefreshAsync(id, ct));
            }
            catch (VenueException)
            {
                return;
            }
        }
    }

    private MarketFacts? Facts(TokenId token)
    {
        if (catalog.ByToken(token) is not { } market || market.TokenIndex(token) is var index && index < 0)
            return null;
        var payout = market.Payouts is { } payouts && index < payouts.Count ? payouts[index] : (decimal?)null;
        return new MarketFacts(
            payout ?? (index < market.Prices.Count ? market.Prices[index] : 0), payout is not null, market.EndDate?.UtcDateTime, !market.Closed && market.Payouts is null && market.Liquidity < IlliquidBelow);
    }

    private LeaderCard Card(WatchedRow row, LeaderStatsRow? s) => new(
        row.Address, row.Kind, row.Name, s?.Trades ?? 0, s?.Volume ?? 0, s?.Pnl ?? 0, s?.PnlWithoutBest ?? 0, s?.WinRate, s?.WinRateLow, s?.WinRateHigh, s?.Closed ?? 0,
        s?.HoldSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, s?.MakerShare, s?.Drawdown ?? 0, s?.LeftOut ?? 0,
        [.. (s?.Chart ?? []).Select(p => ((DateTimeOffset)DateTime.SpecifyKind(p.At, DateTimeKind.Utc), p.Pnl))], s?.LastTradeAt, coverage.Of(row.Address));
}
