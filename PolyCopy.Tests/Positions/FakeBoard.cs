using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Positions;

/// <summary>A quote board set by hand.</summary>
[SuppressMessage("Design", "CA1822", Justification = "a stand-in")]
internal sealed class FakeBoard : IQuoteBoard
{
    private readonly ConcurrentDictionary<TokenId, int> _slots = new();
    private readonly ConcurrentDictionary<TokenId, Quote> _quotes = new();
    private long _version;

    public int Slot(TokenId token, Shares minOrderSize) => _slots.GetOrAdd(token, _ => _slots.Count);

    /// <summary>Called within each read.</summary>
    public Action Reading { get; set; } = () => { };

    public bool TryRead(TokenId token, out Quote quote)
    {
        Reading();
        return _quotes.TryGetValue(token, out quote);
    }

    public BookSnapshot? Depth(TokenId token) => null;

    public Quote Set(TokenId token, decimal bid, decimal? ask = null, QuoteTrust trust = QuoteTrust.Live)
    {
        Price.TryFromDecimal(bid, out var price).Should().BeTrue();
        Price.TryFromDecimal(ask ?? bid + 0.01m, out var offered).Should().BeTrue();
        return _quotes[token] = new Quote(Slot(token, default), token, price, offered, price, default, 0, TimeProvider.System.GetTimestamp(), Interlocked.Increment(ref _version), trust);
    }
}
