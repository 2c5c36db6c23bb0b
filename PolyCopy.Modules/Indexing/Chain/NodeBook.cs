using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>How a node behaves: whether it may be asked, how wide a range it takes.</summary>
internal sealed class NodeState(IChainNode node)
{
    private const long Widest = 2_000;
    private const int WidenAfter = 100;
    private int _answers;

    public IChainNode Node { get; } = node;

    public string Name => Node.Name;

    /// <summary>Blocks per query; halved at each refusal, widened again after a hundred answers.</summary>
    public long Span { get; private set; } = Widest;

    public bool IsChecked { get; set; }

    public int Failures { get; private set; }

    public DateTimeOffset RestsUntil { get; private set; }

    /// <summary>Why it is not used.</summary>
    public string? Fault { get; private set; }

    public void Halve(long asked)
    {
        Span = Math.Max(1, Math.Min(Span, asked) / 2);
        _answers = 0;
    }

    public void Answered()
    {
        if (++_answers < WidenAfter || Span >= Widest)
            return;
        Span = Math.Min(Widest, Span * 2);
        _answers = 0;
    }

    public void Works()
    {
        Failures = 0;
        Fault = null;
    }

    public void Fails(string reason, TimeSpan? wait, DateTimeOffset now)
    {
        Failures++;
        Fault = reason;
        IsChecked = false;
        var backOff = TimeSpan.FromSeconds(Math.Min(30, Math.Pow(2, Math.Min(Failures, 5)) / 2));
        RestsUntil = now + (wait > backOff ? wait.Value : backOff);
    }
}

/// <summary>The nodes in order of preference. One on the wrong chain is never read.</summary>
internal sealed class NodeBook(IChain chain, Contracts contracts, TimeProvider clock)
{
    private readonly Lazy<IReadOnlyList<NodeState>> _all = new(() => [.. chain.Nodes.Select(n => new NodeState(n))]);

    public IReadOnlyList<NodeState> All => _all.Value;

    /// <summary>Those that may be asked now, best first.</summary>
    public IEnumerable<NodeState> Usable() => All.Where(n => n.RestsUntil <= clock.GetUtcNow());

    /// <summary>Why none answers, in one sentence.</summary>
    public string Fault => All.Count == 0 ? "no chain endpoint is set (Venue:RpcUrls)" : string.Join("; ", All.Select(n => n.Fault).OfType<string>().DefaultIfEmpty("no endpoint has answered yet"));

    public void Fails(NodeState node, VenueException fault) => node.Fails(fault.Message, fault.RetryAfter, clock.GetUtcNow());

    /// <summary>A balance by the first of them that answers, micro-units; null when none does, or it is no number of ours.</summary>
    public async Task<long?> BalanceAsync(Address contract, string wallet, UInt256? id, long block, CancellationToken ct)
    {
        foreach (var node in Usable().ToList())
        {
            try
            {
                await CheckAsync(node, ct);
                if (await node.Node.BalanceAsync(contract, Address.Parse(wallet), id, block, ct) is { } balance && balance.TryToInt64(out var micros))
                    return micros;
            }
            catch (VenueException e)
            {
                Fails(node, e);
            }
        }
        return null;
    }

    /// <exception cref="VenueException">It serves another chain, or does not answer.</exception>
    public async Task CheckAsync(NodeState node, CancellationToken ct)
    {
        if (node.IsChecked)
            return;
        var id = await node.Node.ChainIdAsync(ct);
        if (id != contracts.ChainId)
            throw new VenueException(VenueFailure.Refused, $"{node.Name} serves chain {id}, not {contracts.ChainId}", TimeSpan.FromMinutes(1));
        node.IsChecked = true;
    }
}
