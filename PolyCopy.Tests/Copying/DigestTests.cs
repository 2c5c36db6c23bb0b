using PolyCopy.Modules.Copying.Reading;
using PolyCopy.Modules.Kernel;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Copying;

/// <summary>Skips are told together, and once a day what the filters saved and cost.</summary>
public class DigestTests
{
    [Fact]
    public async Task Skips_are_told_in_one_digest_and_the_day_in_one_summary()
    {
        await using var lab = await CopyLab.CreateAsync();
        var digest = lab.Trading.Get<CopyDigest>();
        await lab.FollowAsync(CopyLab.Fixed(10m) with { MinLeaderTrade = 100m });
        await digest.RunAsync(default);
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(1));
        await lab.TradeAsync(lab.ATrade(price: 0.50m)); // 50 pUSD: below the rules' least; the market stands at 0.45 now
        await lab.TradeAsync(lab.ATrade(shares: 1m)); // dust to everybody

        await digest.RunAsync(default);
        (await lab.Trading.EventsAsync("copy_digest")).Should().BeEmpty("an hour is not over");
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(60));
        await digest.RunAsync(default);
        await digest.RunAsync(default);
        lab.Trading.Clock.Advance(TimeSpan.FromHours(12));
        await digest.RunAsync(default);
        await digest.RunAsync(default);

        var told = (await lab.Trading.EventsAsync("copy_digest")).Should().ContainSingle().Subject;
        told.Payload.Should().Contain("\"count\":2").And.Contain("leader_minimum").And.Contain("dust");
        var summary = (await lab.Trading.EventsAsync("copy_summary")).Should().ContainSingle().Subject;
        summary.Payload.Should().Contain("\"saved\":\"1\"", "10 pUSD at 0.50 are worth 9 at 0.45").And.Contain("\"cost\":\"0\"");
    }

    [Fact]
    public async Task What_a_leader_did_before_he_was_followed_is_in_no_digest()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.Trading.FundAsync(1002, 100m);
        var digest = lab.Trading.Get<CopyDigest>();
        await lab.FollowAsync(CopyLab.Fixed(10m));
        await lab.FollowAsync(CopyLab.Fixed(10m), CopyLab.Second, user: 1002);
        await digest.RunAsync(default);
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(1));
        await lab.TradeAsync(lab.ATrade(shares: 1m));
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(1));
        await lab.FollowAsync(CopyLab.Fixed(10m), user: 1002);
        await lab.TradeAsync(lab.ATrade(shares: 1m));
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(60));
        await digest.RunAsync(default);

        (await lab.Trading.EventsAsync("copy_digest")).ToDictionary(e => e.UserId, e => System.Text.Json.JsonDocument.Parse(e.Payload).RootElement.GetProperty("count").GetInt32())
            .Should().Equal(new Dictionary<long, int> { [Ana] = 2, [1002] = 1 });
    }
}
