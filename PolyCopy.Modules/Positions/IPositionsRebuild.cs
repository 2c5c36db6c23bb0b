namespace PolyCopy.Modules.Positions;

/// <summary>Folds the whole ledger again and compares: the verb positions rebuild.</summary>
public interface IPositionsRebuild
{
    /// <summary>Compares every position and every wallet's cash with the fold of the ledger.</summary>
    /// <param name="repair">Also writes what the ledger says; positions that are missing are made again.</param>
    /// <param name="ct">Stops between pages; what was repaired stays repaired.</param>
    Task<RebuildReport> RunAsync(bool repair, CancellationToken ct);
}

/// <param name="Differences">One line each; empty when the ledger and what is stored agree.</param>
public sealed record RebuildReport(int Positions, int Wallets, long LedgerRows, IReadOnlyList<RebuildDifference> Differences);

/// <param name="What">positions or cash.</param>
/// <param name="Id">Position or wallet.</param>
/// <param name="Field">Column, or "row" when it is missing.</param>
public sealed record RebuildDifference(string What, Guid Id, string Field, string Stored, string Ledger)
{
    public override string ToString() => $"{What} {Id} {Field}: stored {Stored}, ledger {Ledger}";
}
