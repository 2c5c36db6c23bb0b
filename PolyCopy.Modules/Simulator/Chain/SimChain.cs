using System.Buffers.Binary;
using PolyCopy.Modules.Kernel;
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
internal sealed class SimChain(SimWorld world, Books books, ISeededChain seeded)
{
    /// <summary>Blocks from the head to the finalized one: a milestone takes about 5 s (facts on-chain 9).</summary>
    public const int FinalityLag = 4;

    /// <summary>A block is seen this long after its timestamp; what is settled at that very moment still comes into it.</summary>
    public const long SealMs = 50;

    /// <summary>How many blocks are kept with their logs.</summary>
    private const long LaidKept = 40;

    /// <summary>Strangers' trades are forgotten after this many blocks: nobody follows them, and they are many.</summary>
    private const long StrangersKept = 400;

    /// <summary>Where shares come from that a control leader sells without having them.</summary>
    private static readonly Address Bank = Address.Parse("0x00000000000000000000000000000000ba4Cba4c");

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

    /// <summary>Puts back what the ledger remembers.</summary>
    public void Restore()
    {
        var ledger = books.Ledger;
        foreach (var trade in ledger.Trades.Where(trade => trade.State is TradeState.MINED or TradeState.CONFIRMED))
            Include(trade);
        foreach (var traded in ledger.LeaderTrades)
            Include(traded);
        foreach (var moved in ledger.Moves)
            Include(moved);
        IncludeResults();
        foreach (var reorg in ledger.Reorgs)
            Replace(reorg);
    }

    /// <summary>Puts results of markets and what was redeemed since the last call on chain; a redemption follows two blocks later.</summary>
    public void IncludeResults()
    {
        var ledger = books.Ledger;
        foreach (var resolved in ledger.Resolved.Values.Skip(_resolved))
        {
            if (world.FindCondition(resolved.Condition) is { } market)
                Add(new ResolutionTx(new Bytes32(SeededIds.Bytes(world.Seed, "result " + resolved.Condition, 0)).ToString(), resolved.At, market.Market, resolved.Payouts), BlockFor(resolved.At));
        }
        _resolved = ledger.Resolved.Count;
        for (; _redeemed < ledger.Redemptions.Count; _redeemed++)
        {
            var redeemed = ledger.Redemptions[_redeemed];
            if (world.FindToken(redeemed.Token.Digits) is not { } found)
                continue;
            long[] amounts = found.TokenIndex == 0 ? [redeemed.Shares, 0] : [0, redeemed.Shares];
            var hash = new Bytes32(SeededIds.Bytes(world.Seed, "redeem", _redeemed)).ToString();
            Add(new MoveTx(hash, redeemed.At, found.Market.Market, MoveKind.Redeem, redeemed.Wallet, default, amounts, redeemed.Payout), BlockFor(redeemed.At) + 2);
        }
    }

    /// <summary>A match of users was mined.</summary>
    public void Include(VenueTrade trade)
    {
        if (world.FindCondition(trade.Match.Condition) is not { } market || trade.MinedAt is not { } mined)
            return;
        Remove(trade.Match.Transaction); // the tape's print of the same match
        Add(new FillTx(trade.Transaction, trade.Match.At, market.Market, trade.Match.Taker, trade.Match.Makers), BlockFor(mined));
    }

    public void Include(LeaderTraded traded)
    {
        if (world.FindCondition(traded.Condition) is { } market)
            Add(FillOf(traded, market.Market), BlockFor(traded.At));
    }

    /// <summary>A control leader's trade as a transaction.</summary>
    public static FillTx FillOf(LeaderTraded traded, SimMarket market) => new(
        traded.Transaction, traded.At, market, traded.Taker, traded.Makers, traded.Granted > 0 ? new Movement(Bank, traded.Leader, traded.Token, traded.Granted) : null);

    public void Include(HoldingsMoved moved)
    {
        if (world.FindCondition(moved.Condition) is { } market)
            Add(MoveOf(moved, market.Market), BlockFor(moved.At));
    }

    private MoveTx MoveOf(HoldingsMoved moved, SimMarket market)
    {
        var tx = new MoveTx(moved.Transaction, moved.At, market, moved.Kind, moved.Wallet, moved.Counterparty, moved.Amounts, moved.Payout);
        return moved.Kind != MoveKind.Convert ? tx : tx with
        {
            Amounts = [0, moved.Amounts[0]],
            Gets = [.. moved.Tokens.Skip(1).Select(token => world.FindToken(token.Digits)?.Market.Market).OfType<SimMarket>()],
        };
    }

