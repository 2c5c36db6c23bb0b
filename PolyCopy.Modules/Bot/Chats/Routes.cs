namespace PolyCopy.Modules.Bot.Chats;

/// <summary>A screen's handler; null leaves the chat as it is.</summary>
internal delegate Task<View?> Handler(Turn turn, Arguments arguments, CancellationToken ct);

/// <summary>Answers a question the bot asked, or a confirmation.</summary>
internal delegate Task<View?> TextHandler(Turn turn, string subject, string text, CancellationToken ct);

/// <summary>Which screen answers which button, command, answer and confirmation.</summary>
internal sealed class Routes
{
    private readonly Dictionary<string, Handler> _buttons = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Handler> _commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, TextHandler> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (TextHandler Granted, TextHandler Redraw)> _confirmations = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forAdmins = new(StringComparer.OrdinalIgnoreCase);

    public Routes(IEnumerable<IScreens> screens)
    {
        foreach (var screen in screens)
            screen.Map(this);
    }

    /// <summary>A button's action; also reachable as a command when <paramref name="command"/> is given, its arguments being the words behind it.</summary>
    public void On(string action, Handler handler, string? command = null, bool forAdmins = false)
    {
        _buttons.Add(action, handler);
        if (command is not null)
            Command(command, handler, forAdmins);
        if (forAdmins)
            _forAdmins.Add(action);
    }

    public void Command(string command, Handler handler, bool forAdmins = false)
    {
        _commands.Add(command, handler);
        if (forAdmins)
            _forAdmins.Add("/" + command);
    }

    /// <summary>The next text message after <see cref="Memory.Asking"/> was set to this topic.</summary>
    public void Answer(string topic, TextHandler handler) => _answers.Add(topic, handler);

    /// <summary>A confirmation: what happens when it is granted, and how its review is drawn again when it came too late. The subject is its nonce, the text its payload.</summary>
    public void Confirmed(string action, TextHandler granted, TextHandler redraw) => _confirmations.Add(action, (granted, redraw));

    public Handler? Button(string action, bool isAdmin) => isAdmin || !_forAdmins.Contains(action) ? _buttons.GetValueOrDefault(action) : null;

    public Handler? CommandFor(string command, bool isAdmin) => isAdmin || !_forAdmins.Contains("/" + command) ? _commands.GetValueOrDefault(command) : null;

    public TextHandler? AnswerTo(string topic) => _answers.GetValueOrDefault(topic);

    public (TextHandler Granted, TextHandler Redraw)? Confirmation(string action) => _confirmations.TryGetValue(action, out var handlers) ? handlers : null;
}

/// <summary>A group of screens.</summary>
internal interface IScreens
{
    void Map(Routes routes);
}
