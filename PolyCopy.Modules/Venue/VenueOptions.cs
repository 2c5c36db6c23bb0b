using Microsoft.Extensions.Configuration;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>What a host trades against.</summary>
public enum Profile
{
    /// <summary>The simulator, synthetic prices; needs nothing.</summary>
    Demo,

    /// <summary>Live public market data, simulated matching.</summary>
    Paper,

    /// <summary>Real orders.</summary>
    Live,
}

public static class Profiles
{
    /// <summary>The setting Profile; Demo when it is not set.</summary>
    /// <exception cref="SettingException">It is none of Demo, Paper and Live.</exception>
    public static Profile Of(IConfiguration settings) =>
        settings["Profile"] is not { Length: > 0 } text ? Profile.Demo
        : Enum.TryParse<Profile>(text, ignoreCase: true, out var profile) && Enum.IsDefined(profile) && !char.IsDigit(text[0]) ? profile
        : throw new SettingException($"Profile={text} is none of Demo, Paper and Live.");
}

/// <summary>Endpoints of the venue. In Demo those left out point at the simulator.</summary>
public sealed record VenueOptions
{
    public string? GammaUrl { get; init; }
    public string? ClobUrl { get; init; }

    /// <summary>Orders and private reads; defaults to ClobUrl (Paper: the simulator).</summary>
    public string? TradingUrl { get; init; }
    public string? MarketSocketUrl { get; init; }
    public string? UserSocketUrl { get; init; }
    public string? DataUrl { get; init; }
    public string? RtdsUrl { get; init; }

    /// <summary>JSON-RPC endpoints in order of preference, separated by commas; ws:// and wss:// ones are for subscriptions.</summary>
    public string? RpcUrls { get; init; }
    public string? RelayerUrl { get; init; }

    /// <summary>137 Polygon, 80002 Amoy.</summary>
    public int ChainId { get; init; } = 137;
}

/// <summary>The venue's addresses, resolved at first use (the simulator may listen on port 0).</summary>
public interface IVenueEndpoints
{
    Profile Profile { get; }
    Uri Gamma { get; }
    Uri Clob { get; }
    Uri Trading { get; }
    Uri MarketSocket { get; }
    Uri UserSocket { get; }
    Uri Data { get; }
    Uri Rtds { get; }

    /// <summary>JSON-RPC endpoints over HTTP, best first; none outside Demo unless configured.</summary>
    IReadOnlyList<Uri> Rpc => [];

    /// <summary>Where to subscribe to logs, best first: what is configured, else the HTTP endpoints' own addresses.</summary>
    IReadOnlyList<Uri> RpcSockets => [];
}
