using Microsoft.Extensions.Configuration;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Wire;

/// <summary>Which Bot API the bot talks to, and with which token. Looked up at the first use: the simulator may listen on any port.</summary>
internal sealed class BotLine(BotOptions options, IConfiguration settings, IEnumerable<ISimulatorAddress> simulators)
{
    /// <summary>The token of the simulated Bot API, which checks none.</summary>
    public const string SimulatedToken = "1:simulated";

    private const string DefaultSimulator = "http://127.0.0.1:5081";

    public bool IsSimulated => string.IsNullOrWhiteSpace(options.Token);

    /// <summary>Why there is no bot; null when there is one.</summary>
    public string? Absent =>
        !options.Enabled ? "Bot:Enabled is false"
        : IsSimulated && settings["Profile"] is { } profile && profile.Equals(nameof(Profile.Live), StringComparison.OrdinalIgnoreCase) ? "there is no Bot:Token, and Live has no simulated Telegram"
        : null;

    /// <summary>The number before the colon.</summary>
    public long BotId => long.Parse(Token.AsSpan(0, Token.IndexOf(':')), System.Globalization.CultureInfo.InvariantCulture);

    public string Token => IsSimulated ? SimulatedToken : options.Token!;

    /// <summary>Null: Telegram's own servers.</summary>
    public string? BaseUrl => options.BaseUrl ?? (IsSimulated ? Simulator().GetLeftPart(UriPartial.Authority) : null);

    private Uri Simulator() => simulators.FirstOrDefault() is { } embedded ? embedded.Address : new Uri(settings["Simulator:Url"] is { Length: > 0 } url ? url : DefaultSimulator);
}
