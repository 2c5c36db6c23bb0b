using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Alerts;

/// <summary>Which fills are told by the alert of the exit that made them: as many shares as that alert says were sold. Later fills of the same exit are told by themselves.</summary>
internal sealed class ExitSales
{
    private readonly Dictionary<Alert, Alert> _firedBy = [];

    public static ExitSales Among(IReadOnlyCollection<Alert> alerts)
    {
        var sales = new ExitSales();
        foreach (var fired in alerts.Where(a => a.Kind == "exit_fired"))
        {
            var left = fired.Shares("filledShares");
            foreach (var fill in alerts.Where(a => a is { Kind: "fill", IsExitFill: true } && IsOf(a, fired)).OrderBy(a => a.Source.Sequence))
            {
                if (fill.Shares("shares") > left)
                    break;
                left -= fill.Shares("shares");
                sales._firedBy[fill] = fired;
            }
        }
        return sales;
    }

    public bool Tells(Alert fill) => _firedBy.ContainsKey(fill);

    /// <summary>What the sale brought, pUSD; null when its fills are not among these.</summary>
    public decimal? ResultOf(Alert fired)
    {
        var fills = _firedBy.Where(f => f.Value == fired).Select(f => f.Key).ToList();
        var told = fills.Sum(f => f.Shares("shares").Micros);
        return fills.Count > 0 && told == fired.Shares("filledShares").Micros && fills.All(f => f.Number("realisedPnl") is not null) ? fills.Sum(f => f.Number("realisedPnl")) : null;
    }

    private static bool IsOf(Alert fill, Alert fired) => fill.Id("exitId") is { } exit ? exit == fired.Id("exitId") : fill.Id("positionId") == fired.Id("positionId");
}
