using System.ComponentModel.DataAnnotations;

namespace PolyCopy.Modules.Bot;

/// <summary>Section Bot.</summary>
internal sealed record BotOptions
{
    public bool Enabled { get; init; } = true;

    /// <summary>From @BotFather. Without one the bot talks to the simulator's Bot API, if there is a simulator.</summary>
    [RegularExpression(@"\d{1,16}:\S+", ErrorMessage = "Bot:Token is not a bot token: it looks like 123456:ABC.")]
    public string? Token { get; init; }

    /// <summary>Another Bot API server than Telegram's own; scheme and authority only.</summary>
    [Url(ErrorMessage = "Bot:BaseUrl is not an address.")]
    public string? BaseUrl { get; init; }

    /// <summary>Telegram user ids who may use the operator's commands.</summary>
    public IReadOnlyList<long> Admins { get; init; } = [];

    /// <summary>Messages and edits a second over all chats, below Telegram's 30. More only with paid broadcasts or a Bot API server of one's own.</summary>
    [Range(1, 1_000)]
    public int PerSecond { get; init; } = 25;

    /// <summary>Chats served at the same time; the others wait their turn.</summary>
    [Range(1, 1_000)]
    public int AtOnce { get; init; } = 64;
}
