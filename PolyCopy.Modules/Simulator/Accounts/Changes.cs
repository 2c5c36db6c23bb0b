using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>One fact of the venue's history. The ledger is the fold of these, live and after a restart alike; amounts are micro-units, times unix milliseconds of the venue's clock.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "k")]
[JsonDerivedType(typeof(VenueOpened), "venue")]
[JsonDerivedType(typeof(VenueRestarted), "boot")]
[JsonDerivedType(typeof(ClockMoved), "clock")]
[JsonDerivedType(typeof(KeyCreated), "key")]
[JsonDerivedType(typeof(KeyDeleted), "key-")]
[JsonDerivedType(typeof(WalletFunded), "fund")]
[JsonDerivedType(typeof(OrderReceived), "recv")]
[JsonDerivedType(typeof(OrderPlaced), "order")]
[JsonDerivedType(typeof(OrderReleased), "release")]
[JsonDerivedType(typeof(OrderEnded), "end")]
[JsonDerivedType(typeof(TradeMatched), "trade")]
[JsonDerivedType(typeof(TradeAdvanced), "settle")]
[JsonDerivedType(typeof(TradePlanned), "plan")]
[JsonDerivedType(typeof(NextTradesPlanned), "next")]
[JsonDerivedType(typeof(MarketQuoted), "quote")]
[JsonDerivedType(typeof(MarketProposed), "propose")]
[JsonDerivedType(typeof(MarketResolved), "resolve")]
[JsonDerivedType(typeof(LeaderTraded), "leader")]
[JsonDerivedType(typeof(HoldingsMoved), "move")]
[JsonDerivedType(typeof(ChainReorganized), "reorg")]
internal abstract record Change;

/// <summary>The first line of a journal.</summary>
internal sealed record VenueOpened(string JournalId, long Seed, long At) : Change;

/// <summary>The venue was started again on this journal.</summary>
internal sealed record VenueRestarted(long At) : Change;

/// <summary>The clock after an advance or a switch of driving, in ticks: all advances so far, and the offset to wall time or, when driven, the time it stands at.</summary>
internal sealed record ClockMoved(long Advanced, bool Driven, long Offset) : Change;

/// <summary>An API key; secret and passphrase follow from the seed and these three.</summary>
internal sealed record KeyCreated(Address Account, string Nonce, int Generation) : Change;

internal sealed record KeyDeleted(string ApiKey) : Change;

/// <summary>pUSD appeared in a wallet, which counts as deployed and approved from then on.</summary>
internal sealed record WalletFunded(Address Wallet, long Usdc) : Change;

/// <summary>An order with this digest was posted; counted for the statistics, accepted or not.</summary>
internal sealed record OrderReceived(string Id, Address Wallet, bool Accepted) : Change;

/// <summary>An order passed every check. <paramref name="Budget"/> is the pUSD a market BUY spends, 0 for every other order.</summary>
internal sealed record OrderPlaced(
    string Id, string ApiKey, Address Account, Address Wallet, string Condition, TokenId Token, int OutcomeIndex, string Outcome, Side Side, OrderKind Kind,
    int Price, long Size, long Budget, long MakerAmount, long TakerAmount, long FeeRoom, long Expiration, long At, bool Delayed, long DueAt) : Change;

/// <summary>The taker delay of an order is over: what follows in the same line is its match, its rest or its end.</summary>
internal sealed record OrderReleased(string Id) : Change;

/// <summary>An order left the book for good; <paramref name="Reason"/> is the free text some frames carry.</summary>
internal sealed record OrderEnded(string Id, OrderState State, string? Reason) : Change;

/// <summary>One match: a taker against the resting orders of one price level. A leg without ApiKey is the venue's own liquidity; Transaction is the hash of the first attempt to settle.</summary>
internal sealed record TradeMatched(
    string Id, string Condition, TradeLeg Taker, IReadOnlyList<TradeLeg> Makers, string Transaction, long At, SettleAs Plan, bool FromNext, long MineAt, long ConfirmAt) : Change;

