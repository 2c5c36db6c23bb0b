using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

/// <summary>The table leader_trades: a trade is one row and is told once, whichever source tells it first, whatever hash its transaction ends with.</summary>
/// <remarks>
/// The chain's fill finds its row by its own identity; failing that it consumes the oldest row of the same wallet, token, side and size that a feed has told and no fill has
/// confirmed yet (settlement may be sent again under another hash). A feed's trade that comes after the fill is recognised the same way.
/// </remarks>
internal sealed class TradeBook(WorkerScope workers, MarketNames markets, Outgoing outgoing, CoverageBook coverage, IVenueClock time)
{
    /// <summary>What happened so shortly before an address was watched still counts: clocks differ, blocks have whole seconds.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    /// <summary>Later than this is too late to buy after.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromSeconds(60);

    /// <summary>Held by every transaction that recognises or tells trades: two sources that tell the same one at the same moment must not both find it new.</summary>
    public static readonly string[] Lock = ["leader_trades"];

    private const int MostRemembered = 100_000;
    private static readonly TimeSpan PairWithin = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<string, string> _known = new(); // identity -> block hash, of what is stored: a rescan costs nothing

    public string? MarketOf(TokenId token) => markets.Of(token).MarketId;

    /// <summary>Writes a reading's fills; the caller saves.</summary>
    public async Task<FillOutcome> WriteFillsAsync(PolyContext db, ChainStep step, IReadOnlyList<ScannedFill> fills, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var outcome = new FillOutcome();
        await db.LockAsync(Lock, ct);
        var fresh = step.Fork is null && !step.IsVerification ? fills.Where(f => !(_known.TryGetValue(f.Key, out var hash) && hash == f.Fill.BlockHash.ToString())).ToList() : fills;
        if (fresh.Count > 0)
            await StoreAsync(db, step, fresh, watched, outcome, ct);
        if (step.Fork is { } fork)
            outcome.Removed = await RemoveAsync(db, fork, fills.Select(f => f.Key).ToHashSet(), watched, ct);
        outcome.Stored = fresh;
        return outcome;
    }

    /// <summary>What was written has been committed: it need not be looked up again.</summary>
    public void Remember(FillOutcome outcome)
    {
        if (_known.Count > MostRemembered)
            _known.Clear();
        foreach (var fill in outcome.Stored)
            _known[fill.Key] = fill.Fill.BlockHash.ToString();
    }

    /// <summary>Stores trades that a feed or the history tells of.</summary>
    /// <param name="told">Any order; already known ones are recognised.</param>
    /// <param name="source">Rtds or DataApi.</param>
    /// <param name="isHistory">From before the address was watched: kept for the figures and told to nobody.</param>
    /// <param name="watched">Now.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>How many were new.</returns>
    public async Task<int> StoreFeedAsync(IReadOnlyList<FeedTrade> told, LeaderTradeSource source, bool isHistory, WatchBook.Snapshot watched, CancellationToken ct)
    {
        await markets.LearnAsync(told.Select(t => (t.Token, t.ConditionId)), ct);
        var news = await workers.WriteAsync(async (db, stop) =>
        {
            await db.LockAsync(Lock, stop);
            var added = new List<LeaderTradeRow>();
            foreach (var wallet in told.GroupBy(t => t.Wallet))
                foreach (var leader in watched.WalletTexts.GetValueOrDefault(wallet.Key, []))
                    added.AddRange(await StoreFeedAsync(db, leader, [.. wallet], source, isHistory, watched, stop));
            await db.SaveChangesAsync(stop);
            return added;
        }, ct);
        coverage.Note([.. news.Where(n => n.IsNews).Select(n => new NewTrade(n.Leader, Delay(n), IsRecovered: source == LeaderTradeSource.DataApi))]);
        if (news.Count > 0)
            outgoing.Ring();
        return news.Count;
    }

