using System.Diagnostics;
using System.Globalization;

namespace PolyCopy.Benchmarks;

/// <summary>What one client used between two moments.</summary>
internal sealed class Meter
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);

    private readonly Func<long> _elsewhere;
    private readonly long _elsewhereBefore;

    /// <summary>Begins with a fresh peak of resident memory.</summary>
    /// <param name="elsewhere">Bytes allocated by what does not belong to the messages.</param>
    public Meter(Func<long>? elsewhere)
    {
        _elsewhere = elsewhere ?? (static () => 0);
        _elsewhereBefore = _elsewhere();
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (IOException)
        {
        }
        catch (UnauthorizedAccessException)
        {
        }
    }

    public Usage Stop(long messages)
    {
        var seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        var cpu = (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds;
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - _allocated - (_elsewhere() - _elsewhereBefore);
        return new Usage(messages, seconds, messages / seconds, cpu / messages * 1e6, cpu / seconds, (double)allocated / messages, PeakMb());
    }

    private static double PeakMb()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
        return Math.Round(double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024, 1);
    }
}

internal sealed record Usage(long Messages, double Seconds, double PerSecond, double CpuSecondsPerMillion, double Cores, double BytesPerMessage, double PeakMb)
{
    /// <summary>The middle one by messages per second.</summary>
    public static Usage Median(IReadOnlyList<Usage> rounds)
    {
        var byRate = rounds.OrderBy(r => r.PerSecond).ToArray();
        var middle = byRate[byRate.Length / 2];
        return middle with
        {
            CpuSecondsPerMillion = rounds.Select(r => r.CpuSecondsPerMillion).Order().ElementAt(rounds.Count / 2),
            BytesPerMessage = rounds.Select(r => r.BytesPerMessage).Order().ElementAt(rounds.Count / 2),
            PeakMb = rounds.Max(r => r.PeakMb),
        };
    }
}