    /// <summary>A trade between strangers; kept for a while only.</summary>
    public void IncludeStrangers(FillTx fill, long block)
    {
        if (_places.ContainsKey(fill.Hash))
            return;
        Add(fill, block);
        _strangers.Add(fill.Hash);
        _forget.Enqueue((block, fill.Hash));
        while (_forget.TryPeek(out var oldest) && oldest.Block < Head - StrangersKept)
            Remove(_forget.Dequeue().Hash);
    }

    /// <summary>Takes back what is in no block yet.</summary>
    public void Forget(string hash)
    {
        if (_places.TryGetValue(hash, out var block) && block > Head)
            Remove(hash);
    }

    /// <summary>A settlement was undone: when it is in a block already, that block is replaced by one without it.</summary>
    public void Drop(Books.Entry entry, string hash)
    {
        if (!_places.TryGetValue(hash, out var block))
            return;
        if (block > Head)
            Remove(hash);
        else
            Reorganize(entry, (int)(Head - block + 1), tx => tx.Hash == hash, delay: 0, tells: true);
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
        // Strangers last: they are forgotten one day, and no other log may get another index by that.
        foreach (var tx in transactions.OrderBy(tx => _strangers.Contains(tx.Hash)).ThenBy(tx => tx.Hash, StringComparer.Ordinal))
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
            .Where(placed => placed.Block <= head).OrderBy(placed => placed.Block).ThenBy(placed => placed.Tx.Hash, StringComparer.Ordinal)];
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

    /// <summary>True when the transaction was thrown out by a reorganisation.</summary>
    public bool IsDropped(string hash) => _dropped.Contains(hash);

    /// <summary>Replaces the newest blocks.</summary>
    /// <param name="entry">The command it is part of.</param>
    /// <param name="depth">How many; no finalized one.</param>
    /// <param name="loses">Whether a transaction of these blocks is lost; the others come back.</param>
    /// <param name="delay">How many blocks later they come back.</param>
    /// <param name="tells">Whether subscribers of logs hear that they were removed.</param>
    public ChainReorganized Reorganize(Books.Entry entry, int depth, Func<ChainTx, bool> loses, int delay, bool tells)
    {
        var head = Head;
        var from = head - depth + 1;
        var gone = new List<(MinedTx, string)>();
        var dropped = new List<string>();
        var moved = new Dictionary<string, long>();
        foreach (var block in Blocks(from, head))
        {
            var hash = HashOf(block[0].Block).ToString();
            foreach (var mined in block)
            {
                gone.Add((mined, hash));
                if (loses(mined.Tx))
                    dropped.Add(mined.Tx.Hash);
                else if (delay > 0)
                    moved[mined.Tx.Hash] = head + delay;
            }
        }
        var reorg = new ChainReorganized(from, head, dropped, moved, NowMs);
        entry.Apply(reorg);
        Replace(reorg);
        Reorganized?.Invoke(gone, reorg, tells);
        return reorg;
    }

    private int EpochOf(long block) => books.Ledger.Reorgs.Count(reorg => reorg.From <= block && block <= reorg.To);

    private void Replace(ChainReorganized reorg)
    {
        _laid.Clear();
        foreach (var hash in reorg.Dropped)
        {
            _dropped.Add(hash);
            Remove(hash);
        }
        foreach (var (hash, block) in reorg.Moved)
        {
            var tx = _places.TryGetValue(hash, out var place) ? _blocks[place].Find(tx => tx.Hash == hash) : seeded.BlockOf(hash) is { } at ? seeded.Between(at, at).FirstOrDefault(tx => tx.Hash == hash) : null;
            if (tx is null)
                continue;
            var isStrangers = _strangers.Contains(hash);
            Remove(hash);
            Add(tx, block);
            if (isStrangers)
                _strangers.Add(hash);
        }
    }

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

/// <summary>What the seed put on chain, found by block; a pure function of seed and time.</summary>
internal interface ISeededChain
{
    /// <summary>What lies in a range of blocks, in no order.</summary>
    IEnumerable<ChainTx> Between(long from, long to);

    /// <summary>What concerns a wallet up to a block, oldest first.</summary>
    IEnumerable<ChainTx> Of(Address wallet, long block);

    /// <summary>The block of a transaction, when the hash is one of the seed's.</summary>
    long? BlockOf(string hash);
}