    /// <summary>What a feed told and the chain never confirmed, although it has been read well past it: the settlement failed.</summary>
    /// <returns>How many.</returns>
    public async Task<int> DropUnsettledAsync(DateTimeOffset toldBefore, CancellationToken ct)
    {
        var before = toldBefore.UtcDateTime;
        var dropped = await workers.WriteAsync(async (db, stop) =>
        {
            await db.LockAsync(Lock, stop);
            var rows = await db.Set<LeaderTradeRow>().Where(t => t.ChainKey == null && t.IsAdvance && !t.Removed && t.SeenAt < before).ToListAsync(stop);
            foreach (var row in rows)
                Remove(row);
            await db.SaveChangesAsync(stop);
            return rows.Count;
        }, ct);
        if (dropped > 0)
            outgoing.Ring();
        return dropped;
    }

    private async Task StoreAsync(PolyContext db, ChainStep step, IReadOnlyList<ScannedFill> fills, WatchBook.Snapshot watched, FillOutcome outcome, CancellationToken ct)
    {
        var now = time.UtcNow;
        var ids = fills.SelectMany(f => f.Leaders.Select(l => Identity.Of(f.Key, l, f.Wallet))).ToHashSet();
        var rows = new List<LeaderTradeRow>();
        foreach (var chunk in fills.Select(f => f.Key).Distinct().Chunk(500))
            rows.AddRange(await db.Set<LeaderTradeRow>().Where(t => t.ChainKey != null && chunk.Contains(t.ChainKey)).ToListAsync(ct));
        foreach (var chunk in ids.Chunk(500))
            rows.AddRange((await db.Set<LeaderTradeRow>().Where(t => chunk.Contains(t.Id)).ToListAsync(ct)).Where(r => !rows.Contains(r)));
        var wallets = fills.Select(f => f.Wallet).Distinct().ToList();
        var pairing = (now - PairWithin).UtcDateTime;
        var open = (await db.Set<LeaderTradeRow>().Where(t => t.ChainKey == null && wallets.Contains(t.Wallet) && t.SeenAt > pairing && !t.Removed).OrderBy(t => t.Seq).ToListAsync(ct)).ToList();
        var byKey = rows.Where(r => r.ChainKey is not null).ToDictionary(r => (r.Leader, r.ChainKey!));
        var byId = rows.ToDictionary(r => r.Id);
        // those that have a row of their own come first, so that nobody else's fill takes it
        foreach (var (fill, leader) in fills.SelectMany(f => f.Leaders.Select(l => (f, l))).OrderByDescending(p => byKey.ContainsKey((p.l, p.f.Key)) || byId.ContainsKey(Identity.Of(p.f.Key, p.l, p.f.Wallet))).ToList())
        {
            var id = Identity.Of(fill.Key, leader, fill.Wallet);
            if (byKey.TryGetValue((leader, fill.Key), out var same))
            {
                Confirm(same, fill);
                Return(same);
                continue;
            }
            var own = byId.GetValueOrDefault(id);
            var row = own is { ChainKey: null } ? own
                : own is null ? open.FirstOrDefault(r => r.ChainKey is null && r.Leader == leader && r.Wallet == fill.Wallet && r.TokenId == fill.Token && r.Side == fill.Fill.Side && r.Shares.Micros == fill.Fill.Shares && IsNear(r, fill))
                : null;
            if (row is not null)
            {
                Confirm(row, fill);
                Return(row);
                row.ChainKey = fill.Key;
                row.IsAdvance = false;
                continue;
            }
            // own is taken: another fill of the same size consumed it before this one came; the two are told apart by their numbers only
            var added = NewRow(own is null ? id : id + "-2", leader, fill, watched, now);
            db.Add(added);
            byKey[(leader, fill.Key)] = added;
            var delay = now - fill.BlockAt;
            outcome.New.Add(new NewTrade(leader, added.IsNews ? delay : null, IsRecovered: added.IsNews && (step.IsVerification || delay > LateAfter)));
        }
    }

    private static bool IsNear(LeaderTradeRow row, ScannedFill fill) => ((row.MatchedAt ?? row.BlockAt ?? row.SeenAt) - fill.BlockAt.UtcDateTime).Duration() < PairWithin;

