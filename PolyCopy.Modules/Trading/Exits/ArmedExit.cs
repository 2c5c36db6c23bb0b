using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Who may touch an exit now. Every change of it happens under the gate of its slot.</summary>
internal enum ExitState : byte
{
    /// <summary>In its slot's heaps: the next crossing quote takes it. A timed exit waits for its hour here.</summary>
    Armed,

    /// <summary>In the channel; the executor has not claimed it yet.</summary>
    Queued,

    /// <summary>The executor's: being decided, or an order of it may still fill.</summary>
    Firing,

    /// <summary>The judge's: it will be looked at again when its alarm rings.</summary>
    Waiting,

    /// <summary>The venue has no book for it.</summary>
    Suspended,

    /// <summary>Being changed by its owner: nobody may fire it.</summary>
    Held,

    /// <summary>Ended, cancelled or replaced by a newer arming.</summary>
    Off,
}

/// <summary>What a waiting exit waits for.</summary>
internal enum WaitFor : byte
{
    /// <summary>A second look: a newer book than the one that crossed.</summary>
    NewerBook,

    /// <summary>A back-off or the next attempt: the present book will do.</summary>
    PresentBook,

    /// <summary>Shares that are still settling or reserved; also kicked when the position's sellable shares grow.</summary>
    Shares,
}

/// <summary>One arming of an exit in memory: what it is never changes, where it stands does.</summary>
internal sealed class ArmedExit(Guid id, int arming, long userId, Guid walletId, Guid positionId, string marketId, TokenId token, ExitSlot slot, ExitKind kind)
{
    public Guid Id { get; } = id;
    public int Arming { get; } = arming;
    public long UserId { get; } = userId;
    public Guid WalletId { get; } = walletId;
    public Guid PositionId { get; } = positionId;
    public string MarketId { get; } = marketId;
    public TokenId Token { get; } = token;
    public ExitSlot Slot { get; } = slot;
    public ExitKind Kind { get; } = kind;
    public bool Guarded { get; init; }
    public decimal Fraction { get; init; } = 1;
    public Price Trigger { get; init; }
    public Price Trail { get; init; }

    /// <summary>Timed exits: when. Moves with the market's end for BeforeResolution.</summary>
    public DateTime? At { get; set; }

    public TimeSpan Before { get; init; }

    /// <summary>Fires at or above its trigger.</summary>
    public bool IsUpper => Kind is ExitKind.TakeProfit or ExitKind.BreakEven;

    public bool IsTimed => Kind is ExitKind.TimeStop or ExitKind.BeforeResolution;

    /// <summary>Must get out, price capped by slippage; sent before takes.</summary>
    public bool IsStop => !IsUpper;

    // Under the slot's gate: state and the links of the heap it sits in.
    internal ExitState State;
    internal int Key;
    internal ArmedExit? Child, Next, Prev;
    internal TrailGroup? Group;

    /// <summary>Trailing: the highest bid seen, when not in a group.</summary>
    internal int OwnPeak;

    // The judge's while Waiting.
    internal WaitFor Wait;
    internal long SeenVersion;

    /// <summary>Alarms set before the last one are void.</summary>
    internal long AlarmStamp;

    // The executor's while Firing.
    internal int Attempts;
    internal Shares? Target;
    internal Shares FilledBefore;

    /// <summary>What had come to the position when the present attempt was sized.</summary>
    internal Shares AddedSeen;
    internal Shares Filled;
    internal int Setbacks;

    /// <summary>It ended with its position.</summary>
    internal volatile bool PositionGone;
    internal bool Announced;
    internal bool Troubled;
    internal Guid? OrderId;
    internal string? OrderHash;
    internal string? Reason;
    internal DateTimeOffset? TickReceivedAt, DecidedAt, SubmittedAt, AckedAt;

    /// <summary>Trailing: the highest trigger bid since it was armed. Safe to read from any thread; it only grows.</summary>
    public int Peak => Group?.Current.Peak ?? OwnPeak;

    /// <summary>The peak the database knows.</summary>
    internal int StoredPeak;

    /// <summary>The bid at or below (takes: at or above) which it fires now.</summary>
    public int Threshold => Kind == ExitKind.Trailing ? Peak - Trail.TenThousandths : Trigger.TenThousandths;

    public bool IsCrossedBy(Price triggerBid) => IsTimed || (IsUpper ? triggerBid.TenThousandths >= Threshold : triggerBid.TenThousandths <= Threshold);
}
