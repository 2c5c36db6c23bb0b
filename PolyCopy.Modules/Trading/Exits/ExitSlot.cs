using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>The exits of one token. A quote that crosses nothing reads three numbers and is done; everything else happens under the gate, which is held for memory work only.</summary>
internal sealed class ExitSlot(TokenId token, long ticksPerSecond)
{
    private readonly Lock _gate = new();
    private readonly ExitHeap _upper = new(); // takes and break-even moves, by trigger
    private readonly ExitHeap _lower = new(); // stops, by minus trigger
    private readonly TrailGroups _trails = new();
    private int _fireAt = int.MaxValue;   // a bid at or above it crosses
    private int _fireBelow = -1;          // a bid at or below it crosses
    private int _raiseAbove = int.MaxValue; // a bid above it is a new peak
    private FallWindow _falls = new(ticksPerSecond / 4);

    public TokenId Token { get; } = token;

    public int Count { get { lock (_gate) return _upper.Count + _lower.Count + _trails.Count; } }

    /// <summary>Work done under the gate by quotes and changes so far.</summary>
    public long Steps { get { lock (_gate) return _upper.Steps + _lower.Steps + _trails.Steps; } }

    /// <summary>Remembers the bid for the second look; only the feed's thread calls it.</summary>
    public void Note(int bid, long receivedAt) => _falls.Note(bid, receivedAt);

    /// <summary>The feed was away: what the bid was before it says nothing about a fall now.</summary>
    public void Forget() => _falls.Forget();

    public bool IsQuietAt(int bid) => bid < Volatile.Read(ref _fireAt) && bid > Volatile.Read(ref _fireBelow) && bid <= Volatile.Read(ref _raiseAbove);

    /// <summary>Whether a guarded stop must be looked at twice: the bid fell by more than a tenth within a second and nothing was traded down there, or the spread is over a fifth of the mid.</summary>
    public bool IsOdd(in Quote quote)
    {
        var bid = quote.TriggerBid.TenThousandths;
        var high = _falls.High;
        var fell = bid * 10L < high * 9L;
        var printed = quote.LastTrade > Price.Zero && quote.LastTrade.TenThousandths * 10L <= high * 9L && quote.ReceivedAt - quote.LastTradeAt <= ticksPerSecond;
        return (fell && !printed) || IsWide(quote.BestBid, quote.BestAsk);
    }

    public static bool IsWide(Price bid, Price ask) => (ask.TenThousandths - bid.TenThousandths) * 10L > ask.TenThousandths + bid.TenThousandths;

    /// <summary>Puts an exit among the armed ones if it still is in the expected state.</summary>
    public bool Arm(ArmedExit exit, ExitState from)
    {
        lock (_gate)
        {
            if (exit.State != from)
                return false;
            exit.State = ExitState.Armed;
            Insert(exit);
            return true;
        }
    }

    /// <summary>Moves an exit from one state to another; out of Armed it leaves the heaps.</summary>
    public bool Move(ArmedExit exit, ExitState from, ExitState to)
    {
        lock (_gate)
        {
            if (exit.State != from)
                return false;
            if (from == ExitState.Armed)
                Extract(exit);
            exit.State = to;
            return true;
        }
    }

    /// <summary>Ends it whatever it does; the state it was in.</summary>
    public ExitState End(ArmedExit exit)
    {
        lock (_gate)
        {
            var was = exit.State;
            if (was == ExitState.Armed)
                Extract(exit);
            exit.State = ExitState.Off;
            return was;
        }
    }

    public void Raise(int bid)
    {
        lock (_gate)
        {
            _trails.Raise(bid);
            Publish();
        }
    }

    /// <summary>Takes the next exit that the bid crosses, stops first; it is Queued then.</summary>
    public ArmedExit? Take(int bid)
    {
        lock (_gate)
        {
            var exit = _lower.Top is { } stop && -stop.Key >= bid ? _lower.Pop()
                : _trails.Pop(bid) ?? (_upper.Top is { } take && take.Key <= bid ? _upper.Pop() : null);
            if (exit is not null)
                exit.State = ExitState.Queued;
            Publish();
            return exit;
        }
    }

    private void Insert(ArmedExit exit)
    {
        if (exit.IsTimed)
            return;
        if (exit.Kind == ExitKind.Trailing)
        {
            _trails.Add(exit);
        }
        else if (exit.IsUpper)
        {
            exit.Key = exit.Trigger.TenThousandths;
            _upper.Add(exit);
        }
        else
        {
            exit.Key = -exit.Trigger.TenThousandths;
            _lower.Add(exit);
        }
        Publish();
    }

    private void Extract(ArmedExit exit)
    {
        if (exit.IsTimed)
            return;
        if (exit.Kind == ExitKind.Trailing)
            _trails.Remove(exit);
        else
            (exit.IsUpper ? _upper : _lower).Remove(exit);
        Publish();
    }

    private void Publish()
    {
        Volatile.Write(ref _fireAt, _upper.Top?.Key ?? int.MaxValue);
        Volatile.Write(ref _fireBelow, Math.Max(-(_lower.Top?.Key ?? 1), _trails.HighestThreshold));
        Volatile.Write(ref _raiseAbove, _trails.LowestPeak);
    }
}

/// <summary>The highest bid of the last second, kept in quarter-second steps: one comparison on most quotes.</summary>
internal struct FallWindow(long step)
{
    private long _start;
    private int _last, _now, _q1, _q2, _q3, _q4;
    private bool _known;

    /// <summary>Covers at least one second and at most one and a quarter.</summary>
    public readonly int High => Math.Max(Math.Max(Math.Max(_now, _q1), Math.Max(_q2, _q3)), _q4);

    public void Note(int bid, long at)
    {
        if (at - _start >= step)
            Turn(bid, at);
        if (bid > _now)
            _now = bid;
        _last = bid;
    }

    public void Forget() => this = new FallWindow(step);

    private void Turn(int bid, long at)
    {
        if (!_known)
        {
            _known = true;
            _last = bid;
            _start = at;
            _now = _q1 = _q2 = _q3 = _q4 = bid;
            return;
        }
        // a bid stands until the next one: steps without a quote were at the last bid
        for (var turns = Math.Min(5, (at - _start) / step); turns > 0; turns--)
            (_q4, _q3, _q2, _q1, _now) = (_q3, _q2, _q1, _now, _last);
        _start = at - ((at - _start) % step);
    }
}
