namespace PolyCopy.Modules.Indexing;

/// <summary>What leaders trade with. For the copy engine, which sizes by it.</summary>
public interface ILeaderMoney
{
    /// <summary>pUSD and positions of all his wallets, in pUSD, at most ten minutes old; null when any part of it cannot be told: half of a bankroll would make his followers' orders too large.</summary>
    /// <param name="address">Lower-case 0x.</param>
    /// <param name="ct">Cancels the reads.</param>
    Task<decimal?> BankrollAsync(string address, CancellationToken ct);
}
