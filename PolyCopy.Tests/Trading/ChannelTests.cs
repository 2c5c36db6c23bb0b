using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>What the user channel tells, repeats, forgets and misses.</summary>
public class ChannelTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_resting_order_is_booked_as_it_is_hit(Db provider)
    {
        await using var lab = await OnlineAsync(provider);
        var placed = await RestAsync(lab, Side.Buy, 100m, 0.40m);

        lab.Venue.Hit(placed.OrderHash, 40m);
        lab.Venue.Hit(placed.OrderHash, 60m);
        await lab.Venue.HeardAsync(Wallet);

        var row = await lab.RowAsync(placed.OrderId);
        (row.Status, row.Filled.ToDecimal(), row.Fee).Should().Be((OrderStatus.Filled, 100m, Usdc.Zero));
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 960_000_000L, Reserved = 0L });
        (await lab.EventsAsync("fill")).Should().HaveCount(2);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F41_a_fill_told_many_times_is_booked_once(Db provider)
    {
        await using var lab = await OnlineAsync(provider);
        var placed = await RestAsync(lab, Side.Buy, 100m, 0.40m);
        lab.Venue.Hit(placed.OrderHash, 40m);

        for (var i = 0; i < 3; i++)
            lab.Venue.Repeat(placed.OrderHash);
        lab.Venue.Settle(SettlementStatus.Mined);
        lab.Venue.Repeat(placed.OrderHash);
        lab.Venue.Settle(SettlementStatus.Confirmed);
        lab.Venue.Repeat(placed.OrderHash);
        await lab.Venue.HeardAsync(Wallet);
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);

        (await lab.RowAsync(placed.OrderId)).Filled.ToDecimal().Should().Be(40m);
        var position = await lab.PositionAsync();
        (position!.Size.ToDecimal(), position.Confirmed.ToDecimal()).Should().Be((40m, 40m));
        (await lab.EventsAsync("fill")).Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F38_what_happened_while_the_channel_was_away_is_read_on_connect(Db provider)
    {
        await using var lab = await OnlineAsync(provider);
        var placed = await RestAsync(lab, Side.Buy, 100m, 0.40m);
        var other = await RestAsync(lab, Side.Buy, 50m, 0.30m);
        lab.Venue.Disconnect(Wallet);
        lab.Venue.Hit(placed.OrderHash, 100m);
        lab.Venue.Drop(other.OrderHash, VenueOrderStatus.Cancelled, "CANCELED");
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Live);

        await lab.UntilAsync(async () => (await lab.RowAsync(placed.OrderId)).IsTerminal && (await lab.RowAsync(other.OrderId)).IsTerminal);

        lab.Venue.Connections.Should().BeGreaterThan(1);
        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        (await lab.RowAsync(other.OrderId)).Status.Should().Be(OrderStatus.Cancelled);
        (await lab.FundsAsync()).Reserved.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F37_what_the_channel_never_said_is_found_by_asking(Db provider)
    {
        await using var lab = await OnlineAsync(provider);
        var placed = await RestAsync(lab, Side.Buy, 100m, 0.40m);
        lab.Venue.ChannelMute = true;
        lab.Venue.Hit(placed.OrderHash, 100m);
        await lab.Venue.HeardAsync(Wallet);

        await lab.PassAsync(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(10));

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled, "a live order without news is looked up");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task F49_an_order_the_venue_drops_is_closed_and_balances_are_read_again(Db provider)
    {
        await using var lab = await OnlineAsync(provider);
        var placed = await RestAsync(lab, Side.Buy, 100m, 0.40m);
        var before = lab.Venue.BalanceRefreshes;

        lab.Venue.Drop(placed.OrderHash, VenueOrderStatus.Invalid, "INVALID");
        await lab.Venue.HeardAsync(Wallet);

        var row = await lab.RowAsync(placed.OrderId);
        (row.Status, row.ReasonCode).Should().Be((OrderStatus.Cancelled, "order.dropped"));
        (await lab.FundsAsync()).Reserved.Should().Be(0);
        (await lab.EventsAsync("order_cancelled")).Should().ContainSingle();
        await lab.UntilAsync(() => Task.FromResult(lab.Venue.BalanceRefreshes > before));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_free_text_status_with_a_partial_fill_ends_the_order(Db provider)
    {
        await using var lab = await OnlineAsync(provider);
        var placed = await RestAsync(lab, Side.Buy, 100m, 0.40m);
        lab.Venue.Hit(placed.OrderHash, 10m);

        lab.Venue.Drop(placed.OrderHash, VenueOrderStatus.Cancelled, "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.");
        await lab.Venue.HeardAsync(Wallet);

        var row = await lab.RowAsync(placed.OrderId);
        row.Status.Should().Be(OrderStatus.PartiallyFilled);
        row.Reason.Should().Contain("fully filled");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_trade_made_elsewhere_is_imported(Db provider)
    {
        await using var lab = await OnlineAsync(provider);
        await RestAsync(lab, Side.Buy, 100m, 0.40m);

        lab.Venue.Foreign(Wallet, ConditionId, No, Side.Buy, 20m, new Price(5500));
        await lab.Venue.HeardAsync(Wallet);

        var position = await lab.PositionAsync(No);
        (position!.Origin, position.Size.ToDecimal()).Should().Be(("import", 20m));
        (await lab.FundsAsync()).Total.Should().Be(989_000_000);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Events_that_overtake_each_other_end_in_the_same_state(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ABuy(45m), default)).Value;
        var settled = lab.Venue.Trades().Single();
        var recorder = lab.Get<OrderRecorder>();

        // CONFIRMED before MINED before MATCHED, the order report after the fill, the answer last
        foreach (var status in new[] { SettlementStatus.Confirmed, SettlementStatus.Mined, SettlementStatus.Matched })
            await recorder.RecordAsync([new Traded(settled with { Status = status }, Wallet, Ana)], default);
        await recorder.RecordAsync([new Answered(new PostAnswer(placed.OrderHash, PostStatus.Delayed, 0, 0, [], null, null), lab.Clock.GetUtcNow())], default);

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
        (await lab.PositionAsync())!.Confirmed.Should().Be((await lab.PositionAsync())!.Size);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task At_start_every_wallet_that_traded_is_reconciled(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.Default = Act.Rest;
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 100m, 0.40m), default)).Value;
        lab.Venue.Hit(placed.OrderHash, 100m);
        lab.Venue.Foreign(Wallet, ConditionId, No, Side.Buy, 20m, new Price(5500));
        await lab.RestartAsync();

        await lab.Get<UserChannels>().StartAsync(default);
        await lab.UntilAsync(async () => await lab.PositionAsync(No) is not null);

        (await lab.RowAsync(placed.OrderId)).Status.Should().Be(OrderStatus.Filled);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_wallet_that_only_holds_a_position_has_its_channel_after_a_restart(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.ChannelOnline = true;
        await lab.BuyAsync();
        await lab.RestartAsync();
        lab.Get<UserChannels>().Open.Should().Be(0);

        await lab.Get<UserChannels>().SweepAsync(default);
        await lab.UntilAsync(() => Task.FromResult(lab.Venue.IsConnected(Wallet)));

        for (var i = 0; i < 5; i++)
        {
            lab.Clock.Advance(TimeSpan.FromHours(2));
            await lab.Get<UserChannels>().SweepAsync(default);
        }
        lab.Get<UserChannels>().Open.Should().Be(1, "it is not idle while it holds something");
        (await lab.Trading.CloseAsync(Ana, "close", (await lab.PositionAsync())!.Id, 1m, default)).Value.Status.Should().Be("filled");
        lab.Venue.Settle(SettlementStatus.Confirmed);
        await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);
        lab.Clock.Advance(TimeSpan.FromHours(2));
        await lab.Get<UserChannels>().SweepAsync(default);
        lab.Get<UserChannels>().Open.Should().Be(0);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Holders_beyond_the_bound_wait_for_room_and_close_nobodys_channel(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider, also: s => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(s, new TradingOptions { MaxUserChannels = 2 }));
        lab.Venue.ChannelOnline = true;
        for (var user = 1; user <= 4; user++)
        {
            await lab.FundAsync(user, 100m);
            (await lab.Trading.PlaceAsync(user, "buy", ABuy(), default)).Value.Status.Should().Be("filled");
        }
        lab.Venue.Settle(SettlementStatus.Confirmed);
        for (var user = 1; user <= 4; user++)
            await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(user), default);

        await lab.RestartAsync();
        await lab.Get<UserChannels>().SweepAsync(default);
        await lab.UntilAsync(() => Task.FromResult(Enumerable.Range(1, 4).Count(u => lab.Venue.IsConnected(WalletOf(u))) == 2));
        var watched = Enumerable.Range(1, 4).Where(u => lab.Venue.IsConnected(WalletOf(u))).ToList();
        await lab.Get<UserChannels>().SweepAsync(default);
        lab.Get<UserChannels>().Open.Should().Be(2);
        Enumerable.Range(1, 4).Where(u => lab.Venue.IsConnected(WalletOf(u))).Should().Equal(watched);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Channels_are_bounded_and_the_needed_ones_stay(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider, also: s => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(s, new TradingOptions { MaxUserChannels = 3 }));
        lab.Venue.ChannelOnline = true;
        lab.Venue.Default = Act.Rest;
        var placed = (await lab.Trading.PlaceAsync(Ana, "k1", ARest(Side.Buy, 10m, 0.40m), default)).Value;
        for (var user = 1; user <= 6; user++)
        {
            lab.Clock.Advance(TimeSpan.FromSeconds(1));
            lab.Get<UserChannels>().Need(await lab.WalletAsync(user));
        }

        await lab.Get<UserChannels>().SweepAsync(default);

        lab.Venue.Hit(placed.OrderHash, 10m);
        await lab.UntilAsync(async () => (await lab.RowAsync(placed.OrderId)).Status == OrderStatus.Filled);
        lab.Get<UserChannels>().Open.Should().BeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Wallets_that_trade_at_once_do_not_close_each_others_channels()
    {
        await using var lab = await TradingLab.CreateAsync(Db.Sqlite, also: s => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(s, new TradingOptions { MaxUserChannels = 3 }));
        lab.Venue.ChannelOnline = true;
        for (var user = 1; user <= 9; user++)
            lab.Get<UserChannels>().Need(await lab.WalletAsync(user));
        await lab.UntilAsync(() => Task.FromResult(Enumerable.Range(1, 3).All(u => lab.Venue.IsConnected(WalletOf(u)))));
        lab.Get<UserChannels>().Open.Should().Be(3);

        lab.Clock.Advance(TimeSpan.FromMinutes(1));
        lab.Get<UserChannels>().Need(await lab.WalletAsync(9));
        await lab.UntilAsync(() => Task.FromResult(lab.Venue.IsConnected(WalletOf(9))));
        lab.Get<UserChannels>().Open.Should().Be(3, "the longest without need made room");
    }

    private static async Task<TradingLab> OnlineAsync(Db provider)
    {
        var lab = await TradingLab.CreateAsync(provider);
        lab.Venue.ChannelOnline = true;
        lab.Venue.Default = Act.Rest;
        lab.Get<UserChannels>().Need(await lab.WalletAsync());
        await lab.UntilAsync(() => Task.FromResult(lab.Venue.IsConnected(Wallet)));
        return lab;
    }

    private static async Task<OrderPlaced> RestAsync(TradingLab lab, Side side, decimal shares, decimal limit)
    {
        var placed = (await lab.Trading.PlaceAsync(Ana, $"rest:{shares}:{limit}", ARest(side, shares, limit), default)).Value;
        placed.Status.Should().Be("live");
        return placed;
    }
}
