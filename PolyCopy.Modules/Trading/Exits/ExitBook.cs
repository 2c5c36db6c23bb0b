using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>An exit that a quote crossed, on its way to the executor.</summary>
/// <param name="At">Timestamp of the judged tick, or of the judgement that led here after a wait.</param>
/// <param name="LookAgain">Guarded, and the quote was odd: look a second time before deciding.</param>
internal readonly record struct Firing(ArmedExit Exit, Price BestBid, Price TriggerBid, long At, long Version, bool LookAgain);

/// <summary>All armed exits by token. It hears every quote first; a quote that crosses nothing costs the same however many exits there are.</summary>
internal sealed class ExitBook(TimeProvider clock) : IQuoteListener
{
    // Full: the exit goes back among the armed ones and is taken again by the next quote or by the sweep each second. Nothing is dropped.
    private readonly Channel<Firing> _firings = Channel.CreateBounded<Firing>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly ConcurrentDictionary<Guid, ArmedExit> _exits = new();
    private readonly ConcurrentDictionary<Guid, HeldPosition> _positions = new();
    private readonly SemaphoreSlim[] _editing = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly Lock _growth = new();
    private ExitSlot?[] _slots = new ExitSlot?[1024];
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _full;

    public const int Capacity = 65_536;

    public int Order => 0;

    /// <summary>Completes when every exit that may still sell is in memory.</summary>
    public Task Loaded => _loaded.Task;

    public void SetLoaded() => _loaded.TrySetResult();

    public ChannelReader<Firing> Firings => _firings.Reader;

    /// <summary>How often the channel had no room.</summary>
    public long TimesFull => Interlocked.Read(ref _full);

    public IEnumerable<ArmedExit> Exits => _exits.Values;

    public IEnumerable<ExitSlot> Slots => Volatile.Read(ref _slots).OfType<ExitSlot>();

    public void OnQuote(in Quote quote)
    {
        var slots = Volatile.Read(ref _slots);
        if ((uint)quote.Slot >= (uint)slots.Length || slots[quote.Slot] is not { } slot)
            return;
        if (quote.Trust is not (QuoteTrust.Live or QuoteTrust.Rest))
        {
            if (quote.Trust == QuoteTrust.None)
                slot.Forget();
            return;
        }
        var bid = quote.TriggerBid.TenThousandths;
        slot.Note(bid, quote.ReceivedAt);
        if (!slot.IsQuietAt(bid))
            Cross(slot, quote);
    }

    /// <summary>Judges a quote that did not come just now: after arming, and in the sweep.</summary>
    public void Judge(in Quote quote)
    {
        var slots = Volatile.Read(ref _slots);
        if (quote.Trust is QuoteTrust.Live or QuoteTrust.Rest && (uint)quote.Slot < (uint)slots.Length && slots[quote.Slot] is { } slot && !slot.IsQuietAt(quote.TriggerBid.TenThousandths))
            Cross(slot, quote with { ReceivedAt = clock.GetTimestamp() });
    }

    /// <summary>Hands a waiting exit to the executor; false when it is not waiting any more or there is no room now.</summary>
    public bool Fire(ArmedExit exit, Price bestBid, Price triggerBid, long version)
    {
        if (!exit.Slot.Move(exit, ExitState.Waiting, ExitState.Queued))
            return false;
        if (_firings.Writer.TryWrite(new Firing(exit, bestBid, triggerBid, clock.GetTimestamp(), version, LookAgain: false)))
            return true;
        exit.Slot.Move(exit, ExitState.Queued, ExitState.Waiting);
        return false;
    }

    public ExitSlot Slot(int number, TokenId token)
    {
        lock (_growth)
        {
            if (number >= _slots.Length)
            {
                var larger = new ExitSlot?[Math.Max(number + 1, _slots.Length * 2)];
                _slots.CopyTo(larger, 0);
                Volatile.Write(ref _slots, larger);
            }
            return _slots[number] ??= new ExitSlot(token, clock.TimestampFrequency);
        }
    }

    public ArmedExit? Find(Guid exitId) => _exits.GetValueOrDefault(exitId);

    /// <summary>What is known of a position that has, or is about to get, exits.</summary>
    public HeldPosition Position(Guid positionId) => _positions.GetOrAdd(positionId, static id => new HeldPosition(id));

    /// <summary>Serialises changes of a position's exits by owners and by fills. Held for one position at a time.</summary>
    public SemaphoreSlim Editing(Guid positionId) => _editing[(uint)positionId.GetHashCode() % (uint)_editing.Length];

    public HeldPosition? TryPosition(Guid positionId) => _positions.GetValueOrDefault(positionId);

    /// <summary>Adds a new arming in the given state; an older arming of the same exit ends.</summary>
    public void Add(ArmedExit exit, ExitState state)
    {
        if (_exits.TryGetValue(exit.Id, out var older) && older != exit)
            older.Slot.End(older);
        exit.State = ExitState.Held;
        _exits[exit.Id] = exit;
        Position(exit.PositionId).Add(exit);
        if (state == ExitState.Armed)
            exit.Slot.Arm(exit, ExitState.Held);
        else
            exit.Slot.Move(exit, ExitState.Held, state);
    }

    /// <summary>Ends an exit and forgets it; the state it was in.</summary>
    public ExitState Remove(ArmedExit exit)
    {
        var was = exit.Slot.End(exit);
        ((ICollection<KeyValuePair<Guid, ArmedExit>>)_exits).Remove(new(exit.Id, exit));
        TryPosition(exit.PositionId)?.Remove(exit);
        return was;
    }

    /// <summary>The position is gone, and all its exits with it.</summary>
    public IReadOnlyList<ArmedExit> RemovePosition(Guid positionId)
    {
        if (!_positions.TryRemove(positionId, out var position))
            return [];
        var exits = position.Exits;
        foreach (var exit in exits)
        {
            exit.PositionGone = true;
            Remove(exit);
        }
        return exits;
    }

    /// <summary>Forgets a position that has no exits after all.</summary>
    public void Release(HeldPosition position)
    {
        if (position.Exits.Count == 0)
            ((ICollection<KeyValuePair<Guid, HeldPosition>>)_positions).Remove(new(position.Id, position));
    }

    // Kept out of OnQuote so that the common path stays small enough to be inlined and never allocates.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Cross(ExitSlot slot, in Quote quote)
    {
        var bid = quote.TriggerBid.TenThousandths;
        slot.Raise(bid);
        var odd = slot.IsOdd(quote);
        while (slot.Take(bid) is { } exit)
        {
            if (_firings.Writer.TryWrite(new Firing(exit, quote.BestBid, quote.TriggerBid, quote.ReceivedAt, quote.Version, odd && exit.Guarded)))
                continue;
            Interlocked.Increment(ref _full);
            slot.Arm(exit, ExitState.Queued);
            return;
        }
    }
}
