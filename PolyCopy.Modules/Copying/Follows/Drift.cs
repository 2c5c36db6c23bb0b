using System.Globalization;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>One order of a leader: what its fills add up to.</summary>
/// <param name="Usd">pUSD, without the fee.</param>
/// <param name="Category">First tag of the market; null while it is unknown.</param>
internal sealed record LeaderOrder(DateTimeOffset At, string Market, TokenId Token, Side Side, decimal Usd, string? Category);

/// <summary>Whether a leader trades otherwise than he did. The bounds are wide on purpose: a pause that chance brings about teaches users to turn the watch off.</summary>
internal static class Drift
{
    public const int Fewest = 20;
    public const int Most = 50;
    private const decimal SizeFactor = 4m;
    private const decimal FrequencyFactor = 5m;
    private const decimal MixShift = 0.6m;
    private const decimal BothSidesRise = 0.4m;
    private static readonly TimeSpan Window = TimeSpan.FromDays(7);
    private static readonly TimeSpan Short = TimeSpan.FromHours(1);
    private static readonly TimeSpan Break = TimeSpan.FromDays(1);

    /// <param name="orders">In any order.</param>
    /// <param name="knownUntil">What came before it was seen by the follower when he chose: never evidence.</param>
    /// <param name="now">The end of the seven days that are looked at.</param>
    /// <returns>The evidence with its numbers; null when he is steady, or too little is known.</returns>
    public static Said? Evidence(IEnumerable<LeaderOrder> orders, DateTimeOffset knownUntil, DateTimeOffset now)
    {
        var sorted = orders.OrderBy(o => o.At).ToList();
        var since = knownUntil > now - Window ? knownUntil : now - Window;
        var recent = sorted.Where(o => o.At > since).TakeLast(Most).ToList();
        var earlier = sorted.Take(sorted.Count - recent.Count).ToList();
        if (recent.Count < Fewest || earlier.Count < Fewest)
            return null;
        List<Said> found = [.. new[] { Size(recent, earlier), Mix(recent, earlier), BothSides(recent, earlier), Frequency(recent, earlier) }.OfType<Said>()];
        return found.Count == 0 ? null : Reasons.Drift.With(recent.Count, earlier.Count, found.Aggregate((all, one) => Reasons.DriftAnd.With(all, one)));
    }

    private static Said? Size(List<LeaderOrder> recent, List<LeaderOrder> earlier)
    {
        var (now, before) = (Median(recent), Median(earlier));
        return before > 0 && (now >= before * SizeFactor || now * SizeFactor <= before)
            ? Reasons.DriftSize.With(Of("usd", now, "0.00"), Of("usd", before, "0.00")) : null;
    }

    private static Said? Mix(List<LeaderOrder> recent, List<LeaderOrder> earlier)
    {
        var (now, before) = (Shares(recent), Shares(earlier));
        if (now.Count == 0 || before.Count == 0)
            return null;
        var shifts = now.Keys.Union(before.Keys).Select(c => (Category: c, Now: now.GetValueOrDefault(c), Before: before.GetValueOrDefault(c))).ToList();
        if (shifts.Sum(s => Math.Abs(s.Now - s.Before)) / 2 < MixShift)
            return null;
        var (category, share, was) = shifts.OrderByDescending(s => s.Now - s.Before).ThenBy(s => s.Category, StringComparer.Ordinal).First();
        return Reasons.DriftMix.With(Of("percent", share * 100, "0"), category, Of("percent", was * 100, "0"));
    }

    private static Said? BothSides(List<LeaderOrder> recent, List<LeaderOrder> earlier)
    {
        var (now, before) = (Turned(recent), Turned(earlier));
        return now - before >= BothSidesRise
            ? Reasons.DriftBothSides.With(Of("percent", now * 100, "0"), Of("percent", before * 100, "0")) : null;
    }

    private static Said? Frequency(List<LeaderOrder> recent, List<LeaderOrder> earlier)
    {
        var (now, before) = (PerDay(recent), PerDay(earlier));
        return now >= before * FrequencyFactor ? Reasons.DriftFrequency.With(Of("number", now, "0.0"), Of("number", before, "0.0")) : null;
    }

    private static Gap Of(string kind, decimal value, string format) => new(kind, value.ToString(format, CultureInfo.InvariantCulture));

    private static decimal Median(List<LeaderOrder> orders) => orders.Select(o => o.Usd).Order().ElementAt(orders.Count / 2);

    private static Dictionary<string, decimal> Shares(List<LeaderOrder> orders)
    {
        var known = orders.Where(o => o.Category is not null).ToList();
        return known.Count < Fewest ? [] : known.GroupBy(o => o.Category!).ToDictionary(g => g.Key, g => g.Count() / (decimal)known.Count);
    }

    // an order that turns: the other outcome bought, or the same one the other way, shortly after
    private static decimal Turned(List<LeaderOrder> orders) =>
        orders.Index().Count(o => orders.Take(o.Index).Any(p => p.Market == o.Item.Market && o.Item.At - p.At <= Short && p.Token == o.Item.Token != (p.Side == o.Item.Side))) / (decimal)orders.Count;

    // a longer silence counts as one day: his holiday, or days we were blind, would make every day before it look slow
    private static decimal PerDay(List<LeaderOrder> orders) =>
        (orders.Count - 1) / Math.Max(0.01m, orders.Zip(orders.Skip(1), (a, b) => b.At - a.At).Sum(silence => (decimal)(silence < Break ? silence : Break).TotalDays));
}
