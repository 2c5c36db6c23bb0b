using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>Says what a transfer was that no fill explains, by the events beside it, and what was held before.</summary>
internal sealed class MoveJudge(Contracts contracts)
{
    /// <summary>Below a hundredth of a share nothing is reported: fills and transfers differ by that.</summary>
    private const long Dust = 10_000;

    /// <summary>The transfers of a scan that leave a remainder after the fills of the same transaction, with it.</summary>
    public static IEnumerable<(ScanTransfer Transfer, long Amount)> Unexplained(ChainScan scan)
    {
        var filled = new Dictionary<(Bytes32, Address, UInt256), long>();
        foreach (var fill in scan.Fills)
        {
            var key = (fill.Transaction, fill.Wallet, fill.Token);
            var received = fill.FeeInShares ? fill.Shares - fill.Fee : fill.Shares;
            filled[key] = filled.GetValueOrDefault(key) + (fill.Side == Side.Buy ? received : -fill.Shares);
        }
        foreach (var transfer in scan.Transfers)
        {
            var rest = transfer.Delta - filled.GetValueOrDefault((transfer.Transaction, transfer.Wallet, transfer.Token));
            if (Math.Abs(rest) >= Dust)
                yield return (transfer, rest);
        }
    }

    /// <summary>Fills in the kinds of what is unexplained and what wallets held before tokens we have not seen yet; trouble leaves them open.</summary>
    public async Task JudgeAsync(IChainNode node, ChainScan scan, Func<ScanTransfer, bool> isBooked, Func<string, TokenId, bool> isHeld, CancellationToken ct)
    {
        foreach (var group in Unexplained(scan).Where(m => !isBooked(m.Transfer)).GroupBy(m => m.Transfer.Transaction).ToList())
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            try
            {
                await node.ReadReceiptAsync(group.Key, (in ChainLog log) =>
                {
                    if (ChainEvents.NameOf(log) is { } name)
                        names.Add(name);
                }, ct);
            }
            catch (VenueException)
            {
                // judged by the other party alone
            }
            foreach (var (transfer, rest) in group)
                transfer.Kind = Kind(names, transfer, rest);
        }
        foreach (var transfer in scan.Transfers.Where(t => !isBooked(t)).GroupBy(t => (t.Wallet, t.Token)).Select(g => g.MinBy(t => (t.BlockNumber, t.LogIndex))!).Where(t => !isHeld(t.Wallet.ToLower(), t.TokenId)).ToList())
        {
            try
            {
                transfer.Before = await node.BalanceAsync(contracts.Holder(transfer.Token), transfer.Wallet, transfer.Token, transfer.BlockNumber - 1, ct) is { } held && held.TryToInt64(out var before) ? before : null;
            }
            catch (VenueException)
            {
                // counted from nothing
            }
        }
    }

    private static string Kind(HashSet<string> names, ScanTransfer transfer, long rest)
    {
        if (names.Contains("PositionsConverted"))
            return "convert";
        if (rest < 0)
            return names.Contains("PayoutRedemption") || names.Contains("PositionRedeemed") ? "redeem"
                : names.Contains("PositionsMerge") || names.Contains("PositionsMerged") || transfer.Others.All(o => o == Address.Zero) ? "merge"
                : "transfer";
        return names.Contains("PositionSplit") || names.Contains("PositionsSplit") || transfer.Others.All(o => o == Address.Zero) ? "split" : "transfer";
    }
}
