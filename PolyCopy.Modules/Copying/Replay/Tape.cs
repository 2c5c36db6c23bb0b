using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Replay;

/// <summary>One trade of a leader as it can be judged again.</summary>
/// <param name="Rule">What was decided for every follower alike and does not depend on rules; null: judge.</param>
/// <param name="Assumed">Nobody followed him then, so no book was recorded: one is made of his own price.</param>
internal sealed record TapeEntry(
    string TradeId, string? OrderHash, DateTimeOffset At, Side Side, Market Market, TokenId Token, long Shares, long Collateral, long LeaderHeld, string? Rule, decimal? Reference, BookSnapshot? Book, BookSnapshot? OtherBook, bool Assumed)
{
    public decimal Price => Shares == 0 ? 0 : Collateral / (decimal)Shares;
}

/// <summary>What somebody would have got for a token, between the trades of the tape.</summary>
internal sealed record TapeBid(DateTimeOffset At, TokenId Token, Price Bid);

/// <summary>What was recorded of a leader: the engine's own signals with the books they met, and before anybody followed him his stored trades.</summary>
internal sealed class Tape(WorkerScope workers, ILeaders leaders, IMarketCatalog catalog, IMarketData venue)
{
    private const int Page = 200;
    private const int MostPages = 50;

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<TapeEntry>> ReadAsync(string leader, DateTimeOffset since, CancellationToken ct)
    {
        var from = since.UtcDateTime;
        var signals = await workers.ReadAsync((db, token) => db.Set<SignalRow>().AsNoTracking().Where(s => s.Leader == leader && s.TradedAt >= from && s.RemovedAt == null).ToListAsync(token), ct);
        // what the product made itself (close-all, baseline, undoing) is no trade of his
        var recorded = signals.Where(s => s.Rule != "same_order" && !s.LeaderTradeId.StartsWith("close:", StringComparison.Ordinal) && !s.LeaderTradeId.StartsWith("baseline:", StringComparison.Ordinal) && !s.LeaderTradeId.StartsWith("removed:", StringComparison.Ordinal)).ToList();
        var known = signals.Select(s => s.LeaderTradeId).ToHashSet(StringComparer.Ordinal);
        var entries = recorded.Select(Of).OfType<TapeEntry>().ToList();
        entries.AddRange(await StoredAsync(leader, since, known, ct));
        return [.. entries.OrderBy(e => e.At).ThenBy(e => e.TradeId, StringComparer.Ordinal)];
    }

    /// <summary>What the venue's price history says was bid for a token: it holds the middle, the bid lies half a tick or more below. Null: the venue cannot be asked.</summary>
    public async Task<IReadOnlyList<TapeBid>?> BidsAsync(TokenId token, DateTimeOffset since, int days, CancellationToken ct)
    {
        if (catalog.ByToken(token) is not { } market)
            return [];
        var (interval, minutes) = days switch { <= 1 => ("1d", 1), <= 7 => ("1w", 5), <= 30 => ("1m", 10), _ => ("max", 60) };
        try
        {
            var tick = market.TickSize.TenThousandths;
            // nobody bids where the middle is 0 or 1: that is a market at its end
            return [.. (await venue.HistoryAsync(token, interval, minutes, ct)).Where(p => p.At >= since && p.Price is > 0 and < 1)
                .Select(p => new TapeBid(p.At, token, new Price((int)decimal.Floor((p.Price * Price.Scale - tick / 2m) / tick) * tick))).Where(b => b.Bid > Price.Zero)];
        }
        catch (VenueException)
        {
            return null;
        }
    }

