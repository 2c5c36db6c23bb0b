using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Risk;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Copying;

/// <summary>Breakers stop entries on every path and nothing else.</summary>
public class BreakerTests
{
    private const long Ben = 1002;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_manual_entry_beyond_the_exposure_is_refused_and_a_sale_makes_room(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        await lab.Trading.Get<IRisk>().LimitAsync(RiskScope.User(Ana), new RiskLimits(MaxExposure: 20m), "test", default);

        var first = await lab.Trading.Trading.PlaceAsync(Ana, "a", ABuy(18m), default);
        var second = await lab.Trading.Trading.PlaceAsync(Ana, "b", ABuy(9m), default);
        await lab.ConfirmAsync();
        lab.Venue.FillPrice = new Price(4400);
        await lab.Trading.Trading.PlaceAsync(Ana, "s", ASell(30m), default);
        lab.Venue.FillPrice = new Price(4500);
        var third = await lab.Trading.Trading.PlaceAsync(Ana, "b", ABuy(9m), default);

        first.IsOk.Should().BeTrue();
        second.Error!.Code.Should().Be("risk.exposure");
        third.IsOk.Should().BeTrue("the refusal did not use up the key, and there is room again");
    }

    [Fact]
    public async Task A_daily_loss_stops_entries_until_somebody_resumes_with_a_reason()
    {
        await using var lab = await CopyLab.CreateAsync();
        var risk = lab.Trading.Get<IRisk>();
        var follow = await lab.FollowAsync(CopyLab.Fixed(45m));
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        await risk.LimitAsync(RiskScope.User(Ana), new RiskLimits(MaxDailyLoss: 10m), "test", default);
        lab.Trading.Quote(Yes, 0.30m, 0.31m);
        lab.Trading.Clock.Advance(TimeSpan.FromSeconds(61));
        lab.Venue.FillPrice = new Price(3000);
        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 100m, price: 0.30m)); // 100 shares from 0.45 to 0.30: 15 lost
        lab.History(Yes, 0.30m);
        lab.Venue.FillPrice = new Price(3100);

        var refused = await lab.TradeAsync(lab.ATrade(price: 0.31m));
        (await lab.Trading.Trading.PlaceAsync(Ana, "m", ABuy(5m), default)).Error!.Code.Should().Be("risk.tripped");
        await lab.Trading.Get<RiskBoard>().SaveAsync(default);
        await lab.RestartAsync();
        await lab.Trading.Get<RiskBoard>().LoadAsync(default);
        (await lab.Trading.Trading.PlaceAsync(Ana, "m", ABuy(5m), default)).Error!.Code.Should().Be("risk.tripped", "a restart resumes nothing");

        (await lab.DecisionAsync(refused)).Rule.Should().Be("risk.daily_loss");
        (await lab.Trading.EventsAsync("breaker_tripped")).Should().ContainSingle();
        risk = lab.Trading.Get<IRisk>();
        (await risk.ResumeAsync(RiskScope.User(Ana), " ", "test", default)).Error!.Code.Should().Be("risk.reason");
        (await risk.ResumeAsync(RiskScope.User(Ana), "looked into it", "test", default)).Value.Tripped.Should().BeNull();
        (await lab.Trading.Trading.PlaceAsync(Ana, "m", ABuy(5m), default)).IsOk.Should().BeTrue("the loss counts from the resumption");
        (await lab.HeldAsync(follow.Id)).Should().Be(0);
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_was_lost_before_midnight_does_not_count_today(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        lab.Zones.Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"); // its midnight is 15:00 UTC
        await AtAsync(lab, "14:00");
        await lab.Trading.Get<IRisk>().LimitAsync(RiskScope.User(Ana), new RiskLimits(MaxDailyLoss: 10m), "test", default);
        (await lab.Trading.Trading.PlaceAsync(Ana, "buy", ABuy(45m), default)).IsOk.Should().BeTrue(); // 100 shares
        await lab.ConfirmAsync();
        await PricedAsync(lab, 0.36m);
        (await LossAsync(lab)).Should().Be(9m);

        await AtAsync(lab, "15:01");
        (await LossAsync(lab)).Should().Be(0m, "a new day has begun where the user lives");
        await PricedAsync(lab, 0.27m);
        (await LossAsync(lab)).Should().Be(9m, "18 since it was bought, 9 of them today");
        await lab.RestartAsync();
        await lab.Trading.Get<RiskBoard>().LoadAsync(default);
        (await LossAsync(lab)).Should().Be(9m, "a restart begins no day");

        await AtAsync(lab, "23:59");
        (await LossAsync(lab)).Should().Be(9m);
        await AtAsync(lab, "00:01");
        (await LossAsync(lab)).Should().Be(9m, "midnight elsewhere is nothing");
        lab.Venue.FillPrice = new Price(2600);
        lab.Trading.Quote(Yes, 0.26m, 0.27m);
        (await lab.Trading.Trading.PlaceAsync(Ana, "sell", ASell(100m), default)).IsOk.Should().BeTrue();
        (await LossAsync(lab)).Should().Be(10m, "what is realised today counts from this day's mark too");
        (await lab.Trading.Trading.PlaceAsync(Ana, "more", ABuy(5m), default)).Error!.Code.Should().Be("risk.daily_loss");
        (await lab.Trading.Get<IRisk>().ResumeAsync(RiskScope.User(Ana), "seen", "test", default)).IsOk.Should().BeTrue();
        (await lab.Trading.Trading.PlaceAsync(Ana, "again", ABuy(5m), default)).IsOk.Should().BeTrue("what was lost is forgiven until midnight there");
    }

    [Fact]
    public async Task A_leaders_loss_is_that_of_his_copies_sold_or_held()
    {
        await using var lab = await CopyLab.CreateAsync();
        var scope = new RiskScope("leader", CopyLab.Leader);
        await lab.Trading.Get<IRisk>().LimitAsync(scope, new RiskLimits(MaxDailyLoss: 10m), "test", default);
        await lab.FollowAsync(CopyLab.Fixed(45m));
        await lab.FollowAsync(CopyLab.Fixed(45m), CopyLab.Second);
        await lab.TradeAsync(lab.ATrade());
        await lab.ConfirmAsync();
        lab.Trading.Quote(Yes, 0.30m, 0.31m);
        lab.Venue.FillPrice = new Price(3000);
        await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 100m, price: 0.30m)); // 15 lost
        lab.History(Yes, 0.31m);
        lab.Venue.FillPrice = new Price(3100);
        lab.Trading.Clock.Advance(TimeSpan.FromSeconds(61));

        (await lab.DecisionAsync(await lab.TradeAsync(lab.ATrade(price: 0.31m)))).Rule.Should().Be("risk.daily_loss");
        (await lab.DecisionAsync(await lab.TradeAsync(lab.ATrade(price: 0.31m, leader: CopyLab.Second)))).Verdict.Should().Be("copied");
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task A_breaker_that_tripped_a_moment_before_a_crash_has_tripped(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        await lab.Trading.Get<IRisk>().LimitAsync(RiskScope.User(Ana), new RiskLimits(MaxOrdersPerMinute: 1), "test", default);
        (await lab.Trading.Trading.PlaceAsync(Ana, "a", ABuy(5m), default)).IsOk.Should().BeTrue();
        (await lab.Trading.Trading.PlaceAsync(Ana, "b", ABuy(5m), default)).Error!.Code.Should().Be("risk.order_rate");

        await lab.RestartAsync();
        await lab.Trading.Get<RiskBoard>().LoadAsync(default);
        lab.Trading.Clock.Advance(TimeSpan.FromMinutes(5));

        (await lab.Trading.Trading.PlaceAsync(Ana, "c", ABuy(5m), default)).Error!.Code.Should().Be("risk.tripped");
    }

    private static async Task<decimal> LossAsync(CopyLab lab)
    {
        await lab.Trading.Get<RiskFacts>().MarkAsync(default);
        await lab.Trading.Get<RiskBoard>().SaveAsync(default);
        return await lab.Trading.Get<RiskGuard>().LossAsync(RiskScope.User(Ana), default) / 1_000_000m;
    }

    /// <summary>The next time that the clock in Greenwich shows it.</summary>
    private static async Task AtAsync(CopyLab lab, string time)
    {
        var at = lab.Now.UtcDateTime.Date + TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        lab.Trading.Clock.Advance((at > lab.Now.UtcDateTime ? at : at.AddDays(1)) - lab.Now.UtcDateTime);
        await lab.Trading.Get<RiskFacts>().MarkAsync(default);
    }

    /// <summary>What the price writer would store.</summary>
    private static Task PricedAsync(CopyLab lab, decimal price) => lab.Trading.Database.Workers.WriteAsync((db, ct) =>
        db.Set<Modules.Positions.Ledger.PositionRow>().Where(p => p.ClosedAt == null).ExecuteUpdateAsync(s => s.SetProperty(p => p.CurrentPrice, price), ct), default);

    /// <summary>Random limits over random entries by hand and by copies, from several users at once.</summary>
    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task No_path_places_an_entry_past_a_breaker(Db provider)
    {
        for (var seed = 1; seed <= (provider == Db.Sqlite ? 12 : 4); seed++)
        {
            var random = new Random(seed);
            await using var lab = await CopyLab.CreateAsync(provider);
            await lab.Trading.FundAsync(Ben, 1_000m);
            var risk = lab.Trading.Get<IRisk>();
            RiskScope[] scopes = [RiskScope.Global, RiskScope.User(Ana), RiskScope.User(Ben), new("leader", CopyLab.Leader), new("market", MarketId)];
            var limits = scopes.ToDictionary(s => s, _ => new RiskLimits(MaxExposure: random.Next(2) == 0 ? random.Next(5, 60) : null, MaxOrdersPerMinute: random.Next(2) == 0 ? random.Next(1, 5) : null));
            foreach (var (scope, limit) in limits)
                await risk.LimitAsync(scope, limit, "test", default);
            foreach (var user in new[] { Ana, Ben })
                await lab.FollowAsync(CopyLab.Fixed(random.Next(2, 20)), user: user);
            for (var step = 0; step < 12; step++)
            {
                switch (random.Next(4))
                {
                    case 0:
                        await lab.TradeAsync(lab.ATrade());
                        break;
                    case 1:
                        await Task.WhenAll(new[] { Ana, Ben }.Select(u => lab.Trading.Trading.PlaceAsync(u, $"k{step}", ABuy(random.Next(2, 20)), default)));
                        break;
                    case 2:
                        await lab.ConfirmAsync(Ana, Ben);
                        lab.Venue.FillPrice = new Price(4400);
                        if ((await lab.Trading.FundsAsync(Yes)).Free > 5_000_000)
                            (await lab.Trading.Trading.PlaceAsync(Ana, $"s{step}", ASell(5m), default)).IsOk.Should().BeTrue("breakers never stop an exit");
                        lab.Venue.FillPrice = new Price(4500);
                        break;
                    default:
                        lab.Trading.Clock.Advance(TimeSpan.FromSeconds(random.Next(5, 90)));
                        break;
                }
                await AllHoldAsync(lab, limits, seed);
            }
        }
    }

    private static async Task AllHoldAsync(CopyLab lab, Dictionary<RiskScope, RiskLimits> limits, int seed)
    {
        var levels = await lab.Trading.Database.Workers.ReadAsync((db, ct) => lab.Trading.Get<RiskFacts>().ReadAsync(db, [.. limits.Keys], ct), default);
        foreach (var (scope, limit) in limits)
        {
            if (limit.MaxExposure is { } most)
                (levels[scope].Exposure / 1_000_000m).Should().BeLessThanOrEqualTo(most, $"seed {seed}, {scope}");
            if (limit.MaxOrdersPerMinute is { } rate)
                levels[scope].Orders.Should().BeLessThanOrEqualTo(rate, $"seed {seed}, {scope}");
        }
    }
}
