using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;

namespace PolyCopy.Modules.Bot.Chats;

/// <summary>One thing a user did, and all a screen needs to answer it.</summary>
/// <param name="IsOld">Typed long ago and delivered only now: nothing may follow from it without being asked again.</param>
internal sealed class Turn(Incoming update, UserSettings settings, Words words, Memory memory, bool isOld, bool isAdmin)
{
    public long UserId => update.UserId;
    public long ChatId => update.ChatId;
    public long UpdateId => update.UpdateId;
    public int MessageId => update.MessageId;
    public string? Username => update.Username;
    public bool IsPress => update.Kind == IncomingKind.Press;
    public bool IsOld => isOld;
    public bool IsAdmin => isAdmin;
    public UserSettings Settings => settings;
    public Words Words => words;

    /// <summary>Kept when the screen is shown; a screen that does not set it forgets the question.</summary>
    public Memory Memory { get; set; } = memory;

    public TimeZoneInfo Zone => TimeZoneInfo.TryFindSystemTimeZoneById(settings.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>Shows something before the work is done (an order on its way); the returned view replaces it.</summary>
    public Func<View, Task> ShowAsync { get; init; } = _ => Task.CompletedTask;

    /// <summary>Keeps a confirmation; its button is <see cref="Actions.Confirm"/> with the nonce.</summary>
    public Func<string, string, CancellationToken, Task<string>> OfferAsync { get; init; } = (_, _, _) => throw new NotSupportedException();

    public Turn With(UserSettings changed) => new(update, changed, Words.In(changed.Language), Memory, isOld, isAdmin) { ShowAsync = ShowAsync, OfferAsync = OfferAsync };
}

/// <summary>A screen: what a message shows.</summary>
/// <param name="Photo">PNG; then the text is its caption, at most 1,024 characters.</param>
/// <param name="Nonce">The confirmation whose button the keyboard holds.</param>
internal sealed record View(Html Text, IReadOnlyList<IReadOnlyList<Button>> Keyboard, byte[]? Photo = null, string? Nonce = null);
