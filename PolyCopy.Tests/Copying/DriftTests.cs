using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>A leader who trades otherwise than he did pauses the entries of those who ask for it; a steady one never does.</summary>
public class DriftTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Known = Now - TimeSpan.FromDays(7);

    [Fact]
    public void A_steady_leader_never_pauses()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            string[] categories = ["politics", "sports", "crypto"];
            var at = Now - TimeSpan.FromDays(30);
            var orders = new List<LeaderOrder>();
            var pace = 1 + random.NextDouble() * 4;
            while ((at += TimeSpan.FromHours(-Math.Log(1 - random.NextDouble()) * pace)) < Now)
                orders.Add(AnOrder(at, 10m + (decimal)(90 * random.NextDouble()), categories[random.Next(3)], random.Next(40).ToString(System.Globalization.CultureInfo.InvariantCulture), random.Next(4) == 0 ? Side.Sell : Side.Buy));
            Drift.Evidence(orders, Known, Now).Should().BeNull("seed {0} is steady", seed);
        }
    }

    [Theory]
    [InlineData(50, 6, "sports", false, "median size 50.00 pUSD, before 10.00")]
    [InlineData(2, 6, "sports", false, "median size 2.00 pUSD, before 10.00")]
    [InlineData(10, 6, "crypto", false, "100 % in crypto, before 0 %")]
    [InlineData(10, 6, "sports", true, "50 % traded both sides of a market within an hour, before 0 %")]
    [InlineData(10, 1, "sports", false, "orders a day, before 4.0")]
    [InlineData(10, 6, "sports", false, null)]
    public void Each_kind_of_drift_is_told_with_its_numbers(int usd, int hours, string category, bool turns, string? evidence)
    {
        List<LeaderOrder> orders = [.. Enumerable.Range(0, 60).Select(i => AnOrder(Known - TimeSpan.FromHours(6 * i), 10m, "sports", $"m{i}"))];
        for (var i = 0; i < 24; i++)
            orders.Add(turns
                ? AnOrder(Known + TimeSpan.FromHours(hours * (i / 2 * 2 + 1)) + TimeSpan.FromMinutes(i % 2), usd, category, $"n{i / 2}", i % 2 == 0 ? Side.Buy : Side.Sell)
                : AnOrder(Known + TimeSpan.FromHours(hours * (i + 1)), usd, category, $"n{i}"));
        var told = Drift.Evidence(orders, Known, Now);
        if (evidence is null)
            told.Should().BeNull();
        else
            told!.Text.Should().Contain(evidence).And.Contain("last 24 orders against 60 earlier");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pause_is_asked_for_and_a_resume_starts_anew(bool asked)
    {
        await using var lab = await CopyLab.CreateAsync();
        for (var i = 0; i < 30; i++)
            lab.Leaders.Move(lab.ATrade(shares: 20m, age: TimeSpan.FromHours(6 * (i + 1))));
        var follow = await lab.FollowAsync(CopyLab.Fixed() with { PauseOnDrift = asked });
        var watch = lab.Trading.Get<DriftWatch>();
        for (var i = 0; i < 24; i++)
        {
            lab.Trading.Clock.Advance(TimeSpan.FromHours(6));
            lab.Leaders.Move(lab.ATrade(shares: 200m));
        }
        await watch.LookAsync(default);
        await watch.LookAsync(default);
        (await lab.Trading.EventsAsync("follow_paused")).Should().HaveCount(asked ? 1 : 0);
        var paused = (await lab.Copying.GetAsync(TradingLab.Ana, follow.Id, default))!;
        paused.Status.Should().Be(asked ? "paused" : "active");
        if (!asked)
            return;
        paused.Reason.Should().Contain("median size 90.00 pUSD, before 9.00");
        await lab.Copying.ResumeAsync(TradingLab.Ana, follow.Id, default);
        await watch.TradesAsync([lab.Leaders.Told[^1]], default);
        await watch.LookAsync(default);
        (await lab.Copying.GetAsync(TradingLab.Ana, follow.Id, default))!.Status.Should().Be("active");
    }

    [Fact]
    public async Task What_its_owner_changes_while_the_leader_is_looked_at_stands()
    {
        await using var lab = await CopyLab.CreateAsync();
        for (var i = 0; i < 30; i++)
            lab.Leaders.Move(lab.ATrade(shares: 20m, age: TimeSpan.FromHours(6 * (i + 1))));
        var follow = await lab.FollowAsync(CopyLab.Fixed() with { PauseOnDrift = true });
        for (var i = 0; i < 24; i++)
        {
            lab.Trading.Clock.Advance(TimeSpan.FromHours(6));
            lab.Leaders.Move(lab.ATrade(shares: 200m));
        }
        lab.Leaders.WhileRead = () => lab.Copying.ChangeAsync(TradingLab.Ana, follow.Id, CopyLab.Fixed(7m) with { PauseOnDrift = false }, default);

        await lab.Trading.Get<DriftWatch>().LookAsync(default);

        var now = (await lab.Copying.GetAsync(TradingLab.Ana, follow.Id, default))!;
        (now.Status, now.RulesVersion, now.Rules.AmountUsd, now.Rules.PauseOnDrift).Should().Be(("active", 2, 7m, false));
        (await lab.Trading.EventsAsync("follow_paused")).Should().BeEmpty();
    }

    [Fact]
    public void Days_without_trades_or_without_sight_are_no_slow_days()
    {
        var orders = Enumerable.Range(0, 60).Select(i => AnOrder(Known - TimeSpan.FromHours(6 * i) - (i < 30 ? TimeSpan.Zero : TimeSpan.FromDays(60)), 10m, "sports", $"m{i}"))
            .Concat(Enumerable.Range(1, 24).Select(i => AnOrder(Known + TimeSpan.FromHours(6 * i), 10m, "sports", $"n{i}")));
        Drift.Evidence(orders, Known, Now).Should().BeNull("he made four orders a day before and after two months of silence");
    }

    [Fact]
    public async Task Orders_of_many_fills_are_read_until_there_are_enough_and_only_when_he_has_traded_and_is_in_sight()
    {
        await using var lab = await CopyLab.CreateAsync();
        void Order(decimal shares, TimeSpan age)
        {
            var order = $"0xorder{lab.Leaders.Told.Count}";
            for (var fill = 0; fill < 30; fill++)
                lab.Leaders.Move(lab.ATrade(shares: shares / 30, age: age, order: order));
        }
        for (var i = 30; i > 0; i--)
            Order(20m, TimeSpan.FromHours(6 * i));
        var follow = await lab.FollowAsync(CopyLab.Fixed() with { PauseOnDrift = true });
        var watch = lab.Trading.Get<DriftWatch>();
        await watch.LookAsync(default);
        var reads = lab.Leaders.Reads;
        reads.Should().Be(2, "900 fills are two pages, and no more are there");
        await watch.LookAsync(default);
        lab.Leaders.Reads.Should().Be(reads, "he has not traded");

        for (var i = 0; i < 24; i++)
        {
            lab.Trading.Clock.Advance(TimeSpan.FromHours(6));
            Order(200m, TimeSpan.Zero);
        }
        await watch.TradesAsync([lab.Leaders.Told[^1]], default);
        lab.Leaders.State = "blind";
        await watch.LookAsync(default);
        (await StatusAsync()).Should().Be("active", "what is not seen is not judged");
        lab.Leaders.State = "degraded";
        await watch.LookAsync(default);
        (await StatusAsync()).Should().Be("paused");

        async Task<string> StatusAsync() => (await lab.Copying.GetAsync(TradingLab.Ana, follow.Id, default))!.Status;
    }

    private static LeaderOrder AnOrder(DateTimeOffset at, decimal usd, string category, string market, Side side = Side.Buy) => new(at, market, TradingLab.Yes, side, usd, category);
}
