using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Polymarket;

namespace PolyCopy.Tests.Streaming;

/// <summary>A whole session of the market channel, one message a line: every kind there is.</summary>
public class WireTests
{
    private const string Yes = "48331043336612883890938759509493159234755048973500640148014422747788308965732";
    private const string No = "79394533455137571402543168914306014873127346574571126435513284389173624112119";

    [Fact]
    public void Every_kind_of_message_is_read()
    {
        var sink = new RecordingSink(Yes, No);
        var scanner = new MarketSocketScanner(sink);
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Wire", "market-session.jsonl")))
            RecordingSink.Scan(scanner, Encoding.UTF8.GetBytes(line));
        sink.Lines.Should().Equal(
            $"book {Yes} bids [0.01 2500][0.4 310.5][0.41 1200][0.42 3.25] asks [0.99 9000][0.46 640][0.45 410.1][0.44 220] tick 0.01 min 5 at 1793361600000",
            $"book {No} bids [0.01 9000][0.54 640][0.55 410.1][0.56 220] asks [0.99 2500][0.6 310.5][0.59 1200][0.58 3.25] tick 0.01 min 5 at 1793361600000",
            $"change {Yes} Buy 0.42 80.75 best 0.42/0.44 at 1793361600412",
            $"change {No} Sell 0.58 80.75 best 0.56/0.58 at 1793361600412",
            $"trade {Yes} 0.44 at 1793361601003",
            $"change {Yes} Sell 0.44 0 best 0.42/0.45 at 1793361601003",
            $"change {No} Buy 0.56 0 best 0.55/0.58 at 1793361601003",
            $"book {Yes} bids [0.01 2500][0.4 310.5][0.41 1200][0.42 80.75] asks [0.99 9000][0.46 640][0.45 410.1] tick 0.01 min 5 at 1793361601003",
            $"tick {Yes} 0.001 at 1793361603000",
            $"resolved 0x4f1c7d0a5e3b9c8d2f6a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e {No}",
            "notice price_change without price_changes",
            "notice []",
            "notice NO NEW ASSETS",
            "notice INVALID OPERATION",
            "pong");
    }

    /// <summary>What the folder POLYCOPY_FIXTURES holds of market sessions ({"dir":"s2c","raw":"…"} a line); without it there is nothing to check.</summary>
    [Fact]
    public void Recorded_sessions_are_read_without_an_error()
    {
        if (Environment.GetEnvironmentVariable("POLYCOPY_FIXTURES") is not { Length: > 0 } folder)
            return;
        foreach (var file in Directory.EnumerateFiles(folder, "*ws_market*.jsonl", SearchOption.AllDirectories))
        {
            var sent = File.ReadLines(file).Select(l => JsonDocument.Parse(l).RootElement).Where(l => l.GetProperty("dir").GetString() == "s2c").Select(l => l.GetProperty("raw").GetString()!).ToArray();
            var tokens = sent.SelectMany(s => s.Split("\"asset_id\":\"").Skip(1).Select(p => p[..p.IndexOf('"')])).Distinct().ToArray();
            var sink = new RecordingSink(tokens);
            var scanner = new MarketSocketScanner(sink);
            foreach (var message in sent)
                RecordingSink.Scan(scanner, Encoding.UTF8.GetBytes(message));
            sink.Lines.Should().NotContain("malformed");
            sink.Lines.Count(l => l.StartsWith("book", StringComparison.Ordinal)).Should().BeGreaterThan(0);
        }
    }
}
