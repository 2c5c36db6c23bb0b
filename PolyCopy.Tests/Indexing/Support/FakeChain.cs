using System.Collections.Concurrent;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Indexing.Support;

/// <summary>A chain the test mines itself, seen through nodes that may lag, hide, refuse or contradict each other.</summary>
internal sealed class FakeChain : IChain
{
    private readonly TimeProvider _clock;
    private int _salt;

    public FakeChain(TimeProvider clock, int nodes)
    {
        _clock = clock;
        for (var i = 0; i < nodes; i++)
            All.Add(new FakeNode(this, $"node{i + 1}"));
        for (var i = 0; i < 30; i++)
            Mine();
    }

    public List<FakeNode> All { get; } = [];

    public List<FakeBlock> Blocks { get; } = [];

    public ConcurrentDictionary<Address, byte> Code { get; } = new();

    public ConcurrentDictionary<(Address, UInt256), long> Balances { get; } = new();

    public FakeBlock Head => Blocks[^1];

    IReadOnlyList<IChainNode> IChain.Nodes => All;

    public Task<string> ListenAsync(ChainQuery what, Action<bool> wake, CancellationToken ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct).ContinueWith(_ => "stopped", TaskScheduler.Default);

    /// <summary>A block with these logs, at the clock's time.</summary>
    public FakeBlock Mine(params FakeLog[] logs) => Mine(_clock.GetUtcNow(), logs);

    public FakeBlock Mine(DateTimeOffset at, params FakeLog[] logs)
    {
        var number = 1_000 + Blocks.Count;
        var block = new FakeBlock(new ChainBlock(number, Keccak.Hash($"block {number} {_salt}"), Blocks.Count == 0 ? default : Head.Header.Hash, DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds())), logs);
        Blocks.Add(block);
        return block;
    }

    /// <summary>Drops the newest blocks; what is mined next has other hashes.</summary>
    public List<FakeBlock> Drop(int depth)
    {
        var dropped = Blocks.GetRange(Blocks.Count - depth, depth);
        Blocks.RemoveRange(Blocks.Count - depth, depth);
        _salt++;
        return dropped;
    }
}

internal sealed record FakeBlock(ChainBlock Header, FakeLog[] Logs);

internal sealed record FakeLog(Address Contract, Bytes32[] Topics, byte[] Data, Bytes32 Transaction)
{
    private static int _transactions;

    public static Bytes32 NewTransaction() => Keccak.Hash($"transaction {Interlocked.Increment(ref _transactions)}");

    /// <summary>An order of the wallet was filled at the standard V2 exchange; taker when no aggressor is named.</summary>
    public static FakeLog Fill(Address wallet, Side side, long token, decimal shares, decimal price, Bytes32? transaction = null, Address? aggressor = null)
    {
        var exchange = Exchanges.For(137, 2, false).Address;
        var (micros, collateral) = ((long)(shares * 1_000_000), (long)(shares * price * 1_000_000));
        var (maker, taker) = side == Side.Buy ? (collateral, micros) : (micros, collateral);
        return new FakeLog(exchange, [FillLog.TopicV2, Keccak.Hash($"order {transaction} {wallet}"), FillLog.Topic(wallet), FillLog.Topic(aggressor ?? exchange)], Words((long)side, token, maker, taker, 0, 0, 0), transaction ?? NewTransaction());
    }

    public static FakeLog Transfer(Address from, Address to, long token, decimal shares, Bytes32? transaction = null) =>
        new(Address.Parse("0x4D97DCd97eC945f40cF65F87097ACe5EA0476045"), [TransferLog.Single, FillLog.Topic(from), FillLog.Topic(from), FillLog.Topic(to)], Words(token, (long)(shares * 1_000_000)), transaction ?? NewTransaction());

    /// <summary>An event that only says by its name what happened.</summary>
    public static FakeLog Event(string signature, int topics, Bytes32 transaction) =>
        new(Address.Parse("0x4D97DCd97eC945f40cF65F87097ACe5EA0476045"), [Keccak.Hash(signature), .. Enumerable.Repeat(default(Bytes32), topics - 1)], [], transaction);

    public static byte[] Words(params long[] values)
    {
        var data = new byte[values.Length * 32];
        for (var i = 0; i < values.Length; i++)
            ((UInt256)values[i]).CopyTo(data.AsSpan(i * 32));
        return data;
    }
}

