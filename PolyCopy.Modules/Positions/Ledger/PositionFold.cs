namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>What an episode's ledger rows add up to, in micro-units.</summary>
/// <param name="Bought">Shares that came in, by whatever way.</param>
/// <param name="Sold">Shares that went out.</param>
/// <param name="Mined">Net shares on chain; below zero for a moment when mined shares are sold before they are confirmed.</param>
/// <param name="Failed">Shares of fills whose settlement failed.</param>
/// <param name="Pending">Fills neither confirmed nor failed.</param>
/// <param name="Cost">pUSD paid for what is held now, at average cost, without fees.</param>
/// <param name="BoughtCost">pUSD paid for all that came in.</param>
/// <param name="Proceeds">pUSD received for all that went out.</param>
internal readonly record struct PositionState(
    long Bought, long Sold, long Mined, long Confirmed, long Failed, int Pending, long Cost, long BoughtCost, long Proceeds, long Fees)
{
    public long Size => Bought - Sold;
    public long Sellable => Math.Clamp(Mined, 0, Math.Max(0, Size));
    public long Settled => Math.Clamp(Confirmed, 0, Math.Max(0, Size));

    /// <summary>Gained on what went out, before fees.</summary>
    public long Realised => Proceeds + Cost - BoughtCost;

    /// <summary>All cash effects without the value of what is held: P&amp;L is Net + size × price.</summary>
    public long Net => Proceeds - BoughtCost - Fees;

    /// <summary>Average paid without fees: of what is held, or of all that was bought once nothing is.</summary>
    public decimal EntryPrice => Size > 0 ? decimal.Round(Cost / (decimal)Size, 6) : Bought > 0 ? decimal.Round(BoughtCost / (decimal)Bought, 6) : 0;
}

/// <summary>The one rule by which ledger rows become a position; live booking and rebuild both use it.</summary>
internal static class PositionFold
{
    /// <summary>Folds an episode's rows, in order. Fills that failed, and what hangs on them, are left out as if they had never been.</summary>
    public static PositionState Of(IReadOnlyCollection<LedgerRow> rows)
    {
        var failed = rows.Where(r => r.Kind == LedgerKinds.Fail).Select(r => (r.OrderHash, r.TradeId)).ToHashSet();
        var state = default(PositionState);
        foreach (var row in rows)
            if (row.OrderHash.Length == 0 || !failed.Contains((row.OrderHash, row.TradeId)))
                state = Apply(state, row);
            else if (row.Kind == LedgerKinds.Trade)
                state = state with { Failed = state.Failed + Math.Abs(row.Shares) };
        return state;
    }

    /// <summary>Flat is what has lost shares and holds less than dust; a tiny first fill does not close what it opens.</summary>
    public static string Status(IReadOnlyCollection<LedgerRow> rows, in PositionState state) =>
        state.Size >= Booking.Dust || !rows.Any(r => r.Shares < 0) ? PositionStatus.Active
        : rows.Any(r => r.Kind == LedgerKinds.Redeem) ? PositionStatus.Resolved
        : PositionStatus.Closed;

    /// <summary>One more row, which is not a failure: those change the past and need <see cref="Of"/>.</summary>
    public static PositionState Apply(in PositionState state, LedgerRow row)
    {
        var next = state with
        {
            Mined = state.Mined + row.Mined,
            Confirmed = state.Confirmed + row.Confirmed,
            Pending = state.Pending + row.Pending,
            Fees = state.Fees + row.Fee,
        };
        if (row.Shares == 0)
            return next;
        if (row.Kind == LedgerKinds.Redeem && row.Shares > 0) // takes back a payout for shares that turned out never to have settled
            return next with { Sold = state.Sold - row.Shares, Proceeds = state.Proceeds + row.Usdc };
        if (row.Shares > 0)
        {
            var cost = -row.Usdc + (row.Basis ?? 0);
            var covers = Math.Min(row.Shares, Math.Max(0, -state.Size)); // shares already gone: their cost is realised at once
            return next with { Bought = state.Bought + row.Shares, BoughtCost = state.BoughtCost + cost, Cost = state.Cost + cost - Share(cost, covers, row.Shares) };
        }
        var gone = -row.Shares;
        var removed = state.Size <= 0 ? 0 : gone >= state.Size ? state.Cost : Share(state.Cost, gone, state.Size);
        var proceeds = row.Usdc != 0 || MovesCash(row) ? row.Usdc : row.Basis ?? removed;
        return next with { Sold = state.Sold + gone, Cost = state.Cost - removed, Proceeds = state.Proceeds + proceeds };
    }

    /// <summary>amount × part / whole, rounded down.</summary>
    public static long Share(long amount, long part, long whole) => (long)((Int128)amount * part / whole);

    private static bool MovesCash(LedgerRow row) => row.Kind is LedgerKinds.Trade or LedgerKinds.Redeem or LedgerKinds.Split or LedgerKinds.Merge;
}

internal static class Pnl
{
    private const decimal MostPercent = 99_999_999m; // shares that cost next to nothing

    /// <summary>P&amp;L in pUSD net of the fees paid, and in percent of what the position cost.</summary>
    /// <param name="size">Micro-shares held.</param>
    /// <param name="net">Micro-pUSD, <see cref="PositionState.Net"/>.</param>
    /// <param name="cost">Micro-pUSD paid: of what is held, or of everything once closed.</param>
    /// <param name="price">What one share brings now.</param>
    public static (decimal Amount, decimal Percentage) Of(long size, long net, long cost, decimal price)
    {
        var micros = net + size * price;
        return (decimal.Round(micros / 1_000_000m, 6), cost <= 0 ? 0 : Math.Clamp(decimal.Round(100m * micros / cost, 4), -MostPercent, MostPercent));
    }
}
