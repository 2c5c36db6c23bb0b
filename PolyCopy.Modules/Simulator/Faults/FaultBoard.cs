using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Faults;

/// <summary>One fault that somebody switched on. Seconds run on the venue's clock from the moment it first holds.</summary>
internal sealed class ActiveFault(FaultKind kind, FaultRequest request, long openConnections)
{
    private readonly Random _random = new(request.Seed);

    public FaultKind Kind => kind;

    public FaultRequest Request => request;

    /// <summary>Connections with a higher id were opened afterwards.</summary>
    public long OpenConnections => openConnections;

    /// <summary>Frames or requests on the target since it was switched on.</summary>
    public long Seen { get; set; }

    /// <summary>How often it struck.</summary>
    public long Hits { get; private set; }

    public DateTimeOffset? Since { get; set; }

    /// <summary>Shares that the venue's cache does not show (F23).</summary>
    public Dictionary<(Address Wallet, TokenId Token), long> Hidden { get; } = [];

    /// <summary>When a balance was last re-read (F21, F22); no token means pUSD.</summary>
    public Dictionary<(Address Wallet, TokenId Token), DateTimeOffset> Refreshed { get; } = [];

    /// <summary>What the fault has dealt with already: markets of F18.</summary>
    public Dictionary<string, DateTimeOffset> Marks { get; } = [];

    public int Next(int below) => _random.Next(below);

    public double NextDouble() => _random.NextDouble();

    public bool Roll()
    {
        var hit = request.Probability >= 1 || _random.NextDouble() < request.Probability;
        if (hit)
            Hits++;
        return hit;
    }
}

/// <param name="After">Frames or requests that pass first.</param>
/// <param name="Seconds">How long it holds; null: until deleted.</param>
internal sealed record FaultRequest(string Fault, string Target, long After = 0, double? Seconds = null, double Probability = 1, int Seed = 0, string? Variant = null);

/// <summary>The faults that hold now. Everything that can go wrong on purpose asks here; with none switched on the question costs one read.</summary>
internal sealed class FaultBoard(SimClock clock)
{
    private const double PostOnlySeconds = 120;
    private const double RestartSeconds = 90;

    private readonly Lock _lock = new();
    private readonly List<ActiveFault> _faults = [];
    private volatile bool _any;

    /// <summary>Raised once per fault when it begins to hold; not under any lock.</summary>
    public event Action<ActiveFault>? Began;

    public bool Any => _any;

    public IReadOnlyList<ActiveFault> Active
    {
        get
        {
            lock (_lock)
            {
                Sweep();
                return [.. _faults];
            }
        }
    }

    /// <summary>Switches a fault on. The request was judged before.</summary>
    public ActiveFault Add(FaultKind kind, FaultRequest request, long openConnections)
    {
        var fault = new ActiveFault(kind, request, openConnections);
        lock (_lock)
        {
            _faults.Add(fault);
            _any = true;
            if (request.After <= 0)
                fault.Since = clock.GetUtcNow();
        }
        if (fault.Since is not null)
            Began?.Invoke(fault);
        return fault;
    }

    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
            _any = false;
        }
    }

    /// <summary>Counts a frame or request on the target.</summary>
    public void Touch(string target)
    {
        if (!_any)
            return;
        List<ActiveFault>? began = null;
        lock (_lock)
        {
            foreach (var fault in _faults)
            {
                if (fault.Request.Target != target || ++fault.Seen <= fault.Request.After || fault.Since is not null)
                    continue;
                fault.Since = clock.GetUtcNow();
                (began ??= []).Add(fault);
            }
        }
        foreach (var fault in began ?? [])
            Began?.Invoke(fault);
    }

    /// <summary>The fault when it holds on the target (null: on any) and its dice fell that way.</summary>
    public ActiveFault? Hit(string code, string? target = null)
    {
        if (!_any)
            return null;
        lock (_lock)
            return Find(code, target) is { } fault && fault.Roll() ? fault : null;
    }

    /// <summary>The fault while it holds, without rolling dice.</summary>
    public ActiveFault? Holding(string code, string? target = null)
    {
        if (!_any)
            return null;
        lock (_lock)
            return Find(code, target);
    }

    /// <summary>How the matching engine takes orders now, and for how long still.</summary>
    public (EngineMode Mode, int RetryAfterSeconds) Mode()
    {
        if (Hit("F28") is not { Since: { } since } fault)
            return (EngineMode.Normal, 0);
        var elapsed = (clock.GetUtcNow() - since).TotalSeconds;
        var left = Math.Max(1, (int)Math.Ceiling(Length(fault) is { } length ? length - elapsed : PostOnlySeconds));
        return fault.Request.Variant switch
        {
            "post-only" => (EngineMode.PostOnly, left),
            "cancel-only" => (EngineMode.CancelOnly, left),
            "disabled" => (EngineMode.Disabled, left),
            _ => elapsed < (fault.Request.Seconds ?? RestartSeconds) ? (EngineMode.Restarting, 0) : (EngineMode.PostOnly, left),
        };
    }

    private ActiveFault? Find(string code, string? target)
    {
        Sweep();
        foreach (var fault in _faults)
        {
            if (fault.Since is not null && fault.Kind.Code == code && (target is null || fault.Request.Target == target))
                return fault;
        }
        return null;
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        _faults.RemoveAll(fault => fault.Since is { } since && Length(fault) is { } length && now >= since.AddSeconds(length));
        _any = _faults.Count > 0;
    }

    private static double? Length(ActiveFault fault) => fault.Kind.Code == "F28" && fault.Request.Variant is null
        ? (fault.Request.Seconds ?? RestartSeconds) + PostOnlySeconds
        : fault.Request.Seconds;
}

/// <summary>What the matching engine takes.</summary>
internal enum EngineMode
{
    Normal,

    /// <summary>425 on every order endpoint.</summary>
    Restarting,

    /// <summary>Only post-only orders and cancels.</summary>
    PostOnly,

    CancelOnly,

    /// <summary>Nothing.</summary>
    Disabled,
}
