using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

public class ResolutionTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory]
    [InlineData(Db.Sqlite, "1", 1_055_000_000)]
    [InlineData(Db.PostgreSql, "1", 1_055_000_000)]
    [InlineData(Db.Sqlite, "0", 955_000_000)]
    [InlineData(Db.PostgreSql, "0.5", 1_005_000_000)]
    public async Task A_resolved_market_ends_everything_in_it_at_once(Db provider, string payout, long cash)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        var bought = await lab.BuyAsync(45m);
        lab.Venue.Default = Act.Rest;
        var resting = (await lab.Trading.PlaceAsync(Ana, "rest", ARest(Side.Buy, 100m, 0.40m), default)).Value;
        var paid = decimal.Parse(payout, System.Globalization.CultureInfo.InvariantCulture);
        var resolved = AMarket(closed: true, payouts: [paid, 1 - paid]);
        lab.Catalog.Markets[MarketId] = resolved;
        var resolution = lab.Get<MarketResolution>();

        await resolution.ResolvedAsync(resolved, default);
        await resolution.ResolvedAsync(resolved, default);

        (await lab.PositionAsync()).Should().BeNull();
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = cash, Reserved = 0L });
        var order = await lab.RowAsync(resting.OrderId);
        (order.Status, order.ReasonCode).Should().Be((OrderStatus.Cancelled, "market.resolved"));
        (await lab.EventsAsync("resolved")).Should().ContainSingle();
        lab.Arming.Cancelled.Should().ContainSingle().Which.Should().Be((bought.PositionId!.Value, "market.resolved"));
        lab.Interest.Removed.Should().Contain(MarketId);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_feed_may_announce_it_before_the_catalogue_knows(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.FillPrice = new Price(4500);
        await lab.BuyAsync(45m);

        await lab.Get<MarketResolution>().ResolvedAsync(ConditionId, Yes, default);

        (await lab.FundsAsync()).Total.Should().Be(1_055_000_000);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_fill_told_after_the_resolution_is_paid_too(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Default = Act.Rest;
        var resting = (await lab.Trading.PlaceAsync(Ana, "rest", ARest(Side.Buy, 100m, 0.40m), default)).Value;
        lab.Venue.Hit(resting.OrderHash, 100m);
        var resolved = AMarket(closed: true, payouts: [1m, 0m]);
        lab.Catalog.Markets[MarketId] = resolved;
        await lab.Get<MarketResolution>().ResolvedAsync(resolved, default);

        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        (await lab.PositionAsync()).Should().BeNull();
        (await lab.FundsAsync()).Total.Should().Be(1_060_000_000);
        (await lab.EventsAsync("late_fill")).Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Two_users_are_each_told_once(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        await lab.FundAsync(7, 100m);
        await lab.BuyAsync(45m);
        await lab.Trading.PlaceAsync(7, "k", ABuy(20m), default);
        var resolved = AMarket(closed: true, payouts: [0m, 1m]);
        lab.Catalog.Markets[MarketId] = resolved;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => lab.Get<MarketResolution>().ResolvedAsync(resolved, default).AsTask())));

        (await lab.EventsAsync("resolved")).Select(e => e.UserId).Should().BeEquivalentTo([Ana, 7L]);
    }
}
