using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Trading's numbers from 70 on.</summary>
internal static class ExitEventIds
{
    public const int Fired = EventIds.Trading + 70;
    public const int Refused = EventIds.Trading + 71;
    public const int NotWritten = EventIds.Trading + 72;
    public const int HeldBack = EventIds.Trading + 73;
    public const int Loaded = EventIds.Trading + 74;
    public const int LookFailed = EventIds.Trading + 75;
    public const int Suspended = EventIds.Trading + 76;
    public const int Resumed = EventIds.Trading + 77;
    public const int SweepFailed = EventIds.Trading + 78;
    public const int Protection = EventIds.Trading + 79;
    public const int NotLoaded = EventIds.Trading + 80;
    public const int Moved = EventIds.Trading + 81;
    public const int NotRehearsed = EventIds.Trading + 83;
    public const int NotMoved = EventIds.Trading + 82;
}
