using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>What may be armed. Refusals carry exit.range, exit.tick, exit.side, exit.fraction, exit.time or exit.kind.</summary>
internal static class ExitRules
{
    /// <summary>Armed exits a position may have.</summary>
    public const int Most = 50;

    /// <summary>A threshold that lies inside 0 to 1 and on the market's tick.</summary>
    public static Result<Price> Threshold(decimal value, Price tick, string name)
    {
        if (value is <= 0 or >= 1)
            return Reasons.BetweenZeroAndOne.Refuse("exit.range", Gap.Word("field", name));
        return Price.TryFromDecimal(value, out var price) && price.IsOnTick(tick) ? price
            : Reasons.MustBeOnTick.Refuse("exit.tick", Gap.Word("field", name), tick, tick.Complement);
    }

    /// <summary>A take lies above the present price, a stop below it; without a present price both are fine.</summary>
    public static Error? Side(ExitKind kind, Price threshold, Price? bid) => kind switch
    {
        ExitKind.TakeProfit or ExitKind.BreakEven when threshold <= bid => Reasons.NotAbove.Refuse("exit.side", threshold, bid.Value),
        ExitKind.StopLoss when threshold >= bid => Reasons.NotBelow.Refuse("exit.side", threshold, bid.Value),
        _ => null,
    };

    /// <summary>Reads one leg of a position's take-profit and stop-loss.</summary>
    public static Result<Price?> Leg(ExitKind kind, decimal? value, Market market, Price? bid)
    {
        if (value is not { } wanted)
            return (Price?)null;
        if (!Threshold(wanted, market.TickSize, kind == ExitKind.TakeProfit ? "takeProfit" : "stopLoss").Try(out var price, out var error))
            return error;
        return Side(kind, price, bid) is { } wrong ? wrong : (Price?)price;
    }

    /// <summary>Checks all that can be checked without the position's other exits.</summary>
    /// <param name="exit">What is asked.</param>
    /// <param name="market">Its market.</param>
    /// <param name="bid">The present trigger bid; null when nobody knows it.</param>
    /// <param name="now">The clock.</param>
    public static Error? Check(ArmExit exit, Market market, Price? bid, DateTimeOffset now)
    {
        if (exit.Fraction is <= 0 or > 1 || decimal.Round(exit.Fraction, 6) != exit.Fraction)
            return new Error("exit.fraction", "fraction lies above 0 and is at most 1, with at most six decimals.");
        switch (exit.Kind)
        {
            case ExitKind.TakeProfit or ExitKind.StopLoss or ExitKind.BreakEven:
                if (exit.TriggerPrice is not { } trigger)
                    return new Error("exit.range", "triggerPrice is missing.");
                return Threshold(trigger, market.TickSize, "triggerPrice").Try(out var price, out var error) ? Side(exit.Kind, price, bid) : error;
            case ExitKind.Trailing:
                if (exit.Trail is not { } trail)
                    return new Error("exit.range", "trail is missing.");
                if (!Threshold(trail, market.TickSize, "trail").Try(out var distance, out var wrong))
                    return wrong;
                return bid is null ? Reasons.NothingToTrail.Refuse("exit.side")
                    : distance >= bid ? Reasons.TrailTooFar.Refuse("exit.side", distance, bid.Value) : null;
            case ExitKind.TimeStop:
                return exit.At is { } at && at > now ? null : new Error("exit.time", "at must lie ahead.");
            case ExitKind.BeforeResolution:
                if (exit.Before is not { } before || before < TimeSpan.Zero || before > TimeSpan.FromDays(3650))
                    return new Error("exit.time", "before is missing or out of range.");
                return market.EndDate is { } end && end - before > now ? null : new Error("exit.time", "The market has no end, or it is nearer than that.");
            default:
                return new Error("exit.kind", "No such kind of exit.");
        }
    }
}
