using System.Text.Json.Serialization;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>How long an order lives at the venue.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OrderType>))]
public enum OrderType
{
    /// <summary>Fill and kill: take what is there, cancel the rest.</summary>
    [JsonStringEnumMemberName("FAK")]
    Fak,

    /// <summary>Fill or kill: all or nothing.</summary>
    [JsonStringEnumMemberName("FOK")]
    Fok,

    /// <summary>Good till cancelled.</summary>
    [JsonStringEnumMemberName("GTC")]
    Gtc,

    /// <summary>Good till a date; the venue ends it about a minute early.</summary>
    [JsonStringEnumMemberName("GTD")]
    Gtd,
}

/// <summary>The account that trades, able to sign without showing its keys. Handed out by Wallets, used by the order adapter.</summary>
public interface ITradingAccount
{
    Guid WalletId { get; }

    /// <summary>Whose wallet it is.</summary>
    long UserId { get; }

    /// <summary>The EOA that owns the wallet, EIP-55; L1 and L2 headers carry it.</summary>
    string Owner { get; }

    /// <summary>The deposit wallet that holds the money, EIP-55; maker and signer of its orders.</summary>
    string Funder { get; }

    /// <summary>0 EOA, 1 proxy, 2 Safe, 3 deposit wallet (POLY_1271).</summary>
    int SignatureType { get; }

    /// <summary>The CLOB API key (a UUID): "owner" in order bodies and trade events.</summary>
    string ApiKey { get; }

    /// <summary>Signs the order; returns its EIP-712 digest (the venue's order id, 0x…) and the signature (0x…).</summary>
    (string Hash, string Signature) Sign(in UnsignedOrder order);

    /// <summary>The L2 headers of a request: POLY_ADDRESS, POLY_SIGNATURE, POLY_TIMESTAMP, POLY_API_KEY, POLY_PASSPHRASE.</summary>
    /// <param name="method">Upper case.</param>
    /// <param name="path">Without base path and query.</param>
    /// <param name="body">The exact bytes sent; empty when none.</param>
    /// <param name="now">The venue's time.</param>
    IReadOnlyList<KeyValuePair<string, string>> SignRequest(string method, string path, ReadOnlySpan<byte> body, DateTimeOffset now);

    /// <summary>The secret triple for the user channel's auth frame; goes to the venue's socket and nowhere else.</summary>
    (string ApiKey, string Secret, string Passphrase) SocketCredentials();
}

/// <summary>What is signed: amounts in micro-units; the exchange follows from <paramref name="NegRisk"/> and <paramref name="Version"/>.</summary>
public readonly record struct UnsignedOrder(
    long Salt, TokenId Token, Side Side, long MakerAmount, long TakerAmount, long TimestampMs, bool NegRisk, string Version);

/// <summary>An order to be signed.</summary>
/// <param name="MakerAmount">BUY: pUSD, SELL: shares; micro-units.</param>
/// <param name="TakerAmount">BUY: shares, SELL: pUSD; micro-units.</param>
/// <param name="Expiration">GTD only: the venue's expiration (already a minute later than the user wants).</param>
public sealed record OrderDraft(
    string ConditionId, TokenId Token, Side Side, OrderType Type, long MakerAmount, long TakerAmount,
    bool PostOnly, DateTimeOffset? Expiration, bool NegRisk, string Version);

/// <summary>A signed order: its hash is the venue's order id, known before sending; <paramref name="Body"/> are the exact bytes of POST /order.</summary>
public sealed record SignedOrder(string Hash, byte[] Body);

/// <summary>A committed order on its way out.</summary>
public sealed record OutgoingOrder(ITradingAccount Account, string Hash, ReadOnlyMemory<byte> Body);

/// <summary>Orders out, and the venue's word on them. Nothing here retries a POST: doubt is <see cref="PostStatus.Unknown"/>.</summary>
public interface ITradingVenue
{
    /// <summary>Signs a draft with a fresh salt and the venue's time. No I/O.</summary>
    SignedOrder Sign(ITradingAccount account, OrderDraft draft);

    /// <summary>Posts in parallel within the venue's limits; one answer per order, in the order given. Never throws for the venue's faults.</summary>
    Task<IReadOnlyList<PostAnswer>> PostAsync(IReadOnlyList<OutgoingOrder> batch, CancellationToken ct);

    /// <summary>Everything the venue knows of one order: open order and trades.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="hash">The order.</param>
    /// <param name="since">When it was signed: the venue lists trades by time, not by order, and older ones cannot be its own.</param>
    /// <param name="ct">Cancels the reads.</param>
    Task<OrderLookup> LookupAsync(ITradingAccount account, string hash, DateTimeOffset since, CancellationToken ct);

    /// <summary>Cancels at most 100 orders a request; a 200 does not mean cancelled, read the answers.</summary>
    Task<IReadOnlyList<CancelAnswer>> CancelAsync(ITradingAccount account, IReadOnlyCollection<string> hashes, CancellationToken ct);

