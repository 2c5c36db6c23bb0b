using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>The verb replay on a Demo's data: the same as the what-if of the API, and the same each time.</summary>
public class ReplayVerbTests
{
    [Fact]
    public async Task The_verb_prints_what_the_api_answers_each_time_the_same()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false");
        await app.PostAsync("/api/v1/users", new { userId = 1001 });
        bool Is(JsonElement leader) => leader.GetProperty("name").GetString() == "courtside" && leader.GetProperty("trades").GetInt32() > 50; // of few markets: all are priced
        var leaders = await app.UntilAsync("/api/v1/leaders?order=trades", l => l.GetProperty("items").EnumerateArray().Any(Is));
        var leader = leaders.GetProperty("items").EnumerateArray().First(Is).GetProperty("address").GetString()!;
        await app.ControlAsync("clock", new { drive = true }); // the venue's prices stand still
        object rules = new { mode = "fixed", amountUsd = "10", maxSlippage = "0.1", takeProfitPercent = "15", stopLossPercent = "15" };
        var file = Path.Combine(app.Folder, "rules.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(rules));

        // his past may still be read, a trade may grow older than the days asked for, a price may come late, the poll after the standstill is yet to come: compared is what stood still meanwhile
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        JsonElement answer;
        string first, again;
        do
            (answer, first, again) = (await PreviewAsync(), await ReplayAsync(), await ReplayAsync());
        while (!patience.IsCancellationRequested && (answer.GetProperty("unpriced").GetInt32() > 0 || first != again || answer.GetRawText() != (await PreviewAsync()).GetRawText()));

        again.Should().Be(first);
        first.Should().ContainAll([.. answer.GetProperty("lines").EnumerateArray().Select(l => l.GetString()!)]);
        first.Should().Contain($"{answer.GetProperty("exits").GetInt32()} take-profits and stops fired").And.Contain("0 outcomes without known prices");
        answer.GetProperty("exits").GetInt32().Should().BeGreaterThan(0);

        Task<JsonElement> PreviewAsync() => app.PostAsync("/api/v1/users/1001/follows/preview", new { leader, mode = "fixed", amountUsd = "10", maxSlippage = "0.1", takeProfitPercent = "15", stopLossPercent = "15" });

        async Task<string> ReplayAsync()
        {
            await using var verb = HostProcess.Start("replay", "--leader", leader, "--rules", file, "--cash", "1000", "--Data:Path", app.Folder, "--Simulator:Url", app.Venue.BaseAddress!.ToString(), "--Serilog:MinimumLevel:Default", "Warning");
            var end = await verb.EndAsync();
            end.ExitCode.Should().Be(0, end.Errors + end.Output);
            return end.Output;
        }
    }
}
