namespace PolyCopy.Modules.Accounts;

/// <summary>What the Telegram bot must remember: updates on the way, chats, confirmations. Plain data, because it has an HTTP twin.</summary>
/// <remarks>Everything belongs to one bot, named by the number before the colon of its token: another token starts afresh.</remarks>
public interface IBotState
{
    /// <summary>Keeps the updates nobody has seen yet, in one transaction, so that Telegram may forget them.</summary>
    /// <returns>The new ones, in the order given; an update id is new once within two days.</returns>
    Task<IReadOnlyList<BotUpdate>> TakeAsync(long botId, IReadOnlyList<BotUpdate> updates, CancellationToken ct);

    /// <summary>Taken but not done, oldest first, with ids above <paramref name="after"/>: what a restart finds.</summary>
    Task<IReadOnlyList<BotUpdate>> OpenAsync(long botId, long after, int limit, CancellationToken ct);

    /// <summary>Handled; their bodies are forgotten.</summary>
    Task DoneAsync(long botId, IReadOnlyCollection<long> updateIds, CancellationToken ct);

    /// <summary>The user's private chat with the bot; null when he never wrote.</summary>
    Task<BotChat?> ChatAsync(long botId, long userId, CancellationToken ct);

    /// <summary>Makes or replaces the chat. The referrer is kept from the first save; saving a chat that was blocked opens it again.</summary>
    Task SaveChatAsync(long botId, BotChat chat, CancellationToken ct);

    /// <summary>The user blocked the bot or deleted the chat: nothing is sent until he writes again.</summary>
    Task BlockAsync(long botId, long userId, CancellationToken ct);

    /// <summary>Which of these users can be written to, and in which chat.</summary>
    Task<IReadOnlyDictionary<long, long>> ReachableAsync(long botId, IReadOnlyCollection<long> userIds, CancellationToken ct);

    /// <summary>How many chats there are and how many of them blocked the bot.</summary>
    Task<BotAudience> AudienceAsync(long botId, CancellationToken ct);

    /// <summary>How many chats came by this referral code.</summary>
    Task<int> ReferralsAsync(long botId, string referrer, CancellationToken ct);

    /// <summary>Appends an event of kind announcement for every user who can be written to.</summary>
    /// <returns>How many.</returns>
    Task<int> AnnounceAsync(long botId, string text, CancellationToken ct);

    /// <summary>Keeps a confirmation that a button will ask for.</summary>
    Task OfferAsync(long botId, BotConfirmation confirmation, CancellationToken ct);

    /// <summary>Attaches the confirmation to the message that shows its button; before that it cannot be used.</summary>
    Task AttachAsync(long botId, long userId, string nonce, int messageId, CancellationToken ct);

    /// <summary>Uses a confirmation, at most once: the same update may ask again after a crash, every other one is told it is spent.</summary>
    Task<BotUse> UseAsync(long botId, long userId, string nonce, int messageId, long updateId, CancellationToken ct);
}

/// <param name="Id">Telegram's update_id.</param>
/// <param name="Body">The update as JSON.</param>
public sealed record BotUpdate(long Id, string Body);

/// <param name="ScreenMessageId">The living screen; null when there is none.</param>
/// <param name="ScreenIsPhoto">A photo cannot be edited into text.</param>
/// <param name="State">What the bot is asking (its own JSON); null when nothing.</param>
/// <param name="Referrer">The code of the first /start link.</param>
public sealed record BotChat(long UserId, long ChatId, int? ScreenMessageId, bool ScreenIsPhoto, string? State, string? Referrer, bool Blocked = false);

public sealed record BotAudience(int Chats, int Blocked);

/// <param name="Nonce">Unique; also the idempotency key of what it confirms.</param>
/// <param name="Action">What is confirmed: order, broadcast …</param>
/// <param name="Payload">The exact parameters, JSON.</param>
public sealed record BotConfirmation(string Nonce, long UserId, string Action, string Payload, DateTimeOffset ExpiresAt);

public enum BotUseOutcome
{
    /// <summary>No such confirmation for this user and message.</summary>
    Unknown,

    /// <summary>Go ahead. Also told again to the update that was granted it, until it expires.</summary>
    Granted,

    /// <summary>Used before, by another press.</summary>
    Spent,

    /// <summary>Used by this very update, but the time between was too long to go on: look what became of it.</summary>
    Interrupted,

    /// <summary>Too late: show the review anew.</summary>
    Expired,
}

/// <param name="Confirmation">Null when unknown.</param>
public sealed record BotUse(BotUseOutcome Outcome, BotConfirmation? Confirmation);
