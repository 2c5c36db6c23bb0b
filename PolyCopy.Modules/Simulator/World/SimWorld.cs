using PolyCopy.Modules.Simulator.Matching;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>
/// All markets with their books, moved by the clock. One gate for everything: a request takes it, judges, places, books
/// and journals in one piece; under it nothing waits, and the clock is not advanced.
/// </summary>
internal sealed class SimWorld
{
    public SimWorld(SimulatorOptions options, SimClock clock)
    {
        Seed = options.Seed;
        Clock = clock;
    }

    public long Seed { get; }

    public SimClock Clock { get; }

    /// <summary>Held around everything that reads or changes a market, an order or an account. Re-entrant.</summary>
    public Lock Gate { get; } = new();

    /// <summary>All markets known now, oldest first.</summary>
    public IReadOnlyList<MarketState> Markets => [];

    /// <summary>The market of a condition id (case ignored), or null.</summary>
    public MarketState? FindCondition(string conditionId) => null;

    /// <summary>The market of a token id and the outcome's index, or null.</summary>
    public (MarketState Market, int TokenIndex)? FindToken(string tokenId) => null;

    /// <summary>Raised under the gate when simulated flow meets users' resting orders (a user's own taking is in the answer of Place).</summary>
    public event Action<MarketState, SimulatedTaker>? MakersHit;

    /// <summary>Raised under the gate when an order left the book by expiry or resolution (not by Cancel).</summary>
    public event Action<MarketState, RestingOrder, RemovalReason>? OrderRemoved;

    /// <summary>Raised under the gate after a market resolved and its orders were removed; the payouts stand.</summary>
    public event Action<MarketState>? Resolved;

    /// <summary>Replaces the simulator's own liquidity by one bid and one ask in the outcome's terms; users' orders it crosses are filled; the process leaves the market alone for 60 s.</summary>
    /// <param name="bid">Ten-thousandths, or null for no bid.</param>
    /// <param name="ask">Ten-thousandths, or null for no ask.</param>
    /// <param name="size">Micro-shares on each level.</param>
    public void SetQuote(MarketState market, int tokenIndex, int? bid, int? ask, long size)
    {
    }

    /// <summary>Proposes a resolution: the book is gone (404) until <see cref="Resolve"/>.</summary>
    public void Propose(MarketState market) => market.Phase = MarketPhase.Proposed;

    /// <summary>Resolves for the winner (null: 50/50): removes all orders, then raises <see cref="Resolved"/>. A resolved market stays as it is.</summary>
    public void Resolve(MarketState market, int? winner)
    {
        OrderRemoved?.Invoke(market, null!, RemovalReason.Resolved);
        MakersHit?.Invoke(market, null!);
        Resolved?.Invoke(market);
    }
}
