using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Leaders;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>A line of the leaderboard; volume counts shares, as the venue's does.</summary>
internal sealed record BoardLine(Address Wallet, decimal Pnl, decimal Volume);

/// <summary>What the Data API has indexed: the chain as it was seconds ago, computed anew every four seconds. Called under the world's gate.</summary>
internal sealed class DataIndex(SimWorld world, Books books, SimChain chain, SeededLeaders leaders)
{
    private const long GridMs = 4_000;

    /// <summary>From a match to the recomputation that shows it: 5.4 s on average for a wallet, 9 s for a market (facts 4.3).</summary>
    private const long UserLagMs = 3_400;
    private const long MarketLagMs = 7_000;

    /// <summary>Users on the board: those who traded last. The venue's own shows no more either.</summary>
    private const int MostUsers = 500;

    private readonly Dictionary<string, (long Until, List<BoardLine> Lines)> _boards = [];

    /// <summary>The moment whose chain is shown now.</summary>
    public long Snapshot() => world.NowMs / GridMs * GridMs;

    /// <summary>A wallet's past as it was indexed at a moment, oldest first.</summary>
    public List<(ChainTx Tx, long Block)> Of(Address wallet, long atMs) => [.. chain.Of(wallet).Where(placed => IsIndexed(placed, atMs, UserLagMs))];

    /// <summary>Everybody's past, oldest first.</summary>
    public List<(ChainTx Tx, long Block)> Everything(long fromMs, long atMs) =>
        [.. chain.Since(fromMs).Where(placed => IsIndexed(placed, atMs, MarketLagMs)).OrderBy(placed => placed.Block).ThenBy(placed => placed.Tx.Hash, StringComparer.Ordinal)];

    public long GenesisMs => leaders.GenesisMs;

    /// <summary>What a share is worth: at the moment by the book, in the past by the course.</summary>
    public decimal Worth(SimMarket market, int outcome, long? atMs = null)
    {
        if (world.FindCondition(market.ConditionId) is not { } state)
            return 0;
        if (atMs is not { } at || (state.ResolvedAt is { } resolved && at >= resolved.ToUnixTimeMilliseconds()))
            return Quotes.Worth(state, outcome);
        var course = decimal.Round((decimal)state.Probability(at), 4);
        return outcome == 0 ? course : 1 - course;
    }

    /// <summary>Best first; null: all time.</summary>
    public IReadOnlyList<BoardLine> Board(TimeSpan? period, string? category, bool byVolume)
    {
        var key = $"{period}|{category}|{byVolume}";
        if (_boards.TryGetValue(key, out var kept) && world.NowMs < kept.Until)
            return kept.Lines;
        var now = Snapshot();
        var from = period is { } length ? now - (long)length.TotalMilliseconds : 0;
        var wallets = leaders.All.Select(leader => leader.Wallet).Concat(books.Ledger.ByHand.Keys).Concat(Enumerable.Range(1, Math.Min(MostUsers, books.Ledger.Trades.Count)).SelectMany(i => books.Ledger.Trades[^i].UserLegs).Select(leg => leg.Wallet)).Distinct();
        var lines = wallets.Select(wallet => Line(wallet, from, now, category)).Where(line => line.Volume > 0);
        var sorted = (byVolume ? lines.OrderByDescending(line => line.Volume) : lines.OrderByDescending(line => line.Pnl)).ThenBy(line => line.Wallet.ToLower(), StringComparer.Ordinal).ToList();
        _boards[key] = (world.NowMs + 60_000, sorted);
        return sorted;
    }

    /// <summary>Gains of a time: what flowed out of the markets, and what is held at its end more than at its beginning.</summary>
    public BoardLine Line(Address wallet, long fromMs, long nowMs, string? category)
    {
        var history = Of(wallet, nowMs).Where(placed => category is null || CategoryOf(placed.Tx) is null || CategoryOf(placed.Tx) == category).ToList();
        var before = Holdings.Of(wallet, history.Where(placed => SettlementTimes.TimeOf(placed.Block) < fromMs));
        var after = Holdings.Of(wallet, history);
        var gained = after.Flow - before.Flow + after.Tokens.Values.Sum(held => Value(held, null)) - before.Tokens.Values.Sum(held => Value(held, fromMs));
        return new BoardLine(wallet, decimal.Round(gained, 4), after.Volume - before.Volume);
    }

    private decimal Value(TokenHolding held, long? atMs) => held.Size == 0 ? 0 : new Shares(held.Size).ToDecimal() * Worth(held.Market, held.Outcome, atMs);

    private static string? CategoryOf(ChainTx tx) => tx switch { FillTx fill => fill.Market.Event.Category, MoveTx move => move.Market.Event.Category, _ => null };

    private static bool IsIndexed((ChainTx Tx, long Block) placed, long atMs, long lagMs) => placed.Tx.MatchedMs + lagMs <= atMs && SettlementTimes.TimeOf(placed.Block) + SimChain.SealMs <= atMs;
}