internal sealed class FakeNode(FakeChain chain, string name) : IChainNode
{
    public string Name { get; } = name;

    public long Id { get; set; } = 137;

    /// <summary>Blocks it has not got yet.</summary>
    public int Behind { get; set; }

    /// <summary>Answers every question for logs with none.</summary>
    public bool Hides { get; set; }

    /// <summary>Does not know any block by its hash, as a node behind the same address that is behind.</summary>
    public bool Forgets { get; set; }

    public long MaxSpan { get; set; } = long.MaxValue;

    public VenueException? Fault { get; set; }

    /// <summary>What it says anybody holds, instead of the chain.</summary>
    public long? Balance { get; set; }

    /// <summary>Its own branch instead of the chain's.</summary>
    public List<FakeBlock>? Branch { get; set; }

    public ConcurrentQueue<(long From, long To)> Reads { get; } = new();

    public int Calls { get; private set; }

    private List<FakeBlock> Blocks => (Branch ?? chain.Blocks) is var all && Behind == 0 ? all : all.GetRange(0, all.Count - Behind);

    public Task<long> ChainIdAsync(CancellationToken ct) => Answer(() => Id);

    public Task<ChainBlock> HeadAsync(CancellationToken ct) => Answer(() => Blocks[^1].Header);

    public Task<ChainBlock?> FinalizedAsync(CancellationToken ct) => Answer<ChainBlock?>(() => Blocks[^4].Header);

    public Task<ChainBlock?> BlockAsync(long number, CancellationToken ct) => Answer(() => Blocks.Find(b => b.Header.Number == number)?.Header);

    public Task<ChainBlock?> BlockAsync(Bytes32 hash, CancellationToken ct) => Answer(() => Forgets ? null : Blocks.Find(b => b.Header.Hash == hash)?.Header);

    public Task ReadLogsAsync(ChainQuery query, ChainLogReader read, CancellationToken ct) => Answer(() =>
    {
        if (query.To - query.From + 1 > MaxSpan)
            throw new VenueException(VenueFailure.TooWide, "block range too wide");
        Reads.Enqueue((query.From, query.To));
        foreach (var block in Hides ? [] : Blocks.Where(b => b.Header.Number >= query.From && b.Header.Number <= query.To).ToList())
            for (var i = 0; i < block.Logs.Length; i++)
                if (query.Contracts.Contains(block.Logs[i].Contract) && query.Topics.Select((t, n) => t is null || (n < block.Logs[i].Topics.Length && t.Contains(block.Logs[i].Topics[n]))).All(m => m))
                    Read(block, i, read);
        return true;
    });

    public Task<bool> ReadReceiptAsync(Bytes32 transaction, ChainLogReader read, CancellationToken ct) => Answer(() =>
    {
        var found = false;
        foreach (var block in Blocks)
            for (var i = 0; i < block.Logs.Length; i++)
                if (block.Logs[i].Transaction == transaction)
                {
                    Read(block, i, read);
                    found = true;
                }
        return found;
    });

    public Task<bool> HasCodeAsync(Address address, CancellationToken ct) => Answer(() => chain.Code.ContainsKey(address));

    public Task<UInt256?> BalanceAsync(Address contract, Address owner, UInt256? id, long block, CancellationToken ct) =>
        Answer<UInt256?>(() => Balance is { } said ? said : chain.Balances.TryGetValue((owner, id ?? default), out var held) ? held : null);

    private static void Read(FakeBlock block, int index, ChainLogReader read)
    {
        var log = block.Logs[index];
        read(new ChainLog
        {
            Contract = log.Contract,
            TopicCount = log.Topics.Length,
            Topic0 = log.Topics[0],
            Topic1 = log.Topics.ElementAtOrDefault(1),
            Topic2 = log.Topics.ElementAtOrDefault(2),
            Topic3 = log.Topics.ElementAtOrDefault(3),
            Data = log.Data,
            BlockNumber = block.Header.Number,
            BlockHash = block.Header.Hash,
            Transaction = log.Transaction,
            LogIndex = index,
        });
    }

    private Task<T> Answer<T>(Func<T> answer)
    {
        Calls++;
        if (Fault is { } fault)
            return Task.FromException<T>(fault);
        try
        {
            return Task.FromResult(answer());
        }
        catch (VenueException e)
        {
            return Task.FromException<T>(e);
        }
    }
}