    Task<IReadOnlyList<VenueOrder>> OpenOrdersAsync(ITradingAccount account, CancellationToken ct);

    /// <summary>The account's own fills since a time, oldest first, taker and maker, already seen from the account's side.</summary>
    Task<IReadOnlyList<VenueFill>> FillsAsync(ITradingAccount account, DateTimeOffset? after, CancellationToken ct);

    /// <summary>What the venue thinks the wallet holds, micro-units: pUSD, or one token's shares.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="token">Null for pUSD.</param>
    /// <param name="refresh">First makes the venue re-read the chain.</param>
    /// <param name="ct">Cancels the request.</param>
    Task<long> BalanceAsync(ITradingAccount account, TokenId? token, bool refresh, CancellationToken ct);
}

/// <summary>Creates and derives CLOB API keys with L1 headers.</summary>
public interface ITradingAuth
{
    /// <summary>The key of address and nonce 0, or null when there is none yet.</summary>
    Task<ApiCredentials?> DeriveAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct);

    /// <summary>Creates the key; null when the venue says it could not (one exists).</summary>
    Task<ApiCredentials?> CreateAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct);
}

/// <summary>CLOB API credentials. Secret: never log, never store in clear.</summary>
public sealed record ApiCredentials(string ApiKey, string Secret, string Passphrase)
{
    public override string ToString() => $"ApiCredentials {ApiKey}";
}

public enum PostStatus
{
    /// <summary>Resting.</summary>
    Live,

    /// <summary>Matched, wholly or in part; amounts tell.</summary>
    Matched,

    /// <summary>Accepted; the outcome comes by user channel and reads.</summary>
    Delayed,

    /// <summary>Definitely not accepted, and sending it again would not help.</summary>
    Rejected,

    /// <summary>Definitely not accepted now (425, 429, post-only, cancel-only, not ready): may be sent again after RetryAfter.</summary>
    Held,

    /// <summary>"Duplicated.": an earlier send of the same bytes was accepted.</summary>
    Duplicate,

    /// <summary>Timeout, reset, 5xx, HTML: it may be live. Look it up by hash.</summary>
    Unknown,
}

/// <summary>The venue's answer to one order.</summary>
/// <param name="Making">What we gave so far, micro-units of the maker asset.</param>
/// <param name="Taking">What we got so far, micro-units of the taker asset.</param>
/// <param name="Error">Code such as order.no_match, order.balance, order.tick, order.blocked and the venue's text.</param>
public sealed record PostAnswer(string Hash, PostStatus Status, long Making, long Taking, IReadOnlyList<string> TradeIds, Error? Error, TimeSpan? RetryAfter);

/// <summary>Why a cancel did not happen; null Error: it did.</summary>
public sealed record CancelAnswer(string Hash, Error? Error);

public enum VenueOrderStatus { Live, Matched, Delayed, Unmatched, Cancelled, Invalid }

/// <summary>An order as the venue reports it (REST or user channel).</summary>
/// <param name="StatusText">The venue's own word, for people; foreign text.</param>
public sealed record VenueOrder(
    string Hash, string ConditionId, TokenId Token, Side Side, Price? Price, Shares OriginalSize, Shares Matched,
    VenueOrderStatus Status, string StatusText, IReadOnlyList<string> TradeIds, DateTimeOffset? CreatedAt);

public enum SettlementStatus { Matched, Mined, Confirmed, Retrying, Failed }

/// <summary>One fill of ONE of our orders, seen from that order's side: its own token, side and price.</summary>
/// <remarks>A trade in which we were maker names the taker at top level; our entry is in maker_orders and its token may be the complement.</remarks>
/// <param name="OrderHash">Our order.</param>
/// <param name="TradeId">The venue's trade id; the fill's key is (OrderHash, TradeId).</param>
/// <param name="Collateral">pUSD moved, without the fee.</param>
/// <param name="IsTaker">Only takers pay the fee.</param>
public sealed record VenueFill(
    string OrderHash, string TradeId, string ConditionId, TokenId Token, Side Side, Shares Shares, Usdc Collateral,
    bool IsTaker, SettlementStatus Status, DateTimeOffset MatchedAt, string? TransactionHash);

/// <summary>Null order: the venue lists no such open order.</summary>
public sealed record OrderLookup(VenueOrder? Order, IReadOnlyList<VenueFill> Fills);

/// <summary>The authenticated channel of one account: no snapshot, no replay, so every connect is followed by a reconciliation over REST.</summary>
public interface IUserChannel
{
    /// <summary>Holds one connection until it fails or is cancelled; returns when it is gone. The caller reconnects.</summary>
    Task RunAsync(ITradingAccount account, IUserChannelListener listener, CancellationToken ct);
}

/// <summary>Hears one account's events, one at a time.</summary>
public interface IUserChannelListener
{
    /// <summary>The subscription stands; reconcile now.</summary>
    ValueTask ConnectedAsync(CancellationToken ct);

    ValueTask OrderAsync(VenueOrder order, CancellationToken ct);

    ValueTask FillAsync(VenueFill fill, CancellationToken ct);
}
