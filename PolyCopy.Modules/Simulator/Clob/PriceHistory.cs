using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Past prices of a token: seven days at most, on a grid of minutes, ended by a point that is now. Read under the gate.</summary>
internal sealed record PriceHistory(DateTimeOffset From, DateTimeOffset To, int FidelityMinutes)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Reads interval (1m is a month), or startTs and endTs, and fidelity.</summary>
    /// <param name="refusal">The venue's words when they make no sense.</param>
    public static PriceHistory? Read(Func<string, string?> query, DateTimeOffset now, out string refusal)
    {
        refusal = "invalid filters: 'interval' or 'startTs' and 'endTs' must be given";
        var interval = query("interval");
        var (length, coarsest) = interval switch
        {
            "max" or "all" or "1m" => (TimeSpan.FromDays(30), 10),
            "1w" => (Kept, 5),
            "1d" => (TimeSpan.FromDays(1), 1),
            "6h" => (TimeSpan.FromHours(6), 1),
            "1h" => (TimeSpan.FromHours(1), 1),
            _ => (TimeSpan.Zero, 1),
        };
        var (from, to) = (now - length, now);
        if (interval is null)
        {
            if (Time(query("startTs")) is not { } start)
                return null;
            (from, to) = (start, Time(query("endTs")) is { } end && end < now ? end : now);
        }
        else if (length == TimeSpan.Zero)
            return null;
        if (!int.TryParse(query("fidelity") ?? coarsest.ToString(CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out var fidelity) || fidelity < 1)
            return null;
        refusal = $"invalid filters: minimum 'fidelity' for '{interval}' range is {coarsest}";
        return fidelity < coarsest && interval is not ("max" or "all") ? null : new PriceHistory(from, to, Math.Max(fidelity, coarsest));
    }

    public void Write(Utf8JsonWriter json, MarketState market, int tokenIndex, DateTimeOffset now)
    {
        var end = market.ResolvedAt is { } resolved && resolved < To ? resolved : To;
        var start = new[] { From, now - Kept, market.Market.StartDate }.Max();
        var step = FidelityMinutes * 60L;
        json.WriteStartArray();
        for (var t = (start.ToUnixTimeSeconds() + step - 1) / step * step; t < end.ToUnixTimeSeconds(); t += step)
            Point(json, t, Course(market, tokenIndex, t * 1000));
        if (start <= end)
            Point(json, end.ToUnixTimeSeconds(), end == now || market.Phase == MarketPhase.Resolved ? Quotes.Worth(market, tokenIndex) : Course(market, tokenIndex, end.ToUnixTimeMilliseconds()));
        json.WriteEndArray();
    }

    /// <summary>The course on the grid a middle of bid and ask can lie on: half ticks.</summary>
    private static decimal Course(MarketState market, int tokenIndex, long ms)
    {
        var course = market.Probability(ms);
        var halfTick = market.Market.Tick.ToDecimal() / 2;
        var price = Math.Clamp(Math.Round((decimal)course / halfTick) * halfTick, halfTick, 1 - halfTick);
        return tokenIndex == 0 ? price : 1 - price;
    }

    private static void Point(Utf8JsonWriter json, long seconds, decimal price)
    {
        json.WriteStartObject();
        json.WriteNumber("t"u8, seconds);
        json.WriteNumber("p"u8, price / 1.0000000000m);
        json.WriteEndObject();
    }

    private static DateTimeOffset? Time(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
