using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Copying.Replay;

internal sealed class ReplayService(Tape tape, ILeaderMoney money, CopyingOptions options, TimeProvider clock) : IReplay
{
    private const int MostPriced = 100; // tokens, each a request to the venue
    private const int AtOnce = 8;

    public async Task<Result<CopyPreview>> RunAsync(string leader, FollowRules rules, decimal cash, int days, CancellationToken ct)
    {
        if (FollowService.LeaderOf(leader) is not { } address)
            return new Error("leader.invalid", "A leader is an address: 0x and 40 hex digits.");
        if (RulesCheck.Check(rules) is { } wrong)
            return wrong;
        if (rules is { Mode: CopyMode.Bankroll, LeaderBankroll: null })
            rules = rules with { LeaderBankroll = await money.BankrollAsync(address, ct) is { } now and > 0 ? now : null }; // what he had then is not recorded
        days = Math.Clamp(days, 1, 90);
        var since = clock.GetUtcNow() - TimeSpan.FromDays(days);
        var trades = await tape.ReadAsync(address, since, ct);
        // an exit that fires makes room for other buys, whose prices are needed then
        var bids = Recorded(trades);
        var (asked, priced, isAway) = (new HashSet<TokenId>(), new HashSet<TokenId>(), false);
        while (true)
        {
            var (preview, guarded) = Replayer.Run(trades, bids, address, rules, cash, days, options);
            var missing = isAway ? [] : guarded.Except(asked).Take(MostPriced - asked.Count).ToList();
            if (missing.Count == 0)
                return preview with { Unpriced = guarded.Except(priced).Count() };
            var histories = new IReadOnlyList<TapeBid>?[missing.Count];
            await Parallel.ForEachAsync(Enumerable.Range(0, missing.Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (i, stop) =>
            {
                if (!isAway && (histories[i] = await tape.BidsAsync(missing[i], since, days, stop)) is null)
                    isAway = true; // one that does not answer is not asked a hundred times
            });
            foreach (var (i, token) in missing.Index())
            {
                asked.Add(token);
                if (histories[i] is not { Count: > 0 } history)
                    continue;
                priced.Add(token);
                bids.AddRange(history);
            }
            bids = [.. bids.OrderBy(b => b.At).ThenBy(b => b.Token.Digits, StringComparer.Ordinal)];
        }
    }

    /// <summary>The bids of the books that the trades themselves met.</summary>
    private static List<TapeBid> Recorded(IReadOnlyList<TapeEntry> trades) =>
        [.. trades.Where(t => !t.Assumed).SelectMany(t => new[] { t.Book, t.OtherBook }.OfType<BookSnapshot>().Select(b => (t.At, Book: b, Bid: TriggerBid(b)))).Where(b => b.Bid is not null).Select(b => new TapeBid(b.At, b.Book.Token, b.Bid!.Value))];

    /// <summary>As exits see it live: the level down to which the bids hold the smallest order.</summary>
    private static Price? TriggerBid(BookSnapshot book)
    {
        var sum = Shares.Zero;
        foreach (var level in book.Bids)
            if ((sum += level.Size) >= book.MinOrderSize)
                return level.Price;
        return null;
    }
}
