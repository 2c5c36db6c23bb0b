using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>What followers hear, written in the transaction that made it true. Skips are not told one by one: the digest counts them.</summary>
internal sealed class CopyNews(IUserEvents events, IMarketCatalog catalog)
{
    /// <summary>A sell that the rules leave to the user is told at once.</summary>
    public void Decided(PolyContext db, IReadOnlyList<DecisionRow> rows, LeaderTrade trade, Market? market)
    {
        foreach (var row in rows.Where(r => r.Rule == "sells_manual"))
            events.Append(db, row.UserId, "leader_sold", new
            {
                decisionId = row.Id,
                row.FollowId,
                leader = row.Leader,
                marketId = row.MarketId,
                question = market?.Question,
                outcome = row.Outcome,
                side = trade.Side,
                shares = trade.Shares,
                price = decimal.Round(row.LeaderPrice, 6),
                reason = row.Reason,
            });
    }

    /// <summary>Whether its orders have ended and nobody was told yet.</summary>
    public static bool IsNews(DecisionRow row) => row is { State: DecisionState.Done, Told: false } && row.Verdict != Verdict.Skipped;

    /// <param name="row">One that is news; told once.</param>
    /// <param name="realised">What its sales brought, net of fees; null when nothing was sold.</param>
    public void Ended(PolyContext db, DecisionRow row, Usdc? realised)
    {
        row.Told = true;
        var (shares, collateral) = (row.FilledBefore + row.Filled, row.CollateralBefore + row.Collateral);
        events.Append(db, row.UserId, row.Verdict == Verdict.Failed ? "copy_failed" : "copied", new
        {
            decisionId = row.Id,
            followId = row.FollowId,
            leader = row.Leader,
            marketId = row.MarketId,
            question = row.MarketId is { } id ? catalog.TryGet(id)?.Question : null,
            outcome = row.Outcome,
            side = row.Side,
            shares = new Shares(shares),
            amount = new Usdc(collateral),
            price = shares == 0 ? (decimal?)null : decimal.Round(collateral / (decimal)shares, 6),
            realisedPnl = realised,
            leaderPrice = decimal.Round(row.LeaderPrice, 6),
            seenToSubmitMs = Milliseconds(row.SeenAt, row.SubmittedAt),
            behindLeaderMs = Milliseconds(row.MatchedAt ?? row.BlockAt, row.SubmittedAt),
            code = row.Rule,
            reason = row.Reason,
            said = row.Said,
        });
    }

    public void Moved(PolyContext db, Follow follow, LeaderMove move, Market? market, bool sells) => events.Append(db, follow.UserId, "leader_moved", new
    {
        followId = follow.Id,
        leader = move.Leader,
        kind = move.Kind,
        marketId = market?.Id ?? move.MarketId,
        question = market?.Question,
        outcome = market?.Outcomes[market.TokenIndex(move.Token)],
        shares = new Shares(-move.Delta),
        heldBefore = new Shares(move.HeldBefore),
        sells,
        reason = $"{new Shares(-move.Delta)} of {new Shares(move.HeldBefore)} shares left the leader's wallet by a {move.Kind}.",
    });

    public void Removed(PolyContext db, DecisionRow copy, Market? market, bool sells) => events.Append(db, copy.UserId, "leader_removed", new
    {
        decisionId = copy.Id,
        followId = copy.FollowId,
        leader = copy.Leader,
        marketId = copy.MarketId,
        question = market?.Question,
        outcome = copy.Outcome,
        shares = new Shares(copy.FilledBefore + copy.Filled),
        amount = new Usdc(copy.CollateralBefore + copy.Collateral),
        sells,
        reason = sells ? "The chain took the leader's trade back; what was copied is sold, as the rules say." : "The chain took the leader's trade back; the copy is kept, as the rules say.",
    });

    private static decimal? Milliseconds(DateTime? from, DateTime? to) => from is { } start && to is { } end && end >= start ? decimal.Round((decimal)(end - start).TotalMilliseconds, 1) : null;
}
