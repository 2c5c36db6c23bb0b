using System.Buffers.Binary;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>A transaction at its place in the chain.</summary>
internal sealed record MinedTx(ChainTx Tx, long Block, int Index, int FirstLog, IReadOnlyList<ChainLog> Logs);

/// <summary>
/// The chain as a function of the clock: blocks are counted by time, their hashes follow from the seed and the reorganisations,
/// and what the ledger settles lies in the first block that nobody has seen yet. Read and changed under the world's gate.
/// </summary>
internal sealed partial class SimChain(SimWorld world, Books books, ISeededChain seeded)
{
    /// <summary>Blocks from the head to the finalized one: a milestone takes about 5 s (facts on-chain 9).</summary>
    public const int FinalityLag = 4;

    /// <summary>A block is seen this long after its timestamp; what is settled at that very moment still comes into it.</summary>
    public const long SealMs = 50;

    /// <summary>How many blocks are kept with their logs.</summary>
    private const long LaidKept = 40;

    /// <summary>Strangers' trades are forgotten after this many blocks: nobody follows them, and they are many.</summary>
    private const long StrangersKept = 400;

    private readonly SortedList<long, List<ChainTx>> _blocks = [];
    private readonly Dictionary<string, long> _places = [];
    private readonly HashSet<string> _strangers = [];
    private readonly Dictionary<Address, List<ChainTx>> _byWallet = [];
    private readonly HashSet<string> _dropped = [];
    private readonly Dictionary<long, IReadOnlyList<MinedTx>> _laid = [];
    private readonly Queue<(long Block, string Hash)> _forget = [];
    private long _finalized;
    private int _resolved;
    private int _redeemed;

    /// <summary>Raised under the gate after blocks were replaced: the logs that are gone, and the first block that is new.</summary>
    public event Action<IReadOnlyList<(MinedTx Tx, string BlockHash)>, ChainReorganized, bool>? Reorganized;

    /// <summary>The newest block.</summary>
    public long Head => SettlementTimes.BlockAt(NowMs - SealMs);

    /// <summary>How far finality lags behind the head; a lab may stall it.</summary>
    public int Lag { get; set; } = FinalityLag;

    /// <summary>The newest block that no reorganisation can replace; it never goes back.</summary>
    public long Finalized => _finalized = Math.Max(_finalized, Head - Lag);

    private long NowMs => world.NowMs;

    /// <summary>The block that takes what is decided at this time.</summary>
    public static long BlockFor(long atMs) => SettlementTimes.BlockAt(atMs - SealMs) + 1;

    /// <summary>Unix ms of a block.</summary>
    public static long TimeOf(long block) => SettlementTimes.TimeOf(block);

