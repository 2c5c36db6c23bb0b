using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;

namespace PolyCopy.Tests.Trading.Exits;

/// <summary>Builds exits and quotes of one token for tests of the book.</summary>
internal static class Build
{
    public static readonly TokenId Token = TokenId.Parse("111061902544814266207267295505639408607400625795891618462682726460921782993748");

    private static long _version;
    private static long _ids;

    public static Price P(decimal price) => Price.TryFromDecimal(price, out var p) ? p : throw new ArgumentOutOfRangeException(nameof(price));

    public static Shares S(decimal shares) => Shares.TryFromDecimal(shares, out var s) ? s : throw new ArgumentOutOfRangeException(nameof(shares));

    public static ArmedExit AnExit(this ExitBook book, ExitKind kind, decimal at = 0, decimal trail = 0, decimal peak = 0, bool guarded = false, int slot = 0)
    {
        var number = Interlocked.Increment(ref _ids);
        var id = new Guid((int)number, 0, 0, new byte[8]);
        return new ArmedExit(id, 1, number, id, id, "1", Token, book.Slot(slot, Token), kind) { Trigger = P(at), Trail = P(trail), OwnPeak = P(peak).TenThousandths, Guarded = guarded };
    }

    public static ArmedExit Armed(this ExitBook book, ExitKind kind, decimal at = 0, decimal trail = 0, decimal peak = 0, bool guarded = false)
    {
        var exit = book.AnExit(kind, at, trail, peak, guarded);
        book.Add(exit, ExitState.Armed);
        return exit;
    }

    public static Quote AQuote(decimal bid, decimal? ask = null, long at = 0, QuoteTrust trust = QuoteTrust.Live, decimal lastTrade = 0, long lastTradeAt = 0, int slot = 0) =>
        new(slot, Token, P(bid), P(ask ?? Math.Min(1, bid + 0.01m)), P(bid), P(lastTrade), lastTradeAt, at, ++_version, trust);

    public static IReadOnlyList<Firing> Fired(this ExitBook book)
    {
        var fired = new List<Firing>();
        while (book.Firings.TryRead(out var firing))
            fired.Add(firing);
        return fired;
    }
}
