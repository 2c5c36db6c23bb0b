using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>Runs the tick path before the first tick, so that nothing is compiled while a real one waits (20 to 50 ms were seen).</summary>
internal static class FeedWarmup
{
    private static readonly TokenId Nobodys = TokenId.Parse("0");

    /// <param name="publisher">The real one: its listeners are told once that nobody's token has no price.</param>
    /// <param name="board">The real one: keeps a slot for that token.</param>
    /// <param name="events">Hears nothing.</param>
    /// <param name="clock">Any.</param>
    public static void Run(QuotePublisher publisher, QuoteBoard board, FeedEvents events, TimeProvider clock)
    {
        var gate = new Lock();
        lock (gate)
            publisher.Publish(BookOn(board, gate));

        var counters = new FeedCounters(NullLogger<FeedCounters>.Instance, clock);
        var apart = new QuoteBoard();
        var epoch = new FeedEpoch(new QuotePublisher(apart, [], counters), counters, events, gate, clock);
        epoch.Add(BookOn(apart, gate));
        var levels = Enumerable.Range(1, 40).Select(i => new Level(new Price(i * 100), new Shares(i * Shares.Scale))).ToArray();
        epoch.Begin();
        epoch.Book(new BookMessage { Token = epoch.Find("0"u8), Bids = levels, Asks = [new Level(new Price(9000), new Shares(Shares.Scale))] });
        foreach (var price in (ReadOnlySpan<int>)[4000, 100, 150, 4100])
        {
            foreach (var size in (ReadOnlySpan<long>)[5, 6, 0])
            {
                epoch.Changes([new LevelChange(0, Side.Buy, new Price(price), new Shares(size), new Price(-1), new Price(-1))], 1);
                epoch.Changes([new LevelChange(0, Side.Sell, new Price(9500 - price), new Shares(size), new Price(-1), new Price(-1))], 1);
            }
        }
        epoch.Trade(0, new Price(4000), 1);
        epoch.End(1);
    }

    private static Book BookOn(QuoteBoard board, Lock gate)
    {
        var market = new FollowedMarket("", "", false);
        return new Book(market, board.Slot(Nobodys, Shares.Zero), Nobodys, new Price(100), new Shares(Shares.Scale), gate);
    }
}