    /// <summary>A block's hash as it stands now. The number can be read out of it, so that a block is found by its hash.</summary>
    public Bytes32 HashOf(long block)
    {
        var bytes = SeededIds.Bytes(world.Seed, $"block {EpochOf(block)}", block);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(24), block ^ BinaryPrimitives.ReadInt64BigEndian(bytes));
        return new Bytes32(bytes);
    }

    /// <summary>The number of a block that is part of the chain now, or null.</summary>
    public long? Find(Bytes32 hash)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.Size];
        hash.CopyTo(bytes);
        var block = BinaryPrimitives.ReadInt64BigEndian(bytes[24..]) ^ BinaryPrimitives.ReadInt64BigEndian(bytes);
        return block >= 0 && block <= Head && HashOf(block) == hash ? block : null;
    }

    /// <summary>True for the trade of nobody's leader and nobody's user.</summary>
    public bool IsStrangers(string hash) => _strangers.Contains(hash);

    /// <summary>The transactions of a block, each at its place.</summary>
    public IReadOnlyList<MinedTx> Block(long block) => Blocks(block, block).FirstOrDefault() ?? [];

    /// <summary>The blocks of a range that hold transactions, oldest first, each with its transactions.</summary>
    public IEnumerable<IReadOnlyList<MinedTx>> Blocks(long from, long to)
    {
        var byBlock = new SortedDictionary<long, List<ChainTx>>();
        foreach (var (tx, block) in Placed(Math.Max(0, from), Math.Min(to, Head)))
        {
            if (!byBlock.TryGetValue(block, out var list))
                byBlock[block] = list = [];
            list.Add(tx);
        }
        return byBlock.Select(block => Laid(block.Key, block.Value));
    }

    /// <summary>The newest blocks are asked for again and again; after a burst of matches their logs are many.</summary>
    private IReadOnlyList<MinedTx> Laid(long block, List<ChainTx> transactions)
    {
        if (_laid.TryGetValue(block, out var laid))
            return laid;
        laid = Place(block, transactions);
        if (block <= Head - LaidKept)
            return laid;
        foreach (var old in _laid.Keys.Where(kept => kept <= Head - LaidKept).ToList())
            _laid.Remove(old);
        _laid[block] = laid;
        return laid;
    }

    private List<MinedTx> Place(long block, List<ChainTx> transactions)
    {
        // Other people's transactions lie between ours; which ones differs when the block was replaced.
        var dice = Noise.Mix((ulong)world.Seed, (ulong)block, (ulong)EpochOf(block));
        var (index, log) = ((int)(dice % 40), (int)(dice / 64 % 300));
        var mined = new List<MinedTx>(transactions.Count);
        // As they were matched: what a wallet sells it has before. Strangers last: they are forgotten one day, and no other log may get another index by that.
        foreach (var tx in transactions.OrderBy(tx => _strangers.Contains(tx.Hash)).ThenBy(tx => tx.MatchedMs).ThenBy(tx => tx.Hash, StringComparer.Ordinal))
        {
            var logs = tx.Logs().ToList();
            mined.Add(new MinedTx(tx, block, index, log, logs));
            dice = Noise.Mix(dice);
            index += 1 + (int)(dice % 5);
            log += logs.Count + (int)(dice / 8 % 20);
        }
        return mined;
    }

    /// <summary>Every transaction of a range with its block, in no order.</summary>
    private IEnumerable<(ChainTx Tx, long Block)> Placed(long from, long to)
    {
        for (var i = FirstAtOrAfter(from); i < _blocks.Count && _blocks.Keys[i] <= to; i++)
        {
            foreach (var tx in _blocks.Values[i])
                yield return (tx, _blocks.Keys[i]);
        }
        foreach (var tx in seeded.Between(from, to))
        {
            if (!_dropped.Contains(tx.Hash) && !_places.ContainsKey(tx.Hash))
                yield return (tx, tx.SeededBlock);
        }
    }

    /// <summary>Everything that ever concerned a wallet and is in a block, with its block, oldest first.</summary>
    public IReadOnlyList<(ChainTx Tx, long Block)> Of(Address wallet)
    {
        var head = Head;
        var own = (_byWallet.TryGetValue(wallet, out var known) ? known : []).Select(tx => (Tx: tx, Block: _places[tx.Hash]));
        return [.. own.Concat(seeded.Of(wallet, head).Where(tx => !_places.ContainsKey(tx.Hash)).Select(tx => (Tx: tx, Block: tx.SeededBlock)))
            .Where(placed => placed.Block <= head).OrderBy(placed => placed.Block).ThenBy(placed => placed.Tx.MatchedMs).ThenBy(placed => placed.Tx.Hash, StringComparer.Ordinal)];
    }

    /// <summary>Everything in a block since a time, with its block, in no order.</summary>
    public IEnumerable<(ChainTx Tx, long Block)> Since(long fromMs) => Placed(SettlementTimes.BlockAt(fromMs), Head);

    /// <summary>What the ledger knows already and a block does not: transactions that lie behind it.</summary>
    public IEnumerable<ChainTx> Pending(long block)
    {
        for (var i = FirstAtOrAfter(block + 1); i < _blocks.Count; i++)
        {
            foreach (var tx in _blocks.Values[i])
                yield return tx;
        }
    }

    /// <summary>The transaction and its block, when it is mined.</summary>
    public MinedTx? FindTransaction(string hash)
    {
        hash = hash.ToLowerInvariant();
        var block = _places.TryGetValue(hash, out var place) ? place : _dropped.Contains(hash) ? null : seeded.BlockOf(hash);
        return block is { } at && at <= Head ? Block(at).FirstOrDefault(mined => mined.Tx.Hash == hash) : null;
    }

    private int EpochOf(long block) => books.Ledger.Reorgs.Count(reorg => reorg.From <= block && block <= reorg.To);

    private void Add(ChainTx tx, long block)
    {
        if (_dropped.Contains(tx.Hash) || !_places.TryAdd(tx.Hash, block))
            return;
        _laid.Remove(block);
        if (!_blocks.TryGetValue(block, out var list))
            _blocks[block] = list = [];
        list.Add(tx);
        foreach (var wallet in Wallets(tx))
        {
            if (!_byWallet.TryGetValue(wallet, out var own))
                _byWallet[wallet] = own = [];
            own.Add(tx);
        }
    }

    private void Remove(string hash)
    {
        if (!_places.Remove(hash, out var block))
            return;
        _laid.Remove(block);
        _strangers.Remove(hash);
        var list = _blocks[block];
        var gone = list.Find(tx => tx.Hash == hash)!;
        list.Remove(gone);
        if (list.Count == 0)
            _blocks.Remove(block);
        foreach (var wallet in Wallets(gone))
        {
            _byWallet[wallet].Remove(gone);
            if (_byWallet[wallet].Count == 0)
                _byWallet.Remove(wallet);
        }
    }

    private static HashSet<Address> Wallets(ChainTx tx) => tx switch
    {
        FillTx fill => [fill.Taker.Wallet, .. fill.Makers.Select(maker => maker.Wallet)],
        MoveTx { Counterparty: var other } move when other != Address.Zero => [move.Wallet, other],
        MoveTx move => [move.Wallet],
        _ => [],
    };

    private int FirstAtOrAfter(long block)
    {
        var (low, high) = (0, _blocks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_blocks.Keys[middle] < block)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
