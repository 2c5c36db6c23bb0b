using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

public class FixtureTests
{
    /// <summary>Reads every payload in the folder POLYCOPY_FIXTURES (recordings of the real venue) by what it looks like; without the folder there is nothing to check.</summary>
    [Fact]
    public void Recorded_payloads_are_understood()
    {
        if (Environment.GetEnvironmentVariable("POLYCOPY_FIXTURES") is not { Length: > 0 } folder)
            return;
        var read = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.json*", SearchOption.AllDirectories))
            foreach (var payload in file.EndsWith(".jsonl", StringComparison.Ordinal) ? File.ReadLines(file) : [File.ReadAllText(file)])
                read += Read(file, JsonDocument.Parse(payload).RootElement);
        read.Should().BePositive();
    }

    private static int Read(string file, JsonElement e)
    {
        if (e.ValueKind == JsonValueKind.Array)
            return e.EnumerateArray().Sum(i => Read(file, i));
        if (e.ValueKind != JsonValueKind.Object)
            return 0;
        if (e.TryGetProperty("raw", out var raw)) // a line of a session
            return e.GetProperty("dir").GetString() == "s2c" && raw.GetString() is { } text && text.StartsWith('{') ? Read(file, JsonDocument.Parse(text).RootElement) : 0;
        switch (e)
        {
            case var _ when e.TryGetProperty("conditionId", out _) && e.TryGetProperty("outcomes", out _):
                var market = GammaReader.Read(e);
                market.Should().NotBeNull(file);
                market!.Tokens.Should().HaveCount(market.Outcomes.Count, file);
                market.OutcomePrices.Should().HaveCount(market.Outcomes.Count, file);
                return 1;
            case var _ when e.TryGetProperty("bids", out var bids) && e.TryGetProperty("asset_id", out _):
                var book = ClobReader.Book(e, default);
                book!.Bids.Should().HaveCount(bids.GetArrayLength(), file).And.BeInDescendingOrder(l => l.Price);
                book.Asks.Should().BeInAscendingOrder(l => l.Price);
                if (book.Bids.Count > 0 && book.Asks.Count > 0)
                    (book.Bids[0].Price < book.Asks[0].Price).Should().BeTrue(file);
                return 1;
            case var _ when e.TryGetProperty("event_type", out var type) && type.GetString() == "order":
                AccountReader.Order(e, NullLogger.Instance).Should().NotBeNull(file);
                return 1;
            case var _ when e.TryGetProperty("event_type", out var type) && type.GetString() == "trade":
                var owner = new TestAccount { ApiKey = e.GetProperty("owner").GetString()! };
                AccountReader.Fills(e, owner, NullLogger.Instance).Should().ContainSingle(file).Which.Shares.Micros.Should().BePositive(file);
                return 1;
            case var _ when e.TryGetProperty("live", out _) && e.TryGetProperty("matched_gtc", out _):
                return e.EnumerateObject().Sum(p => Answer(p.Name, p.Value));
            default:
                return 0;
        }
    }

    private static int Answer(string name, JsonElement body)
    {
        var status = name.StartsWith("http_", StringComparison.Ordinal) ? int.Parse(name.AsSpan(5, 3), provider: System.Globalization.CultureInfo.InvariantCulture) : 200;
        var hash = body.TryGetProperty("orderID", out var id) && id.GetString() is { Length: > 0 } text ? text : "0x1";
        var answer = OrderAnswers.Read(hash, new VenueAnswer((System.Net.HttpStatusCode)status, System.Text.Encoding.UTF8.GetBytes(body.GetRawText()), "application/json", null));
        answer.Status.Should().Be(name switch
        {
            "live" => PostStatus.Live,
            "delayed" => PostStatus.Delayed,
            "unmatched" => PostStatus.Unknown,
            "batch_leg_rejected" => PostStatus.Rejected,
            "http_400" => PostStatus.Duplicate,
            "http_503_post_only" => PostStatus.Held,
            _ => PostStatus.Matched,
        }, name);
        return 1;
    }
}
