using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Where an order stands. The last five are terminal; a fill that appears later is booked all the same.</summary>
internal enum OrderStatus
{
    /// <summary>Committed; whether it was sent is not known.</summary>
    Planned,

    /// <summary>Being sent again; written before the POST.</summary>
    Submitted,

    Live,

    /// <summary>Matched at the venue; its fills are not all booked yet.</summary>
    Matched,

    Delayed,
    Unknown,
    Filled,
    PartiallyFilled,
    Cancelled,
    Rejected,
    Failed,
}

/// <summary>The words that stand in the tables.</summary>
internal static class OrderWords
{
    private static readonly string[] Statuses = ["planned", "submitted", "live", "matched", "delayed", "unknown", "filled", "partially_filled", "cancelled", "rejected", "failed"];
    private static readonly string[] Types = ["FAK", "FOK", "GTC", "GTD"];
    private static readonly string[] Sides = ["BUY", "SELL"];

    public static readonly OrderStatus[] Open = [OrderStatus.Planned, OrderStatus.Submitted, OrderStatus.Live, OrderStatus.Matched, OrderStatus.Delayed, OrderStatus.Unknown];

    public static bool IsTerminal(this OrderStatus status) => status >= OrderStatus.Filled;

    /// <summary>FAK and FOK: over at once, nothing rests.</summary>
    public static bool IsImmediate(this OrderType type) => type is OrderType.Fak or OrderType.Fok;

    public static string Word(this OrderStatus status) => Statuses[(int)status];

    public static string Word(this OrderType type) => Types[(int)type];

    public static string Word(this Side side) => Sides[(int)side];

    public static OrderStatus Status(string word) => (OrderStatus)Array.IndexOf(Statuses, word);

    public static OrderType Type(string word) => (OrderType)Array.IndexOf(Types, word);

    public static Side Side(string word) => (Side)Array.IndexOf(Sides, word);

    public static bool TryStatus(string word, out OrderStatus status)
    {
        status = Status(word);
        return (int)status >= 0;
    }
}
