using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>What owners hear about their exits: the payloads of exit_fired, exit_held, exit_moved, exit_suspended, exit_resumed, protection_lost and protection_back.</summary>
internal sealed class ExitNews(IMarketCatalog markets)
{
    /// <param name="exit">The exit that fired.</param>
    /// <param name="status">Its status afterwards.</param>
    /// <param name="averagePrice">What the order brought per share so far; null while nothing is filled.</param>
    public (string Kind, object Payload) Fired(ArmedExit exit, string status, decimal? averagePrice)
    {
        var (question, outcome) = Names(exit.MarketId, exit.Token);
        return ("exit_fired", new
        {
            exitId = exit.Id,
            exit.PositionId,
            exit.MarketId,
            question,
            outcome,
            kind = ExitWords.Of(exit.Kind),
            triggerPrice = exit.IsTimed ? (Price?)null : new Price(exit.Threshold),
            target = exit.Target,
            filledShares = exit.Filled,
            averagePrice,
            tickToSubmitMs = exit is { TickReceivedAt: { } tick, SubmittedAt: { } sent } ? decimal.Round((decimal)(sent - tick).TotalMilliseconds, 3) : (decimal?)null,
            exit.OrderHash,
            status,
        });
    }

    /// <summary>The venue refuses its orders; it goes on trying.</summary>
    /// <param name="exit">Which.</param>
    /// <param name="error">Why, as far as the venue said.</param>
    public (string Kind, object Payload) Held(ArmedExit exit, Error? error)
    {
        var (question, outcome) = Names(exit.MarketId, exit.Token);
        return ("exit_held", new { exitId = exit.Id, exit.PositionId, exit.MarketId, question, outcome, kind = ExitWords.Of(exit.Kind), code = error?.Code, reason = error?.ToString() ?? Reasons.NoReason.English, said = error is null ? Reasons.NoReason.With() : error.Said });
    }

    public (string Kind, object Payload) Moved(ArmedExit exit, Price stop)
    {
        var (question, outcome) = Names(exit.MarketId, exit.Token);
        return ("exit_moved", new { exitId = exit.Id, exit.PositionId, exit.MarketId, question, outcome, stopLoss = stop });
    }

    public object Suspended(ExitRow row, Said said)
    {
        var (question, outcome) = Names(row.MarketId, row.TokenId);
        return new { exitId = row.Id, row.PositionId, row.MarketId, question, outcome, kind = ExitWords.Of(row.Kind), row.TriggerPrice, reason = said.Text, said };
    }

    /// <summary>One message per owner and market, however many exits it has there.</summary>
    public object Protection(string marketId, TokenId token, int exits, string reason)
    {
        var (question, outcome) = Names(marketId, token);
        return new { marketId, question, outcome, exits, reason, said = FeedFaults.Of(reason) };
    }

    private (string? Question, string? Outcome) Names(string marketId, TokenId token)
    {
        var market = markets.TryGet(marketId);
        var index = market?.TokenIndex(token) ?? -1;
        return (market?.Question, index < 0 ? null : market!.Outcomes[index]);
    }
}