    private TapeEntry? Of(SignalRow s)
    {
        if (s.MarketId is null || catalog.TryGet(s.MarketId) is not { } market || market.TokenIndex(s.TokenId) < 0)
            return null;
        var at = new DateTimeOffset(s.TradedAt, TimeSpan.Zero);
        var other = market.Tokens.Count == 2 ? market.Tokens[1 - market.TokenIndex(s.TokenId)] : s.TokenId;
        var entry = new TapeEntry(s.LeaderTradeId, s.OrderHash, at, s.Side, market, s.TokenId, s.Shares, s.Collateral, s.LeaderHeld, s.Rule is "not_held" or "dust" ? null : s.Rule, s.Reference, Book(s.TokenId, s.Book, market), Book(other, s.OtherBook, market), false);
        return entry is { Book: null, OtherBook: null } ? Assume(entry) : entry;
    }

    private async Task<List<TapeEntry>> StoredAsync(string leader, DateTimeOffset since, HashSet<string> known, CancellationToken ct)
    {
        var trades = new List<LeaderTrade>();
        string? cursor = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var page = await leaders.TradesAsync(leader, Page, cursor, ct);
            trades.AddRange(page.Items);
            cursor = page.NextCursor;
            if (cursor is null || page.Items.Count == 0 || At(page.Items[^1]) < since)
                break;
        }
        var entries = new List<TapeEntry>();
        var held = new Dictionary<TokenId, long>();
        // fills of one order are one trade; what he held follows from the trades themselves, as far back as they are stored
        foreach (var order in trades.OrderBy(At).ThenBy(t => t.Id, StringComparer.Ordinal).GroupBy(t => (t.OrderHash ?? t.Id, t.Token, t.Side)))
        {
            var first = order.First();
            var (shares, collateral) = (order.Sum(t => t.Shares.Micros), order.Sum(t => t.Collateral.Micros));
            var before = held.GetValueOrDefault(first.Token);
            held[first.Token] = Math.Max(0, before + (first.Side == Side.Buy ? shares : -shares));
            var market = (first.MarketId is { } id ? catalog.TryGet(id) : null) ?? catalog.ByToken(first.Token);
            if (market is null || At(first) < since || order.Any(t => known.Contains(t.Id)))
                continue;
            entries.Add(Assume(new TapeEntry(first.Id, first.OrderHash, At(first), first.Side, market, first.Token, shares, collateral, before, null, null, null, null, true)));
        }
        return entries;
    }

    /// <summary>A book of his own price: a tick dearer to buy, a tick cheaper to sell, as deep as his trade.</summary>
    private static TapeEntry Assume(TapeEntry entry)
    {
        var tick = entry.Market.TickSize;
        BookSnapshot Around(TokenId token, decimal price)
        {
            var on = Math.Clamp((int)decimal.Round(price * Price.Scale / tick.TenThousandths) * tick.TenThousandths, tick.TenThousandths, Price.Scale - tick.TenThousandths);
            var size = new Shares(Math.Max(entry.Shares, 1_000_000));
            return new BookSnapshot(
                token, entry.Market.ConditionId, [new Level(new Price(Math.Max(tick.TenThousandths, on - tick.TenThousandths)), size)], [new Level(new Price(Math.Min(Price.Scale - tick.TenThousandths, on + tick.TenThousandths)), size)],
                tick, entry.Market.MinOrderSize, entry.Market.NegRisk, null, entry.At, "assumed");
        }
        var other = entry.Market.Tokens.Count == 2 ? entry.Market.Tokens[1 - entry.Market.TokenIndex(entry.Token)] : entry.Token;
        return entry with { Book = Around(entry.Token, entry.Price), OtherBook = Around(other, 1 - entry.Price), Reference = entry.Reference ?? entry.Price, Assumed = true };
    }

    private static BookSnapshot? Book(TokenId token, BookSeen? seen, Market market) => seen is null ? null : new BookSnapshot(
        token, market.ConditionId, [.. seen.Bids.Select(l => new Level(l.Price, l.Size))], [.. seen.Asks.Select(l => new Level(l.Price, l.Size))], market.TickSize, market.MinOrderSize, market.NegRisk, null, seen.At, seen.Version);

    private static DateTimeOffset At(LeaderTrade trade) => trade.MatchedAt ?? trade.BlockAt ?? trade.SeenAt;
}