    private LeaderTradeRow NewRow(string id, string leader, ScannedFill fill, WatchBook.Snapshot watched, DateTimeOffset now)
    {
        var (conditionId, marketId, outcome) = markets.Of(fill.Token);
        var isNews = watched.Leaders.TryGetValue(leader, out var info) && fill.BlockAt.UtcDateTime >= info.WatchedAt - Tolerance;
        var row = new LeaderTradeRow
        {
            Id = id,
            Leader = leader,
            Wallet = fill.Wallet,
            Source = LeaderTradeSource.Chain,
            TransactionHash = fill.Transaction,
            TokenId = fill.Token,
            ConditionId = conditionId,
            MarketId = marketId,
            Outcome = outcome,
            Side = fill.Fill.Side,
            Shares = new Shares(fill.Fill.Shares),
            IsBackfilled = !isNews || now - fill.BlockAt > LateAfter,
            SeenAt = now.UtcDateTime,
            ChainKey = fill.Key,
            IsNews = isNews,
            Tell = isNews ? LeaderTradeRow.TellTrade : null,
            Seq = outgoing.Next(),
        };
        Confirm(row, fill);
        return row;
    }

    /// <summary>What only the chain knows, or knows best.</summary>
    private static void Confirm(LeaderTradeRow row, ScannedFill fill)
    {
        row.OrderHash = fill.Fill.OrderHash.ToString();
        row.TransactionHash = fill.Transaction;
        row.Collateral = new Usdc(fill.Fill.Collateral);
        row.Fee = fill.Fill.Fee;
        row.IsTaker = fill.Fill.IsTaker;
        row.Counterparty = fill.Counterparty ?? row.Counterparty;
        row.BlockNumber = fill.Fill.BlockNumber;
        row.BlockHash = fill.Fill.BlockHash.ToString();
        row.BlockAt = fill.BlockAt.UtcDateTime;
        row.TradedAt = fill.BlockAt.UtcDateTime;
    }

    /// <summary>A trade that a reorganisation had removed is there again.</summary>
    private void Return(LeaderTradeRow row)
    {
        if (!row.Removed)
            return;
        row.Removed = false;
        (row.Tell, row.Seq) = (row.Told || !row.IsNews ? null : LeaderTradeRow.TellTrade, outgoing.Next()); // told and not taken back: nobody has heard of the removal
    }

    private async Task<int> RemoveAsync(PolyContext db, long fork, HashSet<string> found, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var wallets = watched.WalletTexts.Keys.ToHashSet();
        var gone = (await db.Set<LeaderTradeRow>().Where(t => t.BlockNumber > fork && t.ChainKey != null && !t.Removed).ToListAsync(ct)).Where(t => wallets.Contains(t.Wallet) && !found.Contains(t.ChainKey!)).ToList();
        foreach (var row in gone)
        {
            _known.TryRemove(row.ChainKey!, out _);
            Remove(row);
        }
        return gone.Count;
    }

    private void Remove(LeaderTradeRow row)
    {
        row.Removed = true;
        (row.Tell, row.Seq) = (row.Told ? LeaderTradeRow.TellRemoval : null, outgoing.Next());
    }

