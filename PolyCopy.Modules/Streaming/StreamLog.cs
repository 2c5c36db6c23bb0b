using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Streaming;

/// <summary>The log lines of the streamer. Ids 1 to 9 are the original runbook's, word for word: people grep for them.</summary>
internal static partial class StreamLog
{
    [LoggerMessage(EventIds.Streaming + 1, LogLevel.Information, "WebSocket connected")]
    public static partial void Connected(ILogger logger);

    [LoggerMessage(EventIds.Streaming + 2, LogLevel.Information, "Sent PING to maintain connection")]
    public static partial void SentPing(ILogger logger);

    [LoggerMessage(EventIds.Streaming + 3, LogLevel.Information, "Subscribed to {Tokens} token IDs from {Markets} markets")]
    public static partial void SubscribedTokens(ILogger logger, int tokens, int markets);

    [LoggerMessage(EventIds.Streaming + 4, LogLevel.Information, "Subscribed to {Markets} markets")]
    public static partial void SubscribedMarkets(ILogger logger, int markets);

    [LoggerMessage(EventIds.Streaming + 5, LogLevel.Information, "Auto-subscribed to market {MarketId}")]
    public static partial void AutoSubscribed(ILogger logger, string marketId);

    [LoggerMessage(EventIds.Streaming + 6, LogLevel.Information, "Updated prices for market {MarketId}")]
    public static partial void UpdatedPrices(ILogger logger, string marketId);

    [LoggerMessage(EventIds.Streaming + 7, LogLevel.Information, "Auto-unsubscribed from market {MarketId}")]
    public static partial void AutoUnsubscribed(ILogger logger, string marketId);

    [LoggerMessage(EventIds.Streaming + 8, LogLevel.Information, "Unsubscribed from {Markets} markets")]
    public static partial void UnsubscribedMarkets(ILogger logger, int markets);

    [LoggerMessage(EventIds.Streaming + 9, LogLevel.Information, "WebSocket connection closed")]
    public static partial void Closed(ILogger logger);

    [LoggerMessage(EventIds.Streaming + 10, LogLevel.Warning, "No token IDs found for market {MarketId}")]
    public static partial void NoTokens(ILogger logger, string marketId);

    [LoggerMessage(EventIds.Streaming + 11, LogLevel.Warning, "Market feed is down: {Reason}; next attempt in {DelayMs} ms")]
    public static partial void Down(ILogger logger, string reason, int delayMs);

    [LoggerMessage(EventIds.Streaming + 12, LogLevel.Warning, "{Tokens} tokens of the market feed are silent although their books move; asking for them again")]
    public static partial void Deaf(ILogger logger, int tokens);

    [LoggerMessage(EventIds.Streaming + 13, LogLevel.Warning, "{Tokens} books could not be read by REST: {Reason}")]
    public static partial void RestFailed(ILogger logger, int tokens, string reason);

    [LoggerMessage(EventIds.Streaming + 14, LogLevel.Warning, "{Tokens} tokens with armed exits have no live price ({Reason}); reading them by REST each second")]
    public static partial void ProtectionLost(ILogger logger, int tokens, string reason);

    [LoggerMessage(EventIds.Streaming + 15, LogLevel.Information, "{Tokens} tokens with armed exits have a live price again")]
    public static partial void ProtectionBack(ILogger logger, int tokens);

    [LoggerMessage(EventIds.Streaming + 16, LogLevel.Warning, "What must be followed could not be read from {Source}: {Reason}")]
    public static partial void SweepFailed(ILogger logger, string source, string reason);

    [LoggerMessage(EventIds.Streaming + 17, LogLevel.Warning, "Market {MarketId} could not be asked for: {Reason}")]
    public static partial void MarketUnreachable(ILogger logger, string marketId, string reason);

    [LoggerMessage(EventIds.Streaming + 18, LogLevel.Error, "{Part} of the streamer failed and starts again")]
    public static partial void PartFailed(ILogger logger, string part, Exception e);
}
