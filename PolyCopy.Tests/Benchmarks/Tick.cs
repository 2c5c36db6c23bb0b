using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Benchmarks;

/// <summary>The tick path without a socket, stage by stage: CPU nanoseconds per message of the load generator's ring.</summary>
internal static class Tick
{
    private const int Frames = 40_000;
    private const int Passes = 9;

    public static unsafe int Run(Arguments arguments)
    {
        var tokens = arguments.Number("count", 200);
        var random = new Random(1);
        var assets = Enumerable.Range(0, tokens).Select(_ => Serve.Token(random)).ToArray();
        var ring = new ServeRing(assets, Frames, 1);
        var passes = arguments.Number("passes", Passes);
        if (arguments.TextOrNull("positions") is { } only)
        {
            Measure(ring, $"whole path, {only} positions", new TickPath(assets, int.Parse(only, System.Globalization.CultureInfo.InvariantCulture)).Sink, passes);
            return 0;
        }
        Measure(ring, "touch", new NullSink(), passes, touch: true);
        Measure(ring, "scan", new NullSink(), passes);
        Measure(ring, "scan, find", new FindSink(assets), passes);
        foreach (var positions in new[] { 0, 1, 100, 10_000 })
        {
            var path = new TickPath(assets, positions);
            Measure(ring, $"whole path, {positions} positions", path.Sink, passes);
        }
        return 0;
    }

    private static unsafe void Measure(ServeRing ring, string what, IMarketSink sink, int passes, bool touch = false)
    {
        var scanner = new MarketSocketScanner(sink);
        var bytes = GC.AllocateUninitializedArray<byte>(ring.Offset(ring.Count) + 64, pinned: true);
        ring.Bytes.AsSpan(0, bytes.Length - 64).CopyTo(bytes);
        var starts = Enumerable.Range(0, ring.Count).Select(i => ring.Offset(i) + (bytes[ring.Offset(i) + 1] == 126 ? 4 : 2)).ToArray();
        var results = new List<double>();
        fixed (byte* start = bytes)
        {
            for (var pass = 0; pass < passes; pass++)
            {
                foreach (var dump in ring.Dump)
                {
                    var copy = new byte[dump.Length + 64];
                    dump.CopyTo(copy, 0);
                    fixed (byte* at = copy)
                    {
                        sink.Begin();
                        scanner.Scan(at + (dump[1] == 127 ? 10 : 4), dump.Length - (dump[1] == 127 ? 10 : 4));
                        sink.End(1);
                    }
                }
                var cpu = Environment.CpuUsage.UserTime;
                var sum = 0L;
                for (var i = 0; i < ring.Count; i++)
                {
                    if (i % 100 == 0)
                        sink.Begin();
                    var length = ring.Offset(i + 1) - starts[i];
                    if (touch)
                        sum += new ReadOnlySpan<byte>(start + starts[i], length).IndexOf((byte)0);
                    else
                        scanner.Scan(start + starts[i], length);
                    if (i % 100 == 99 || i == ring.Count - 1)
                        sink.End(100);
                }
                results.Add((Environment.CpuUsage.UserTime - cpu).TotalNanoseconds / ring.Count);
                GC.KeepAlive(sum);
            }
        }
        results.Sort();
        Console.WriteLine(JsonSerializer.Serialize(new { what, nanosecondsPerMessage = Math.Round(results[passes / 2]), best = Math.Round(results[0]) }));
    }

    private sealed class TickPath
    {
        public TickPath(string[] assets, int positions)
        {
            var engine = new FeedEngine(assets, positions);
            Sink = engine.Direct();
        }

        public IMarketSink Sink { get; }
    }

    private class NullSink : IMarketSink
    {
        private readonly Lock _gate = new();
        public void Begin() => _gate.Enter();
        public void End(int frames) => _gate.Exit();
        public virtual int Find(ReadOnlySpan<byte> token) => 0;
        public void Book(in BookMessage book) { }
        public void Changes(ReadOnlySpan<LevelChange> changes, long venueMs) { }
        public void Trade(int token, Price price, long venueMs) { }
        public void TickSize(int token, Price tick, long venueMs) { }
        public void Resolved(ReadOnlySpan<byte> conditionId, ReadOnlySpan<byte> winner) { }
        public void Pong() { }
        public void Notice(ReadOnlySpan<byte> text) { }
        public void Malformed(ReadOnlySpan<byte> message) => throw new InvalidDataException();
    }

    private sealed class FindSink : NullSink
    {
        private readonly TokenTable _table = new();

        public FindSink(string[] assets)
        {
            foreach (var asset in assets)
                _table.Add(System.Text.Encoding.ASCII.GetBytes(asset));
        }

        public override int Find(ReadOnlySpan<byte> token) => _table.Find(token);
    }
}