    private async Task<List<LeaderTradeRow>> StoreFeedAsync(PolyContext db, string leader, List<FeedTrade> told, LeaderTradeSource source, bool isHistory, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var now = time.UtcNow;
        var keyed = told.Select(t => (Trade: t, Key: Identity.Trade(t.Transaction, t.Wallet, t.Token, t.Side, t.Shares.Micros, t.Occurrence))).ToList();
        var rows = new List<LeaderTradeRow>();
        var wallet = told[0].Wallet;
        foreach (var chunk in keyed.Chunk(400))
        {
            var keys = chunk.Select(k => k.Key).ToList();
            var ids = keys.Select(k => Identity.Of(k, leader, wallet)).ToList();
            rows.AddRange(await db.Set<LeaderTradeRow>().Where(t => t.Leader == leader && (ids.Contains(t.Id) || keys.Contains(t.ChainKey!) || keys.Contains(t.FeedKey!))).ToListAsync(ct));
        }
        var tokens = told.Select(t => t.Token).Distinct().ToList();
        var oldest = told.Min(t => t.At).UtcDateTime - PairWithin;
        var unpaired = isHistory ? [] : await db.Set<LeaderTradeRow>().Where(t => t.Leader == leader && t.Wallet == wallet && t.FeedKey == null && tokens.Contains(t.TokenId) && t.SeenAt > oldest).OrderBy(t => t.Seq).ToListAsync(ct);
        var added = new List<LeaderTradeRow>();
        foreach (var (trade, key) in keyed)
        {
            var id = Identity.Of(key, leader, wallet);
            var row = rows.Find(r => r.FeedKey == key) ?? rows.Find(r => r.ChainKey == key || r.Id == id)
                ?? unpaired.Find(r => r.FeedKey is null && r.TokenId == trade.Token && r.Side == trade.Side && r.Shares == trade.Shares && ((r.BlockAt ?? r.SeenAt) - trade.At.UtcDateTime).Duration() < PairWithin);
            if (row is not null)
            {
                if (!rows.Contains(row))
                    rows.Add(row); // the same trade may come twice in one batch, once by each subscription
                row.FeedKey ??= key;
                if (source == LeaderTradeSource.Rtds)
                    row.MatchedAt ??= trade.At.UtcDateTime;
                row.ConditionId ??= trade.ConditionId;
                row.Outcome ??= trade.Outcome;
                row.MarketId ??= markets.Of(trade.Token).MarketId;
                if (source == LeaderTradeSource.DataApi && row.ChainKey is null && trade.Transaction == row.TransactionHash)
                    row.IsAdvance = false; // the venue's own index has it from the chain
                continue;
            }
            var fresh = NewRow(id, key, leader, trade, source, isHistory, watched, now);
            db.Add(fresh);
            rows.Add(fresh);
            added.Add(fresh);
        }
        return added;
    }

    private LeaderTradeRow NewRow(string id, string key, string leader, FeedTrade trade, LeaderTradeSource source, bool isHistory, WatchBook.Snapshot watched, DateTimeOffset now)
    {
        var (conditionId, marketId, outcome) = markets.Of(trade.Token);
        var isNews = !isHistory && watched.Leaders.TryGetValue(leader, out var info) && trade.At.UtcDateTime >= info.WatchedAt - Tolerance;
        return new LeaderTradeRow
        {
            Id = id,
            Leader = leader,
            Wallet = trade.Wallet,
            Source = source,
            TransactionHash = trade.Transaction,
            TokenId = trade.Token,
            ConditionId = conditionId ?? trade.ConditionId,
            MarketId = marketId,
            Outcome = outcome ?? trade.Outcome,
            Side = trade.Side,
            Shares = trade.Shares,
            Collateral = Usdc.Floor(trade.Shares.ToDecimal() * trade.Price),
            IsAdvance = source == LeaderTradeSource.Rtds,
            IsBackfilled = !isNews || now - trade.At > LateAfter,
            MatchedAt = source == LeaderTradeSource.Rtds ? trade.At.UtcDateTime : null,
            BlockAt = source == LeaderTradeSource.DataApi ? trade.At.UtcDateTime : null,
            SeenAt = now.UtcDateTime,
            TradedAt = trade.At.UtcDateTime,
            FeedKey = key,
            IsNews = isNews,
            Tell = isNews ? LeaderTradeRow.TellTrade : null,
            Seq = outgoing.Next(),
        };
    }

    private static TimeSpan? Delay(LeaderTradeRow row) => row.SeenAt - (row.MatchedAt ?? row.BlockAt);
}

/// <summary>What a reading brought.</summary>
internal sealed class FillOutcome
{
    public List<NewTrade> New { get; } = [];
    public IReadOnlyList<ScannedFill> Stored { get; set; } = [];
    public int Removed { get; set; }
    public IReadOnlyList<string> Booked { get; set; } = [];
}

/// <param name="Delay">From the match or the block to our seeing it; null for history.</param>
/// <param name="IsRecovered">The chain's ordinary reading had missed it.</param>
internal sealed record NewTrade(string Leader, TimeSpan? Delay, bool IsRecovered);
