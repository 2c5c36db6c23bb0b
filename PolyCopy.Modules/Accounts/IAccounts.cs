using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Accounts;

/// <summary>People and their settings. Has an HTTP twin.</summary>
public interface IAccounts
{
    /// <summary>The user, made on first call; idempotent. user.invalid for ids below 1, user.closed when registration is not open.</summary>
    Task<Result<User>> RegisterAsync(long userId, string? username, CancellationToken ct);

    Task<User?> FindAsync(long userId, CancellationToken ct);

    Task<Page<User>> ListAsync(int limit, string? cursor, CancellationToken ct);

    Task<UserSettings?> SettingsAsync(long userId, CancellationToken ct);

    Task<Result<UserSettings>> ChangeSettingsAsync(long userId, UserSettingsChange change, CancellationToken ct);
}

/// <summary>The slippage users allow, read for many at once: exits of a burst are decided in one go.</summary>
public interface IUserSlippage
{
    /// <summary>0 to 1 by user, straight from the database; users without settings have the default.</summary>
    Task<IReadOnlyDictionary<long, decimal>> MaxSlippageAsync(IReadOnlyCollection<long> userIds, CancellationToken ct);
}

/// <summary>Where users' days begin, read for many at once: daily limits are judged in bulk.</summary>
public interface IUserZones
{
    /// <summary>The zone of each user; UTC where it is not set or not known.</summary>
    Task<IReadOnlyDictionary<long, TimeZoneInfo>> ZonesAsync(IReadOnlyCollection<long> userIds, CancellationToken ct);
}

/// <summary>Who wants to hear of a kind of event that is off unless somebody switches it on.</summary>
public interface IUserWishes
{
    /// <summary>The users who have the kind on or silent.</summary>
    Task<IReadOnlyList<long>> WhoWantsAsync(string kind, CancellationToken ct);
}

public sealed record User(long Id, string? Username, DateTimeOffset CreatedAt);

/// <param name="MaxSlippage">0 to 1, relative to the best opposite price.</param>
/// <param name="QuickAmounts">pUSD, the buttons of the buy screen.</param>
/// <param name="TimeZone">IANA name; days of P&amp;L and daily limits are in it.</param>
/// <param name="Notifications">Kind of event to on, silent or off; a kind that is not named is on. smart_money is off until it is switched on.</param>
public sealed record UserSettings(
    decimal MaxSlippage, IReadOnlyList<decimal> QuickAmounts, decimal? DefaultTakeProfitPercent, decimal? DefaultStopLossPercent,
    string Language, string TimeZone, IReadOnlyDictionary<string, string> Notifications);

/// <summary>Null leaves a setting unchanged; the two default percents are cleared by their Clear flag.</summary>
public sealed record UserSettingsChange(
    decimal? MaxSlippage = null, IReadOnlyList<decimal>? QuickAmounts = null, decimal? DefaultTakeProfitPercent = null, decimal? DefaultStopLossPercent = null,
    string? Language = null, string? TimeZone = null, IReadOnlyDictionary<string, string>? Notifications = null,
    bool ClearDefaultTakeProfit = false, bool ClearDefaultStopLoss = false);

/// <summary>The delivery of what users must hear: claimed, told, acknowledged. Has an HTTP twin.</summary>
public interface IEventDelivery
{
    /// <summary>Completes when something may have been appended, or after the time-out.</summary>
    Task WaitAsync(TimeSpan timeout, CancellationToken ct);

    /// <summary>Claims undelivered events for a while: a claim that is not acknowledged in time comes back.</summary>
    Task<IReadOnlyList<UserEvent>> ClaimAsync(int limit, TimeSpan lease, CancellationToken ct);

    /// <summary>Keeps claims that are still being told for so long from now; none gives them back at once.</summary>
    Task ProlongAsync(IReadOnlyCollection<long> sequences, TimeSpan lease, CancellationToken ct);

    /// <summary>Delivered.</summary>
    Task AcknowledgeAsync(IReadOnlyCollection<long> sequences, CancellationToken ct);
}

/// <summary>The outbox: what users must hear. Appended in the transaction that made it true, delivered at least once.</summary>
public interface IUserEvents : IEventDelivery
{
    /// <summary>Appends within the caller's transaction.</summary>
    /// <param name="db">The caller's context.</param>
    /// <param name="userId">Whose.</param>
    /// <param name="kind">fill, exit_fired, order_rejected, protection_lost, protection_back, resolved, settlement_failed, paused, exit_suspended, exit_resumed …</param>
    /// <param name="payload">Plain data; becomes camelCase JSON.</param>
    void Append(PolyContext db, long userId, string kind, object payload);

    /// <summary>Wakes readers after the commit.</summary>
    void Notify();

    /// <summary>Events after a sequence number, oldest first; null user: everybody's (workers and pages of the operator).</summary>
    Task<IReadOnlyList<UserEvent>> ReadAsync(long? userId, long afterSequence, int limit, CancellationToken ct);

    /// <summary>The newest sequence number of the user (null: of anybody); 0 when there is none.</summary>
    Task<long> LastSequenceAsync(long? userId, CancellationToken ct);
}

/// <param name="Sequence">Grows; the Last-Event-ID of the event stream.</param>
/// <param name="Payload">JSON object, camelCase.</param>
public sealed record UserEvent(long Sequence, long UserId, string Kind, string Payload, DateTimeOffset At);
