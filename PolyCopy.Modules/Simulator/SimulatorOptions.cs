using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Configuration;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Simulator;

/// <summary>Settings under <c>Simulator:</c>; where the loopback venue listens and what world it shows.</summary>
public sealed record SimulatorOptions
{
    public const string Section = "Simulator";

    /// <summary>Where the venue listens, or, when it is not embedded, where it is found. Loopback only; port 0 takes a free one.</summary>
    [Required]
    public string Url { get; init; } = "http://127.0.0.1:5081";

    /// <summary>True: this process runs the venue. False: it runs elsewhere (verb <c>simulator</c>).</summary>
    public bool Embedded { get; init; } = true;

    /// <summary>The journal's file; empty means <c>simulator.journal</c> in <see cref="DataPath"/>.</summary>
    public string Path { get; init; } = "";

    /// <summary>The world's seed: the same seed makes the same markets and the same prices.</summary>
    public long Seed { get; init; } = 20261122;

    /// <summary>True: the simulated Bot API limits a bot as Telegram does (one message or edit a second in a chat, 20 a minute in a group, 30 a second over all) and answers 429 beyond.</summary>
    public bool TelegramLimits { get; init; }

    /// <summary>True: the catalogue ends with markets of Protocol V2, which trade at ExchangeV3. The venue has none yet (2026-10), so there are none by default.</summary>
    public bool ProtocolV2 { get; init; }

    /// <summary>The directory of <c>Data:Path</c>; filled from there, not from this section.</summary>
    public string DataPath { get; init; } = "data";

    /// <summary>The journal's file that is really used.</summary>
    public string JournalFile => Path.Length > 0 ? Path : System.IO.Path.Combine(DataPath, "simulator.journal");

    /// <summary>Reads the section and <c>Data:Path</c>.</summary>
    public static SimulatorOptions From(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<SimulatorOptions>() ?? new SimulatorOptions();
        return options with { DataPath = new DataDirectory(configuration["Data:Path"]).Path };
    }

    /// <summary>The sentence that says what is wrong with these settings, or null.</summary>
    public string? Refusal() => Endpoint(out var refusal) is null ? refusal : null;

    /// <summary>The loopback address and port to listen on.</summary>
    /// <exception cref="InvalidOperationException">The address is not loopback or not a plain http address.</exception>
    internal IPEndPoint ListenOn() => Endpoint(out var refusal) ?? throw new InvalidOperationException(refusal);

    private IPEndPoint? Endpoint(out string? refusal)
    {
        refusal = null;
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.AbsolutePath != "/")
            refusal = $"Simulator:Url must be an address such as http://127.0.0.1:5081, not '{Url}'.";
        else if (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return new IPEndPoint(IPAddress.Loopback, uri.Port);
        else if (!IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) || !IPAddress.IsLoopback(address))
            refusal = $"Simulator:Url must be a loopback address: the simulator holds test money and has no lock on its control routes ('{Url}' is not).";
        else
            return new IPEndPoint(address, uri.Port);
        return null;
    }
}
