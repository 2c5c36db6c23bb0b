using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.SmartMoney;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Indexing.Support;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>What smart traders do is told to whoever asked for it: once, when it is final, together, and only what is worth it.</summary>
public sealed class SmartMoneyTests : IAsyncLifetime
{
    private const long Ana = 1001;
    private const long Ben = 1002;
    private static readonly Address Moby = Address.Parse("0x3229011cf0EFfA1cC64c05C768A3469563370dAA");
    private static readonly Address Pia = Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e");
    private static readonly Address Jan = Address.Parse("0x00000000000000000000000000000000000000a3");
    private IndexLab _lab = null!;

    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_final_trade_is_told_once_to_whoever_asked_and_a_restart_does_not_repeat_it(Db provider)
    {
        await StartAsync(provider);
        await WantAsync(Ana);
        await _lab.Get<IAccounts>().RegisterAsync(Ben, "ben", default);
        await TradeAsync(Moby, Side.Buy, 77, 1_000, 0.40m);

        await LookAsync(Ana, 0, "its block may still change");
        await FinalAsync();
        await LookAsync(Ana, 1);
        await using var next = await _lab.RestartAsync();
        (await next.Get<SmartMoneyWatch>().LookAsync(default)).Should().Be(0);

        var told = (await HeardAsync(Ana)).Should().ContainSingle().Subject;
        var move = told.GetProperty("moves")[0];
        (Text(move, "marketId"), Text(move, "question"), Text(move, "outcome"), Text(move, "side"), move.GetProperty("count").GetInt32()).Should().Be(("m77", "Will it rain?", "Yes", "BUY", 1));
        (move.GetProperty("usd").GetDecimal(), move.GetProperty("price").GetDecimal(), Text(move.GetProperty("traders")[0], "address")).Should().Be((400m, 0.4m, Moby.ToLower()));
        Text(told, "reason").Should().Be("1 smart trader bought Yes for 400 pUSD in 1 min: Will it rain?");
        (await HeardAsync(Ben)).Should().BeEmpty("he never switched it on");
    }

    [Fact]
    public async Task What_comes_within_ten_minutes_of_an_alert_is_told_as_one_with_all_who_did_it()
    {
        await StartAsync();
        await WantAsync(Ana);
        await TradeAsync(Moby, Side.Buy, 77, 1_000, 0.40m);
        await FinalAsync();
        await LookAsync(Ana, 1);

        await TradeAsync(Pia, Side.Buy, 77, 1_000, 0.42m);
        await TradeAsync(Jan, Side.Buy, 77, 1_000, 0.44m);
        await TradeAsync(Jan, Side.Sell, 78, 900, 0.50m);
        await FinalAsync();
        await LookAsync(Ana, 1, "he has just been told something");
        _lab.Clock.Advance(TimeSpan.FromMinutes(10));
        await LookAsync(Ana, 2);
        await LookAsync(Ana, 2);

        var told = (await HeardAsync(Ana))[1];
        told.GetProperty("moves").EnumerateArray().Select(m => (Text(m, "side"), m.GetProperty("count").GetInt32(), m.GetProperty("usd").GetDecimal(), m.GetProperty("price").GetDecimal()))
            .Should().Equal(("BUY", 3, 1_260m, 0.42m), ("SELL", 1, 450m, 0.5m));
        told.GetProperty("moves")[0].GetProperty("traders").EnumerateArray().Select(t => t.GetProperty("usd").GetDecimal()).Should().Equal(440m, 420m, 400m);
    }

    [Fact]
    public async Task Each_user_has_his_own_silence()
    {
        await StartAsync();
        await WantAsync(Ana);
        await TradeAsync(Moby, Side.Buy, 77, 1_000, 0.40m);
        await FinalAsync();
        await LookAsync(Ana, 1);
        await WantAsync(Ben, "silent");
        await LookAsync(Ben, 1, "it is still news to him");
        await LookAsync(Ana, 1);
    }

