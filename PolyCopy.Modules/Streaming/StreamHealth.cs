using System.Text.Json.Serialization;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>How the feed is doing, by cause.</summary>
public sealed class StreamHealth
{
    private readonly ShardSet _shards;
    private readonly QuoteInterest _interest;
    private readonly FeedCounters _counters;
    private readonly RestBooks _rest;
    private readonly Protection _protection;
    private readonly StreamerOptions _options;

    internal StreamHealth(ShardSet shards, QuoteInterest interest, FeedCounters counters, RestBooks rest, Protection protection, StreamerOptions options) =>
        (_shards, _interest, _counters, _rest, _protection, _options) = (shards, interest, counters, rest, protection, options);

    internal bool IsRunning { get; set; }

    /// <summary>Followed markets that have no token ids yet.</summary>
    internal int Tokenless { get; set; }

    /// <summary>The state now.</summary>
    public StreamStatus Read()
    {
        var shards = _shards.All;
        var connected = shards.Count(s => s.Epoch is not null);
        var markets = _shards.Followed.Count;
        var frames = _counters.Frames;
        var errors = _counters.Errors;
        var reason = Reason(shards);
        var state = reason is not null ? "degraded" : _interest.Wanted.Count == 0 ? "idle" : "healthy";
        return new StreamStatus(
            state, reason?.Text, _options.Enabled, IsRunning, shards.Count > 0 && connected == shards.Count, connected, markets, shards.Sum(s => s.Tokens),
            frames, _counters.Updates, errors, frames == 0 ? 0 : (double)errors / frames, _counters.Gaps, _counters.Reconnects, _counters.Late, _counters.UnknownMessages, _protection.Lost, reason);
    }

    private Said? Reason(IReadOnlyList<Shard> shards)
    {
        if (!_options.Enabled)
            return FeedFaults.Disabled.With();
        if (!IsRunning)
            return FeedFaults.Connecting.With();
        if (shards.Select(s => s.Fault).FirstOrDefault(f => f is not null) is { } fault)
            return FeedFaults.Of(fault);
        if (_counters.IsGarbled)
            return FeedFaults.Garbled.With();
        if (Tokenless > 0)
            return FeedFaults.Tokenless.With(Tokenless);
        if (_rest.Trouble == VenueFailure.Blocked)
            return FeedFaults.Blocked.With();
        return _interest.Wanted.Count > shards.Sum(s => s.Markets.Count) ? FeedFaults.Connecting.With() : null;
    }
}

/// <summary>A moment of the feed.</summary>
/// <param name="State">healthy, idle (nothing is held, so nothing is connected) or degraded (see <paramref name="Reason"/>).</param>
/// <param name="Reason">Null unless degraded: "disabled", "connecting", "feed mute: …", "blocked: …", "unreadable messages: …", "no token ids for …", or what ended the connection.</param>
/// <param name="Connected">All connections that should be there are.</param>
/// <param name="Markets">Followed markets.</param>
/// <param name="Frames">Messages received since the start.</param>
/// <param name="Updates">Quotes published since the start.</param>
/// <param name="Errors">Messages that could not be read.</param>
/// <param name="ErrorRate">Errors by frames, 0 to 1.</param>
/// <param name="Gaps">Times a book was in doubt and fetched anew.</param>
/// <param name="ReasonSaid">The reason for other languages.</param>
/// <param name="Unprotected">Tokens with armed exits that have no live price now.</param>
public sealed record StreamStatus(
    string State, string? Reason, bool Enabled, bool Running, bool Connected, int Connections, int Markets, int Tokens,
    long Frames, long Updates, long Errors, double ErrorRate, long Gaps, long Reconnects, long LateFrames, long UnknownMessages, int Unprotected,
    Said? ReasonSaid = null)
{
    public bool IsDegraded => Reason is not null;

    /// <summary>The same in the shape of GET /health/websocket.</summary>
    public StreamReport ToReport() => new(
        State, Running && Enabled, Connected, Markets, Reason,
        new StreamerStats(Enabled, Running,
            new WebSocketStats(Connected, Frames, Tokens, Connections, Errors, Math.Round(ErrorRate, 6), Gaps, Reconnects, LateFrames, UnknownMessages),
            new MarketUpdaterStats(Updates), Unprotected), ReasonSaid);
}

/// <summary>The body of GET /health/websocket; the names are the original system's.</summary>
public sealed record StreamReport(
    [property: JsonPropertyName("websocket_manager")] string WebSocketManager,
    [property: JsonPropertyName("streamer_connected")] bool StreamerConnected,
    [property: JsonPropertyName("websocket_connected")] bool WebSocketConnected,
    [property: JsonPropertyName("active_subscriptions")] int ActiveSubscriptions,
    [property: JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason,
    [property: JsonPropertyName("streamer_stats")] StreamerStats Streamer,
    [property: JsonPropertyName("reason_said"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Said? ReasonSaid = null);

public sealed record StreamerStats(
    [property: JsonPropertyName("enabled")] bool Enabled,
    [property: JsonPropertyName("running")] bool Running,
    [property: JsonPropertyName("websocket")] WebSocketStats WebSocket,
    [property: JsonPropertyName("market_updater")] MarketUpdaterStats MarketUpdater,
    [property: JsonPropertyName("unprotected_token_ids")] int Unprotected);

public sealed record WebSocketStats(
    [property: JsonPropertyName("connected")] bool Connected,
    [property: JsonPropertyName("message_count")] long Messages,
    [property: JsonPropertyName("subscribed_token_ids")] int Tokens,
    [property: JsonPropertyName("connections")] int Connections,
    [property: JsonPropertyName("errors")] long Errors,
    [property: JsonPropertyName("error_rate")] double ErrorRate,
    [property: JsonPropertyName("gaps")] long Gaps,
    [property: JsonPropertyName("reconnects")] long Reconnects,
    [property: JsonPropertyName("late_messages")] long Late,
    [property: JsonPropertyName("unknown_messages")] long Unknown);

public sealed record MarketUpdaterStats([property: JsonPropertyName("update_count")] long Updates);
