using System.Collections.Concurrent;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>An order of an exit that may still fill.</summary>
internal sealed class ExitFlight(ArmedExit exit, Guid orderId, long since)
{
    public ArmedExit Exit { get; } = exit;
    public Guid OrderId { get; } = orderId;
    public long Since { get; } = since;

    /// <summary>The sender has not answered yet: what listeners hear meanwhile is kept in Heard, so that a burst is recorded as one.</summary>
    public bool Sending { get; set; } = true;

    public OrderOutcome? Heard { get; set; }
}

/// <summary>Orders of exits on their way, by order id. The orders table is the truth; this only saves asking it.</summary>
internal sealed class ExitFlights(TimeProvider clock)
{
    private readonly ConcurrentDictionary<Guid, ExitFlight> _flights = new();

    public int Count => _flights.Count;

    public void Add(ArmedExit exit, Guid orderId, bool sending) => _flights[orderId] = new ExitFlight(exit, orderId, clock.GetTimestamp()) { Sending = sending };

    public ExitFlight? Find(Guid orderId) => _flights.GetValueOrDefault(orderId);

    public void Remove(Guid orderId) => _flights.TryRemove(orderId, out _);

    /// <summary>Those that have been out for a while without a last word: their orders are read again.</summary>
    public IReadOnlyList<ExitFlight> OlderThan(TimeSpan age) => [.. _flights.Values.Where(f => clock.GetElapsedTime(f.Since) > age)];

    /// <summary>Notes what a listener heard; true when the sender will deal with it.</summary>
    public static bool Hear(ExitFlight flight, OrderOutcome outcome)
    {
        lock (flight)
        {
            if (!flight.Sending)
                return false;
            if (flight.Heard is not { Terminal: true })
                flight.Heard = outcome;
            return true;
        }
    }

    /// <summary>The sender has its answer: the later word of the two counts.</summary>
    public static OrderOutcome Landed(ExitFlight flight, OrderOutcome answer)
    {
        lock (flight)
        {
            flight.Sending = false;
            // the user channel may be faster than the answer, but only the answer knows when it was sent
            return flight.Heard is { } heard && (heard.Terminal || !answer.Terminal) && !answer.Held
                ? heard with { SubmittedAt = answer.SubmittedAt ?? heard.SubmittedAt, AckedAt = answer.AckedAt ?? heard.AckedAt }
                : answer;
        }
    }
}
