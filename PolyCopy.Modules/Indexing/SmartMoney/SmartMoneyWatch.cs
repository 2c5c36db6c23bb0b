using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Indexing.Cards;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Indexing.SmartMoney;

/// <summary>Tells the users who asked for it what smart traders do: at once after a silence, then together, at most every ten minutes.</summary>
/// <remarks>
/// Only trades whose block cannot change any more are told. How far a user has been told stands in the transaction that tells him, so nothing is told twice, whatever
/// stops when. Not told: traders of whose volume too much is with one counterparty or otherwise left out of their figures, illiquid or closed markets, our users' own
/// wallets, and what is too old to act on.
/// </remarks>
internal sealed partial class SmartMoneyWatch(
    WorkerScope workers, WatchBook watch, IMarketCatalog catalog, IWallets wallets, IUserWishes wishes, IUserEvents events, IndexingOptions options, IVenueClock time, TimeProvider clock, ILogger<SmartMoneyWatch> logger) : BackgroundService
{
    public const string Kind = "smart_money";
    private const decimal MostLeftOut = 0.30m;
    private const int MostMoves = 5;
    private const int MostNamed = 3;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Look, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
                try
                {
                    await LookAsync(ct);
                }
                catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
                {
                    Log.Failed(logger, e);
                }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    /// <returns>How many users were told something.</returns>
    public async Task<int> LookAsync(CancellationToken ct)
    {
        var trades = await TradesAsync(ct);
        if (SmartMove.Of(trades, long.MinValue, options.SmartMoneyUsd).Count == 0)
            return 0;
        var users = await wishes.WhoWantsAsync(Kind, ct);
        if (users.Count == 0)
            return 0;
        var told = await workers.WriteAsync(async (db, stop) =>
        {
            await db.LockAsync([Kind], stop);
            return await TellAsync(db, users, trades, stop);
        }, ct);
        if (told > 0)
            events.Notify();
        return told;
    }

    /// <summary>What smart traders did lately and is worth telling.</summary>
    private async Task<IReadOnlyList<LeaderTradeRow>> TradesAsync(CancellationToken ct)
    {
        var smart = watch.Now.Leaders.Values.Where(w => w.Kind == WatchStore.SmartTrader || w.By.Contains(WatchStore.Leaderboard)).Select(w => w.Address).ToList();
        if (smart.Count == 0)
            return [];
        // what waits for the throttle must not grow too old meanwhile
        var since = (time.UtcNow - Recent - TimeSpan.FromMinutes(options.SmartMoneyMinutes)).UtcDateTime;
        var trades = await workers.ReadAsync((db, stop) => (
            from trade in db.Set<LeaderTradeRow>().AsNoTracking()
            join stats in db.Set<LeaderStatsRow>() on trade.Leader equals stats.Address // without figures nobody is known to be honest
            where smart.Contains(trade.Leader) && trade.TradedAt >= since && trade.IsFinal && trade.IsNews && !trade.Removed && trade.BlockNumber != null && stats.LeftOut <= MostLeftOut
            select trade).ToListAsync(stop), ct);
        if (trades.Count == 0)
            return [];
        var own = (await wallets.ListAsync(ct)).SelectMany(w => new[] { w.Owner, w.Funder }).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. trades.Where(t => !own.Contains(t.Wallet) && !own.Contains(t.Leader) && catalog.ByToken(t.TokenId) is { IsTradable: true, Liquidity: >= CardStore.IlliquidBelow })];
    }

    private async Task<int> TellAsync(PolyContext db, IReadOnlyList<long> users, IReadOnlyList<LeaderTradeRow> trades, CancellationToken ct)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var through = trades.Max(t => t.BlockNumber!.Value);
        var known = await db.Set<SmartAlertRow>().AsNoTracking().Where(a => users.Contains(a.UserId)).ToDictionaryAsync(a => a.UserId, ct);
        var told = new List<SmartAlertRow>();
        var due = users.Where(u => !known.TryGetValue(u, out var last) || now - last.ToldAt >= TimeSpan.FromMinutes(options.SmartMoneyMinutes));
        foreach (var alike in due.GroupBy(u => known.GetValueOrDefault(u)?.ThroughBlock ?? long.MinValue))
        {
            var moves = SmartMove.Of(trades, alike.Key, options.SmartMoneyUsd);
            if (moves.Count == 0)
                continue;
            var payload = Payload(moves);
            foreach (var user in alike)
            {
                events.Append(db, user, Kind, payload);
                told.Add(new SmartAlertRow { UserId = user, ThroughBlock = through, ToldAt = now });
            }
        }
        await db.UpsertAsync(told, ct);
        await db.SaveChangesAsync(ct);
        return told.Count;
    }

    private object Payload(IReadOnlyList<SmartMove> moves)
    {
        var lines = moves.Take(MostMoves).Select(m =>
        {
            var market = catalog.ByToken(m.Token)!;
            return new
            {
                marketId = market.Id,
                question = market.Question,
                outcome = market.Outcomes.ElementAtOrDefault(market.TokenIndex(m.Token)),
                side = m.Side == Side.Buy ? "BUY" : "SELL",
                count = m.Traders.Count,
                traders = m.Traders.Take(MostNamed).Select(t => new { address = t.Address, name = watch.Now.Leaders.GetValueOrDefault(t.Address)?.Name, usd = decimal.Round(t.Usd, 2) }).ToList(),
                usd = decimal.Round(m.Usd, 2),
                price = decimal.Round(m.Price, 4),
                minutes = Math.Max(1, (int)Math.Ceiling(m.Within.TotalMinutes)),
            };
        }).ToList();
        var first = lines[0];
        var more = moves.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"; and {moves.Count - 1} more") : "";
        return new
        {
            moves = lines,
            more = moves.Count - lines.Count,
            reason = string.Create(CultureInfo.InvariantCulture, $"{first.count} smart trader{(first.count == 1 ? "" : "s")} {(first.side == "BUY" ? "bought" : "sold")} {first.outcome} for {first.usd:0} pUSD in {first.minutes} min: {first.question}{more}"),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Indexing + 70, LogLevel.Warning, "What smart traders do could not be told; again in ten seconds")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