    [Fact]
    public async Task Dust_both_sides_own_wallets_wash_traders_illiquid_markets_and_plain_leaders_are_not_told()
    {
        await StartAsync();
        await WantAsync(Ana);
        await TradeAsync(Moby, Side.Buy, 77, 100, 0.40m); // 40 pUSD
        await TradeAsync(Pia, Side.Buy, 78, 2_000, 0.50m);
        await TradeAsync(Pia, Side.Sell, 78, 1_500, 0.50m);
        await TradeAsync(Moby, Side.Buy, 79, 2_000, 0.50m); // illiquid
        await FinalAsync();
        await LookAsync(Ana, 0);

        await TradeAsync(Jan, Side.Buy, 77, 2_000, 0.50m);
        await FinalAsync();
        await StatsAsync(Jan, leftOut: 0.31m);
        await LookAsync(Ana, 0, "a third of what he does is with one counterparty");
        await StatsAsync(Jan, leftOut: 0.30m);
        _lab.Wallets.All.Add(new Wallet(Guid.Empty, Ben, "demo", "deposit", 3, "0x00000000000000000000000000000000000000A9", Jan.ToString(), DateTimeOffset.UnixEpoch));
        await LookAsync(Ana, 0, "it is one of our users");
        _lab.Wallets.All.Clear();
        await LookAsync(Ana, 1);
    }

    [Fact]
    public async Task What_was_missed_for_long_and_what_a_reorganisation_took_back_is_not_told()
    {
        await StartAsync();
        await WantAsync(Ana);
        await TradeAsync(Moby, Side.Buy, 77, 1_000, 0.40m);
        _lab.Chain.Drop(1);
        _lab.Chain.Mine();
        _lab.Chain.Mine();
        await FinalAsync();
        await LookAsync(Ana, 0);

        await TradeAsync(Moby, Side.Buy, 77, 1_000, 0.40m);
        await FinalAsync();
        _lab.Clock.Advance(TimeSpan.FromMinutes(21));
        await LookAsync(Ana, 0, "it is too old to act on");
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _lab.DisposeAsync();

    private async Task StartAsync(Db provider = Db.Sqlite)
    {
        _lab = await IndexLab.StartAsync(provider);
        foreach (var (token, liquidity) in new[] { (77, 5_000m), (78, 5_000m), (79, 499m) })
            _lab.Get<FakeMarkets>().Add(token, liquidity);
        foreach (var trader in new[] { Moby, Pia, Jan })
        {
            (await _lab.Leaders.WatchAsync(trader.ToString(), "smart_trader", "test", default)).IsOk.Should().BeTrue();
            await StatsAsync(trader, 0);
        }
        await _lab.RoundAsync();
    }

    private Task StatsAsync(Address trader, decimal leftOut) => _lab.WriteAsync(async (db, ct) =>
    {
        await db.Set<LeaderStatsRow>().Where(s => s.Address == trader.ToLower()).ExecuteDeleteAsync(ct);
        db.Add(new LeaderStatsRow { Address = trader.ToLower(), LeftOut = leftOut });
        return await db.SaveChangesAsync(ct);
    });

    private async Task WantAsync(long user, string level = "on")
    {
        var accounts = _lab.Get<IAccounts>();
        await accounts.RegisterAsync(user, null, default);
        (await accounts.SettingsAsync(user, default))!.Notifications["smart_money"].Should().Be("off");
        (await accounts.ChangeSettingsAsync(user, new UserSettingsChange(Notifications: new Dictionary<string, string> { ["smart_money"] = level }), default)).IsOk.Should().BeTrue();
    }

    private async Task TradeAsync(Address trader, Side side, long token, decimal shares, decimal price)
    {
        _lab.Clock.Advance(TimeSpan.FromSeconds(10));
        _lab.Chain.Mine(FakeLog.Fill(trader, side, token, shares, price));
        await _lab.RoundAsync();
    }

    /// <summary>Enough blocks that what was mined cannot change any more.</summary>
    private async Task FinalAsync()
    {
        for (var i = 0; i < 4; i++)
            _lab.Chain.Mine();
        await _lab.RoundAsync();
    }

    private async Task LookAsync(long user, int heard, string because = "")
    {
        await _lab.Get<SmartMoneyWatch>().LookAsync(default);
        (await HeardAsync(user)).Should().HaveCount(heard, because);
    }

    private async Task<IReadOnlyList<JsonElement>> HeardAsync(long user) =>
        [.. (await _lab.Get<IUserEvents>().ReadAsync(user, 0, 100, default)).Select(e => JsonDocument.Parse(e.Payload).RootElement)];

    private static string? Text(JsonElement e, string name) => e.GetProperty(name).GetString();
}
