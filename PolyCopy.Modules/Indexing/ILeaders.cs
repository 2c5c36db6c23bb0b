using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing;

/// <summary>Who is watched, and what is known of them. Has an HTTP twin. Addresses are 0x and 40 hex digits in any case; answers are lower-case.</summary>
public interface ILeaders
{
    /// <summary>Watches an address and, when it has no code, the wallets derived from it that exist. Idempotent.</summary>
    /// <param name="address">Whose trades.</param>
    /// <param name="kind">leader or smart_trader.</param>
    /// <param name="by">Who asked: a user id, or the operator.</param>
    /// <param name="ct">Cancels the change.</param>
    /// <returns>address.invalid, address.kind.</returns>
    Task<Result<WatchedAddress>> WatchAsync(string address, string kind, string by, CancellationToken ct);

    /// <summary>Takes the operator's own wish back; an address that a follow still needs stays watched. address.unknown.</summary>
    Task<Result<WatchedAddress>> UnwatchAsync(string address, CancellationToken ct);

    Task<Page<WatchedAddress>> WatchedAsync(int limit, string? cursor, CancellationToken ct);

    /// <summary>The leaderboard: order is pnl, winRate, volume or trades; best first.</summary>
    Task<Page<LeaderCard>> ListAsync(string? order, int limit, string? cursor, CancellationToken ct);

    /// <summary>Null when the address has never been watched.</summary>
    Task<LeaderCard?> GetAsync(string address, CancellationToken ct);

    /// <summary>The leader's trades, newest first.</summary>
    Task<Page<LeaderTrade>> TradesAsync(string address, int limit, string? cursor, CancellationToken ct);

    /// <summary>Stored trades by identity; unknown ones are missing.</summary>
    Task<IReadOnlyList<LeaderTrade>> FindTradesAsync(IReadOnlyCollection<string> ids, CancellationToken ct);

    /// <summary>What the leader holds of a token by the chain's transfers and by his stored trades that the chain's reading has not reached, micro-shares over all his wallets.</summary>
    Task<long> HoldingAsync(string address, TokenId token, CancellationToken ct);

    /// <summary>How complete our picture of a leader is; null when he is not watched.</summary>
    Task<Coverage?> CoverageAsync(string address, CancellationToken ct);

    /// <summary>What is wanted has changed: the sources have been asked again when this returns, and whom they want is watched. The wallets behind an address are looked for soon after.</summary>
    Task RefreshAsync(CancellationToken ct);
}

/// <param name="Wallets">The address itself and the derived wallets that exist.</param>
/// <param name="By">Who wants it: operator, follows.</param>
public sealed record WatchedAddress(string Address, string Kind, IReadOnlyList<string> Wallets, IReadOnlyList<string> By, DateTimeOffset CreatedAt, Coverage Coverage);

/// <param name="State">trusted, degraded, blind.</param>
/// <param name="Reason">Why it is not trusted.</param>
/// <param name="ReasonSaid">The same for other languages.</param>
/// <param name="Recovered">Trades another source told before the chain did, or the chain's that were found late.</param>
/// <param name="WorstDelay">From the venue's match or the block to our seeing it.</param>
public sealed record Coverage(string State, string? Reason, long? ThroughBlock, int Gaps, int Recovered, TimeSpan? WorstDelay, DateTimeOffset? At, Said? ReasonSaid = null);

/// <summary>A leader in numbers. Trades where one counterparty exceeds 30 % of volume, transfers between own wallets and illiquid markets are left out of the figures; <paramref name="LeftOut"/> is their share of all he moved.</summary>
/// <param name="Trades">All of them.</param>
/// <param name="Volume">pUSD, of the trades that count.</param>
/// <param name="Pnl">pUSD, realised and unrealised.</param>
/// <param name="PnlWithoutBest">The same without the best market.</param>
/// <param name="WinRate">0 to 1 of closed positions; null when there is none.</param>
/// <param name="WinRateLow">Lower end of the 95 % confidence interval (Wilson).</param>
/// <param name="WinRateHigh">Upper end.</param>
/// <param name="MakerShare">0 to 1 of volume.</param>
/// <param name="Drawdown">Largest fall of cumulative P&amp;L, pUSD.</param>
/// <param name="Chart">Cumulative P&amp;L, oldest first.</param>
public sealed record LeaderCard(
    string Address, string Kind, string? Name, int Trades, decimal Volume, decimal Pnl, decimal PnlWithoutBest, decimal? WinRate, decimal? WinRateLow, decimal? WinRateHigh, int Closed,
    TimeSpan? HoldTime, decimal? MakerShare, decimal Drawdown, decimal LeftOut, IReadOnlyList<(DateTimeOffset At, decimal Pnl)> Chart, DateTimeOffset? LastTradeAt, Coverage Coverage);
