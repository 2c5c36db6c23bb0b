using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Where the profile's venue is: what is configured, else the simulator or Polymarket as the profile says.</summary>
/// <remarks>Polymarket's hosts: docs.polymarket.com, read 2026-11.</remarks>
internal sealed class VenueEndpoints : IVenueEndpoints
{
    private const string MarketPath = "/ws/market";
    private const string UserPath = "/ws/user";
    private static readonly string[] LiveDomains = ["polymarket.com"];

    private readonly VenueOptions _options;
    private readonly Func<Uri> _simulator;

    /// <param name="profile">What the host trades against.</param>
    /// <param name="options">Venue:*.</param>
    /// <param name="enableLive">Trading:EnableLive.</param>
    /// <param name="simulator">The simulator's base address, known once it listens.</param>
    /// <exception cref="SettingException">An address is not one, or the profile and the addresses contradict each other.</exception>
    public VenueEndpoints(Profile profile, VenueOptions options, bool enableLive, Func<Uri> simulator)
    {
        if (profile == Profile.Live && !enableLive)
            throw new SettingException("Profile=Live trades real money: set Trading:EnableLive=true to say that you mean it.");
        Profile = profile;
        _simulator = simulator;
        _options = options with { TradingUrl = options.TradingUrl ?? (profile == Profile.Paper ? null : options.ClobUrl) };
        Check("Venue:GammaUrl", _options.GammaUrl, web: true);
        Check("Venue:ClobUrl", _options.ClobUrl, web: true);
        Check("Venue:TradingUrl", _options.TradingUrl, web: true);
        Check("Venue:DataUrl", _options.DataUrl, web: true);
        Check("Venue:MarketSocketUrl (or CLOB_WSS_URL)", _options.MarketSocketUrl, web: false);
        Check("Venue:UserSocketUrl", _options.UserSocketUrl, web: false);
        Check("Venue:RtdsUrl", _options.RtdsUrl, web: false);
        foreach (var rpc in RpcUrls)
            Check("Venue:RpcUrls", rpc, web: !rpc.StartsWith("ws", StringComparison.OrdinalIgnoreCase));
        if (profile != Profile.Live && (IsLive(_options.TradingUrl) || IsLive(_options.UserSocketUrl)))
            throw new SettingException($"Venue:TradingUrl points at the real Polymarket, which only Profile=Live may trade on (this is {profile}; Paper uses its market data).");
    }

    public Profile Profile { get; }

    public Uri Gamma => Web(_options.GammaUrl, "https://gamma-api.polymarket.com/", "gamma/", isData: true);

    public Uri Clob => Web(_options.ClobUrl, "https://clob.polymarket.com/", "clob/", isData: true);

    public Uri Trading => Web(_options.TradingUrl, "https://clob.polymarket.com/", "clob/", isData: false);

    public Uri Data => Web(_options.DataUrl, "https://data-api.polymarket.com/", "data/", isData: true);

    public Uri MarketSocket => Socket(_options.MarketSocketUrl, "wss://ws-subscriptions-clob.polymarket.com", MarketPath, isData: true);

    public Uri UserSocket => Socket(_options.UserSocketUrl, "wss://ws-subscriptions-clob.polymarket.com", UserPath, isData: false);

    public Uri Rtds => Socket(_options.RtdsUrl, "wss://ws-live-data.polymarket.com", Profile == Profile.Demo ? "/rtds" : "/", isData: true);

    public IReadOnlyList<Uri> Rpc =>
        RpcUrls.Length > 0 ? [.. RpcUrls.Select(u => new Uri(u)).Where(u => u.Scheme is "http" or "https")] : Profile == Profile.Demo ? [new Uri(_simulator(), "rpc")] : [];

    public IReadOnlyList<Uri> RpcSockets =>
        RpcUrls.Select(u => new Uri(u)).Where(u => u.Scheme is "ws" or "wss").ToList() is { Count: > 0 } sockets ? sockets
        : [.. Rpc.Select(u => new UriBuilder(u) { Scheme = u.Scheme == "https" ? "wss" : "ws", Port = u.Port }.Uri)];

    private string[] RpcUrls => (_options.RpcUrls ?? "").Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>HTTP bases end with a slash, so that relative addresses are appended to their path.</summary>
    private Uri Web(string? configured, string live, string simulatorPath, bool isData)
    {
        if (configured is not null)
            return new Uri(configured.EndsWith('/') ? configured : configured + "/");
        return AtSimulator(isData) ? new Uri(_simulator(), simulatorPath) : new Uri(live);
    }

    private Uri Socket(string? configured, string live, string path, bool isData)
    {
        if (configured is not null)
            return new Uri(configured) is { AbsolutePath: "/" } bare ? new Uri(bare, path) : new Uri(configured);
        if (!AtSimulator(isData))
            return new Uri(live + path);
        var simulator = new UriBuilder(new Uri(_simulator(), path));
        simulator.Scheme = simulator.Scheme == "https" ? "wss" : "ws";
        return simulator.Uri;
    }

    private bool AtSimulator(bool isData) => Profile == Profile.Demo || (Profile == Profile.Paper && !isData);

    private static void Check(string name, string? address, bool web)
    {
        if (address is null)
            return;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || (web ? uri.Scheme is not ("http" or "https") : uri.Scheme is not ("ws" or "wss")))
            throw new SettingException($"{name} is not an address that begins with {(web ? "http:// or https://" : "ws:// or wss://")}.");
    }

    private static bool IsLive(string? address) =>
        address is not null && LiveDomains.Any(d => new Uri(address).Host is var host && (host == d || host.EndsWith("." + d, StringComparison.OrdinalIgnoreCase)));
}
