using Microsoft.Extensions.Configuration;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Streaming;

/// <summary>Section "Streamer".</summary>
internal sealed record StreamerOptions
{
    /// <summary>False: no WebSocket; armed exits are read by REST each second. STREAMER_ENABLED is its old name.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Tokens per connection; the venue falls silent without an error somewhere above 500 (nautilus_trader PR#2915).</summary>
    public int TokensPerConnection { get; init; } = 200;

    /// <exception cref="SettingException">Streamer:Enabled is neither true nor false.</exception>
    public static StreamerOptions From(IConfiguration configuration) => configuration["Streamer:Enabled"]?.Trim().ToLowerInvariant() switch
    {
        null or "" or "true" or "1" or "yes" or "on" => new StreamerOptions(),
        "false" or "0" or "no" or "off" => new StreamerOptions { Enabled = false },
        var other => throw new SettingException($"Streamer:Enabled (STREAMER_ENABLED) is '{other}': it must be true or false."),
    };
}
