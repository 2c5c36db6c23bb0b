namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>What the Bot API says instead of doing something, in Telegram's words: the library and everybody's code look at them.</summary>
internal sealed class BotRefusal(int code, string description, int? retryAfter = null) : Exception(description)
{
    public int Code { get; } = code;

    /// <summary>Seconds.</summary>
    public int? RetryAfter { get; } = retryAfter;

    public static BotRefusal Bad(string what) => new(400, "Bad Request: " + what);

    public static BotRefusal NotModified() => Bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message");

    public static BotRefusal TooMany(int? seconds) => new(429, seconds is { } s ? $"Too Many Requests: retry after {s}" : "Too Many Requests", seconds);

    public static BotRefusal Conflict() => new(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");

    public static BotRefusal Blocked() => new(403, "Forbidden: bot was blocked by the user");
}
