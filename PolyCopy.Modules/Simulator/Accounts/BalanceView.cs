using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Faults;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>What the venue believes a wallet has: the ledger, seen through the venue's own cache when a fault makes that stale. Called under the world's gate.</summary>
internal sealed class BalanceView(Books books, FaultBoard faults, SimClock clock)
{
    /// <summary>Balance and promises of pUSD (no token) or of a token, micro-units.</summary>
    public (long Balance, long Active, long Matched) Of(Address wallet, TokenId token)
    {
        var holding = books.Ledger.FindWallet(wallet) is not { } known ? null : token.HasValue ? known.Find(token) : known.Cash;
        var (balance, active, matched) = holding is null ? (0, 0, 0) : (holding.Chain, holding.Active, holding.Matched);
        if (faults.Any)
        {
            if (faults.Holding("F22", FaultCatalogue.Clob) is { } stale && !stale.Refreshed.ContainsKey((wallet, token)))
                balance = 0;
            if (faults.Holding("F23", FaultCatalogue.Clob) is { } lagging)
                balance -= lagging.Hidden.GetValueOrDefault((wallet, token));
            if (faults.Holding("F21", FaultCatalogue.Clob) is { } locked)
                matched += Phantom(locked, wallet, token);
        }
        return (Math.Max(0, balance), active, matched);
    }

    /// <summary>/balance-allowance/update: the venue reads the chain again.</summary>
    public void Refresh(Address wallet, TokenId token)
    {
        foreach (var code in (string[])["F21", "F22"])
        {
            if (faults.Holding(code, FaultCatalogue.Clob) is { } fault)
                fault.Refreshed[(wallet, token)] = clock.GetUtcNow();
        }
        if (faults.Holding("F23", FaultCatalogue.Clob) is { } lagging)
            lagging.Hidden.Remove((wallet, token));
    }

    /// <summary>F21: what matches promised since the fault began and the venue forgot to release.</summary>
    private long Phantom(ActiveFault fault, Address wallet, TokenId token)
    {
        var since = (fault.Refreshed.TryGetValue((wallet, token), out var refreshed) ? refreshed : fault.Since!.Value).ToUnixTimeMilliseconds();
        var sum = 0L;
        for (var i = books.Ledger.Trades.Count - 1; i >= 0 && books.Ledger.Trades[i] is { } trade && trade.Match.At >= since; i--)
        {
            if (trade.State is TradeState.MATCHED or TradeState.RETRYING)
                continue;
            foreach (var leg in trade.UserLegs)
            {
                if (leg.Wallet == wallet && (leg.Side == Side.Buy ? !token.HasValue : leg.Token == token))
                    sum += leg.Side == Side.Buy ? leg.Cash + leg.Fee : leg.Size;
            }
        }
        return sum;
    }
}
