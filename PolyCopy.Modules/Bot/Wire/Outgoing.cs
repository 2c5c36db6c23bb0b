namespace PolyCopy.Modules.Bot.Wire;

internal enum OutgoingKind
{
    Send,
    Edit,

    /// <summary>Takes the keyboard off a message.</summary>
    Strip,
    Delete,
}

/// <summary>Something for a chat.</summary>
/// <param name="Text">Telegram's HTML; a photo's caption. Null for Strip and Delete.</param>
/// <param name="MessageId">For everything but Send.</param>
internal sealed record Outgoing(long ChatId, OutgoingKind Kind, string? Text, IReadOnlyList<IReadOnlyList<Button>>? Keyboard = null, int MessageId = 0, byte[]? Photo = null, bool Silent = false, Attachment? Document = null);

/// <summary>A file for the user to keep; only ever sent, never edited.</summary>
internal sealed record Attachment(string Name, byte[] Content);

internal enum Tone
{
    Plain,
    Good,
    Bad,
    Main,
}

/// <param name="Data">Callback data, at most 64 bytes.</param>
/// <param name="Url">Instead of data.</param>
internal sealed record Button(string Text, string Data, Tone Style = Tone.Plain, string? Url = null, bool IsDisabled = false);

internal enum DeliveryOutcome
{
    /// <summary>Done; also when the message already looked like that.</summary>
    Sent,

    /// <summary>The message to edit is not there any more, or cannot be edited.</summary>
    Gone,

    /// <summary>The user blocked the bot, or the chat does not exist.</summary>
    Blocked,

    /// <summary>Too many requests.</summary>
    Limited,

    /// <summary>No answer, or one of 5xx.</summary>
    Unreachable,

    /// <summary>The token is not accepted.</summary>
    Unauthorized,

    /// <summary>Telegram does not want this message; it would not want it again.</summary>
    Refused,

    /// <summary>Not sent: a newer edit of the same message took its place, or its time ran out.</summary>
    Dropped,
}

/// <param name="MessageId">The message sent or edited.</param>
internal sealed record Delivery(DeliveryOutcome Outcome, int? MessageId, TimeSpan? RetryAfter, string? Reason)
{
    public static Delivery Dropped { get; } = new(DeliveryOutcome.Dropped, null, null, null);

    public static Delivery Blocked { get; } = new(DeliveryOutcome.Blocked, null, null, null);

    public static Delivery Done(Telegram.Bot.Types.Message message) => new(DeliveryOutcome.Sent, message.Id, null, null);

    public static Delivery Failed(BotApiException e)
    {
        bool Says(string words) => e.Message.Contains(words, StringComparison.OrdinalIgnoreCase);
        var outcome = e.Code switch
        {
            429 => DeliveryOutcome.Limited,
            403 => DeliveryOutcome.Blocked,
            401 => DeliveryOutcome.Unauthorized,
            400 when Says("not modified") => DeliveryOutcome.Sent,
            400 when Says("to edit not found") || Says("to delete not found") || Says("can't be edited") || Says("can't be deleted") || Says("no text in the message") || Says("MESSAGE_ID_INVALID") => DeliveryOutcome.Gone,
            400 when Says("chat not found") || Says("user is deactivated") || Says("PEER_ID_INVALID") => DeliveryOutcome.Blocked,
            >= 400 and < 500 => DeliveryOutcome.Refused,
            _ => DeliveryOutcome.Unreachable,
        };
        return new Delivery(outcome, null, e.RetryAfter, e.Message);
    }
}
