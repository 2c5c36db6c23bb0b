using System.ComponentModel.DataAnnotations;

namespace PolyCopy.Modules.Streaming;

/// <summary>Section "Streamer".</summary>
internal sealed record StreamerOptions
{
    /// <summary>False: no WebSocket; armed exits are read by REST each second. STREAMER_ENABLED is its old name.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Tokens per connection; the venue falls silent without an error somewhere above 500 (nautilus_trader PR#2915).</summary>
    [Range(2, 500)]
    public int TokensPerConnection { get; init; } = 200;
}
