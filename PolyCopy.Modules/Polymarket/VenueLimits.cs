using System.Collections.Concurrent;

namespace PolyCopy.Modules.Polymarket;

/// <summary>90 % of the venue's published limits per 10 s, shared out so that all of the CLOB's together stay within 90 % of its total of 9,000 too.</summary>
/// <remarks>docs.polymarket.com rate-limits and trading-rate-limits, October 2026; where two tables of orders differ the lower counts for bursts.</remarks>
internal sealed class VenueLimits(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Pace> _signers = new(StringComparer.Ordinal);

    public Pace GammaMarkets { get; } = Pace.Within(300, Window, clock);
    public Pace GammaSearch { get; } = Pace.Within(350, Window, clock);
    public Pace ClobBook { get; } = Pace.Within(1_000, Window, clock);
    public Pace ClobBooks { get; } = Pace.Within(500, Window, clock);
    public Pace ClobHistory { get; } = Pace.Within(300, Window, clock);
    public Pace ClobOther { get; } = Pace.Within(500, Window, clock);
    public Pace OneOrder { get; } = Pace.Within(900, Window, clock);
    public Pace OpenOrders { get; } = Pace.Within(500, Window, clock);
    public Pace Trades { get; } = Pace.Within(500, Window, clock);
    public Pace Balance { get; } = Pace.Within(200, Window, clock);
    public Pace BalanceUpdate { get; } = Pace.Within(50, Window, clock);
    public Pace Keys { get; } = Pace.Within(100, Window, clock);
    public Pace Orders { get; } = Pace.Within(3_500, Window, clock);
    public Pace OrdersLong { get; } = Pace.Within(120_000, TimeSpan.FromMinutes(10), clock);
    public Pace Cancels { get; } = Pace.Within(800, Window, clock);

    public Pace DataActivity { get; } = Pace.Within(200, Window, clock);
    public Pace DataPositions { get; } = Pace.Within(200, Window, clock);
    public Pace DataOther { get; } = Pace.Within(100, Window, clock);

    /// <summary>The bucket of one API key, standard tier: 40 orders a second, burst 60.</summary>
    public Pace Signer(string apiKey) => _signers.GetOrAdd(apiKey, _ => new Pace(54, 36, clock));
}
