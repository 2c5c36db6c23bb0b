using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>What one reading of a range found of the watched wallets.</summary>
internal sealed class ChainScan(long from, long to)
{
    private readonly List<Fill> _fills = [];
    private readonly Dictionary<(Bytes32 Tx, Address Wallet), (Address Other, long Shares)> _makersMet = [];
    private readonly Dictionary<(Bytes32 Tx, Address Wallet, UInt256 Token), ScanTransfer> _transfers = [];
    private readonly HashSet<(Bytes32 Block, int Index)> _seen = [];

    public long From { get; } = from;

    public long To { get; } = to;

    public IReadOnlyList<Fill> Fills => _fills;

    public IReadOnlyCollection<ScanTransfer> Transfers => _transfers.Values;

    /// <summary>Hash by height, as the logs say; two for one height mean that the chain moved while it was read.</summary>
    public Dictionary<long, Bytes32> Hashes { get; } = [];

    /// <summary>By height, filled in after the reading.</summary>
    public Dictionary<long, DateTimeOffset> Times { get; } = [];

    /// <summary>Another hash was seen at a height than before.</summary>
    public bool IsTorn { get; private set; }

    /// <summary>Takes a log of either query; a log that both find counts once.</summary>
    public void Add(in ChainLog log, Contracts contracts, WatchBook.Snapshot watched)
    {
        if (log.Removed || log.BlockNumber < From || log.BlockNumber > To)
            return;
        if (FillLog.TryWallet(log, contracts, out var wallet))
            AddFill(log, contracts, watched, wallet);
        else if (TransferLog.TryParties(log, contracts, out var sender, out var receiver))
            AddTransfer(log, watched, sender, receiver);
    }

    /// <summary>Who was on the other side: for a resting order the aggressor, for an aggressor the largest maker he met.</summary>
    public Address? Counterparty(in Fill fill) =>
        !fill.IsTaker ? fill.Other : _makersMet.TryGetValue((fill.Transaction, fill.Wallet), out var met) ? met.Other : null;

    private void AddFill(in ChainLog log, Contracts contracts, WatchBook.Snapshot watched, in Address wallet)
    {
        var isWatched = watched.Wallets.ContainsKey(wallet);
        var meetsWatched = FillLog.TryAddress(log.Topic3, out var taker) && watched.Wallets.ContainsKey(taker);
        if ((!isWatched && !meetsWatched) || !FillLog.TryRead(log, contracts, out var fill) || !_seen.Add((log.BlockHash, log.LogIndex)))
            return;
        if (meetsWatched && (!_makersMet.TryGetValue((fill.Transaction, taker), out var met) || met.Shares < fill.Shares))
            _makersMet[(fill.Transaction, taker)] = (fill.Wallet, fill.Shares);
        if (!isWatched)
            return;
        See(log);
        _fills.Add(fill);
    }

    private void AddTransfer(in ChainLog log, WatchBook.Snapshot watched, in Address sender, in Address receiver)
    {
        bool outgoing = watched.Wallets.ContainsKey(sender), incoming = watched.Wallets.ContainsKey(receiver);
        if ((!outgoing && !incoming) || sender == receiver || !_seen.Add((log.BlockHash, log.LogIndex)))
            return;
        See(log);
        foreach (var (token, amount) in TransferLog.Read(log))
        {
            if (outgoing)
                Move(log, sender, receiver, token, -amount);
            if (incoming)
                Move(log, receiver, sender, token, amount);
        }
    }

    private void Move(in ChainLog log, in Address wallet, in Address other, in UInt256 token, long delta)
    {
        var key = (log.Transaction, wallet, token);
        if (!_transfers.TryGetValue(key, out var transfer))
            _transfers[key] = transfer = new ScanTransfer(log.Transaction, wallet, token, log.Contract, log.BlockNumber, log.BlockHash, log.LogIndex);
        transfer.Delta += delta;
        transfer.Others.Add(other);
    }

    private void See(in ChainLog log)
    {
        if (Hashes.TryGetValue(log.BlockNumber, out var hash) && hash != log.BlockHash)
            IsTorn = true;
        Hashes[log.BlockNumber] = log.BlockHash;
        if (log.BlockTime > 0)
            Times[log.BlockNumber] = DateTimeOffset.FromUnixTimeSeconds(log.BlockTime);
    }
}

/// <summary>The net movement of a token in or out of a wallet by one transaction.</summary>
internal sealed class ScanTransfer(Bytes32 transaction, Address wallet, UInt256 token, Address contract, long blockNumber, Bytes32 blockHash, int logIndex)
{
    public Bytes32 Transaction { get; } = transaction;
    public Address Wallet { get; } = wallet;
    public UInt256 Token { get; } = token;
    public Address Contract { get; } = contract;
    public long BlockNumber { get; } = blockNumber;
    public Bytes32 BlockHash { get; } = blockHash;

    /// <summary>Of its first log: the order within the block.</summary>
    public int LogIndex { get; } = logIndex;
    public long Delta { get; set; }
    public HashSet<Address> Others { get; } = [];

    /// <summary>What the wallet held before this transaction, asked of the chain; null when it does not say or was not asked.</summary>
    public long? Before { get; set; }

    /// <summary>merge, split, convert, redeem or transfer for what no fill explains.</summary>
    public string? Kind { get; set; }

    public TokenId TokenId { get; } = TokenId.Parse(token.ToString());
}
