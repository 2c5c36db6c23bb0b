using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>How long an order lives: rests (GTC, GTD), all or nothing (FOK), what is there now (FAK).</summary>
internal enum TimeInForce
{
    Gtc,
    Gtd,
    Fok,
    Fak,
}

/// <summary>Which tokens and money change hands in a fill.</summary>
internal enum MatchKind
{
    /// <summary>A buyer and a seller of one token.</summary>
    Complementary,

    /// <summary>Two buyers of opposite tokens: a full set is made.</summary>
    Mint,

    /// <summary>Two sellers of opposite tokens: a full set is given back for 1 pUSD.</summary>
    Merge,
}

/// <summary>A signed order as the engine sees it; amounts are the signed micro-units. Signature, balance, tick and minimum were judged before.</summary>
/// <param name="Hash">The order id: 0x and 64 lower-case hex.</param>
/// <param name="TokenIndex">0 or 1: which outcome's token is bought or sold.</param>
/// <param name="MakerAmount">BUY: pUSD given; SELL: shares given.</param>
/// <param name="TakerAmount">BUY: shares wanted; SELL: pUSD wanted.</param>
/// <param name="ExpiresAt">When a GTD order leaves the book (the venue's 60 s already taken off); null otherwise.</param>
internal sealed record EngineOrder(
    string Hash,
    string AccountId,
    int TokenIndex,
    Side Side,
    long MakerAmount,
    long TakerAmount,
    TimeInForce Type,
    bool PostOnly = false,
    DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Signed shares, in micro-shares.</summary>
    public long Shares => Side == Side.Buy ? TakerAmount : MakerAmount;

    /// <summary>Signed pUSD, in micro-units.</summary>
    public long Pusd => Side == Side.Buy ? MakerAmount : TakerAmount;
}

/// <summary>An order that rests on the book.</summary>
internal sealed class RestingOrder(EngineOrder order, long remaining, long sequence)
{
    public EngineOrder Order { get; } = order;

    /// <summary>Micro-shares still open.</summary>
    public long Remaining { get; set; } = remaining;

    /// <summary>Time priority at its price.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Its price in ten-thousandths, in its own token's terms.</summary>
    public int Price { get; init; }
}

/// <summary>One maker met by a taker. Money is conserved: complementary TakerPusd = MakerPusd; mint and merge TakerPusd + MakerPusd = Size.</summary>
/// <param name="MatchId">Equal for all fills of one taker at one price level: one trade of the venue, one print.</param>
/// <param name="TransactionHash">The hash the print carries; the settlement of this match should carry the same.</param>
/// <param name="MakerHash">Null: the simulator's own liquidity.</param>
/// <param name="MakerPrice">Ten-thousandths, in the maker's token.</param>
/// <param name="Size">Micro-shares of each side's token.</param>
/// <param name="MakerPusd">What the maker paid (BUY) or received (SELL), micro-units.</param>
/// <param name="TakerPrice">Ten-thousandths, in the taker's token.</param>
/// <param name="TakerPusd">What the taker paid or received before fees, micro-units.</param>
/// <param name="MakerRemaining">Micro-shares of the maker's order still open; 0 when it is done.</param>
internal sealed record EngineFill(
    long MatchId,
    string TransactionHash,
    string? MakerHash,
    string? MakerAccount,
    int MakerTokenIndex,
    Side MakerSide,
    int MakerPrice,
    long Size,
    long MakerPusd,
    int TakerPrice,
    long TakerPusd,
    MatchKind Kind,
    long MakerRemaining);

internal enum PlaceStatus
{
    /// <summary>Rests untouched.</summary>
    Live,

    /// <summary>Matched wholly or in part; the rest of a GTC or GTD rests.</summary>
    Matched,

    /// <summary>Refused or killed: <see cref="PlaceResult.Error"/> says why in the venue's words.</summary>
    Killed,
}

/// <param name="Making">Micro-units of what the taker gave: BUY pUSD, SELL shares.</param>
/// <param name="Taking">Micro-units of what the taker got: BUY shares, SELL pUSD (before fees).</param>
/// <param name="Resting">Micro-shares left on the book.</param>
internal sealed record PlaceResult(PlaceStatus Status, long Making, long Taking, long Resting, IReadOnlyList<EngineFill> Fills, string? Error);

/// <summary>Simulated flow that met resting orders of users; the taker is nobody's account.</summary>
internal sealed record SimulatedTaker(int TokenIndex, Side Side, IReadOnlyList<EngineFill> Fills);

internal enum RemovalReason
{
    /// <summary>Cancelled by its owner.</summary>
    Cancelled,

    /// <summary>A GTD order whose time ended.</summary>
    Expired,

    /// <summary>The market resolved.</summary>
    Resolved,
}
