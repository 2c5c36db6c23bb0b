using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>A claimed exit and the order it wants.</summary>
internal readonly record struct Planned(ArmedExit Exit, Decision Decision);

/// <summary>Sizes and prices the orders of a batch by the present book: takes share what is bid at their price or above, stops sell all with a floor.</summary>
internal sealed class ExitPlanner(ExitBook book, ExitWaits waits, ExitOutcomes outcomes, IMarketCatalog markets, IQuoteBoard board, TimeProvider clock)
{
    private const decimal UsualSlippage = 0.05m;

    /// <summary>The orders of a batch. Exits that can sell nothing end or wait.</summary>
    /// <param name="batch">What was claimed, in the order of its firing.</param>
    /// <param name="limits">Slippage by user, for stops.</param>
    /// <param name="ended">What must be written about exits that end here.</param>
    public List<Planned> Plan(List<Firing> batch, IReadOnlyDictionary<long, decimal> limits, out List<ExitRecord> ended)
    {
        ended = [];
        var plans = new List<Planned>(batch.Count);
        var now = clock.GetUtcNow();
        var books = new Dictionary<TokenId, (IReadOnlyList<Level>? Bids, Shares Given)>();
        foreach (var firing in batch)
        {
            var exit = firing.Exit;
            var position = book.TryPosition(exit.PositionId);
            exit.AddedSeen = position?.Added ?? Shares.Zero; // before the size, which then holds at least these
            var size = position?.Size ?? Shares.Zero;
            if (exit.Fraction >= 1)
                exit.Target = exit.FilledBefore + size;
            exit.Target ??= ExitSizing.Part(size + exit.FilledBefore, exit.Fraction);
            var shares = ExitSizing.Whole(Shares.Min(exit.Target.Value - exit.FilledBefore, size));
            if (shares <= Shares.Zero)
            {
                outcomes.End(exit, size < ExitSizing.Smallest ? "the position is closed" : "dust: less than a hundredth of a share is left", ended);
                continue;
            }
            var market = markets.TryGet(exit.MarketId);
            var tick = market?.TickSize ?? new Price(100);
            Price worst;
            if (exit.IsStop)
            {
                var best = board.TryRead(exit.Token, out var quote) && quote.Trust is QuoteTrust.Live or QuoteTrust.Rest ? quote.BestBid : firing.BestBid;
                if (best < tick)
                {
                    waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromSeconds(1)); // nobody bids: again each second
                    continue;
                }
                worst = ExitSizing.Floor(best, limits.GetValueOrDefault(exit.UserId, UsualSlippage), tick);
            }
            else
            {
                worst = ExitSizing.UpToTick(exit.Trigger, tick);
                shares = Available(books, exit, shares);
                if (shares <= Shares.Zero)
                {
                    waits.Add(exit, ExitState.Firing, WaitFor.PresentBook, TimeSpan.FromMilliseconds(250)); // others of this batch have taken these levels
                    continue;
                }
            }
            exit.TickReceivedAt = now - clock.GetElapsedTime(firing.At);
            var attempt = exit.Attempts + 1;
            plans.Add(new Planned(exit, new Decision(
                $"exit:{exit.Id:N}:{exit.Arming}:{attempt}", exit.UserId, exit.WalletId, exit.MarketId, exit.Token, Side.Sell, OrderType.Fak, shares, null, worst,
                "exit", exit.PositionId, exit.Id, exit.Arming, attempt, TickReceivedAt: exit.TickReceivedAt)));
        }
        return plans;
    }

    /// <summary>What the bids at or above a take's price still hold after the takes before it.</summary>
    private Shares Available(Dictionary<TokenId, (IReadOnlyList<Level>? Bids, Shares Given)> books, ArmedExit exit, Shares wanted)
    {
        if (!books.TryGetValue(exit.Token, out var known))
            books[exit.Token] = known = (board.Depth(exit.Token)?.Bids, Shares.Zero);
        if (known.Bids is null)
            return wanted; // no trusted book here: the worst price alone decides what the venue fills
        var shares = ExitSizing.Whole(Shares.Min(wanted, ExitSizing.Depth(known.Bids, exit.Trigger) - known.Given));
        if (shares > Shares.Zero)
            books[exit.Token] = known with { Given = known.Given + shares };
        return shares;
    }
}