/// <summary>One side of a match, in that order's own token, side and price; Cash excludes the Fee.</summary>
internal sealed record TradeLeg(
    string OrderId, string? ApiKey, Address Account, Address Wallet, TokenId Token, int OutcomeIndex, string Outcome, Side Side, int Price, long Size, long Cash, long Fee);

/// <summary>A trade reached the next state of its settlement. A retry carries the time of the next attempt.</summary>
internal sealed record TradeAdvanced(string Id, TradeState State, string Transaction, long At, long MineAt, long ConfirmAt) : Change;

/// <summary>Somebody decided how a trade settles.</summary>
internal sealed record TradePlanned(string Id, SettleAs Plan, long MineAt, long ConfirmAt) : Change;

internal sealed record NextTradesPlanned(int Count, SettleAs Plan) : Change;

/// <summary>The control route replaced the liquidity of a market; null is an empty side.</summary>
internal sealed record MarketQuoted(string Condition, int OutcomeIndex, int? Bid, int? Ask, long Size, long At) : Change;

internal sealed record MarketProposed(string Condition, long At) : Change;

/// <summary>A market ended: <paramref name="Payouts"/> in millionths of pUSD per share, by outcome. Every settled share turns into cash.</summary>
internal sealed record MarketResolved(string Condition, IReadOnlyList<TokenId> Tokens, IReadOnlyList<long> Payouts, long At) : Change;

/// <summary>The control route let a leader trade: one transaction, <paramref name="Taker"/> against <paramref name="Makers"/>. <paramref name="Funded"/> pUSD and <paramref name="Granted"/> shares were given to the leader first.</summary>
internal sealed record LeaderTraded(string Transaction, string Condition, Address Leader, TradeLeg Taker, IReadOnlyList<TradeLeg> Makers, long Funded, long Granted, long At) : Change
{
    /// <summary>The token the leader trades.</summary>
    [JsonIgnore]
    public TokenId Token => Taker.Wallet == Leader ? Taker.Token : Makers[0].Token;
}

/// <summary>The control route moved a wallet's shares without a trade; amounts by token. A conversion gives the first token and gets the others.</summary>
internal sealed record HoldingsMoved(string Transaction, string Condition, MoveKind Kind, Address Wallet, Address Counterparty, IReadOnlyList<TokenId> Tokens, IReadOnlyList<long> Amounts, long Payout, long At) : Change;

/// <summary>The blocks <paramref name="From"/> to <paramref name="To"/> got other hashes; transactions in them are gone or came into another block.</summary>
internal sealed record ChainReorganized(long From, long To, IReadOnlyList<string> Dropped, IReadOnlyDictionary<string, long> Moved, long At) : Change;

[JsonConverter(typeof(JsonStringEnumConverter<MoveKind>))]
internal enum MoveKind
{
    /// <summary>Out to another wallet.</summary>
    Transfer,

    /// <summary>In from another wallet.</summary>
    Receive,

    /// <summary>pUSD into full sets.</summary>
    Split,

    /// <summary>Full sets into pUSD.</summary>
    Merge,

    /// <summary>Shares of a resolved market into pUSD.</summary>
    Redeem,

    /// <summary>No of one market of a neg-risk event into Yes of all others.</summary>
    Convert,
}

[JsonConverter(typeof(JsonStringEnumConverter<OrderKind>))]
internal enum OrderKind { GTC, GTD, FOK, FAK }

[JsonConverter(typeof(JsonStringEnumConverter<OrderState>))]
internal enum OrderState { LIVE, DELAYED, MATCHED, UNMATCHED, CANCELED, INVALID, CANCELED_MARKET_RESOLVED }

[JsonConverter(typeof(JsonStringEnumConverter<TradeState>))]
internal enum TradeState { MATCHED, MINED, CONFIRMED, RETRYING, FAILED }

/// <summary>How a trade's settlement goes: Ghost never leaves MATCHED by itself.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SettleAs>))]
internal enum SettleAs
{
    [JsonStringEnumMemberName("confirm")] Confirm,
    [JsonStringEnumMemberName("fail")] Fail,
    [JsonStringEnumMemberName("retry")] Retry,
    [JsonStringEnumMemberName("ghost")] Ghost,
}

/// <summary>How a command's changes are written to its journal line.</summary>
internal static class ChangeJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
