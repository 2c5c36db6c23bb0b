using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.ApiClient;

public abstract class LeadersContract(Backends backends, bool overHttp) : Contract<ILeaders>(backends, overHttp)
{
    private static int _leaders = 0xa00;

    [Fact]
    public async Task What_is_watched_is_listed_until_it_is_taken_back()
    {
        var leader = NewLeader();
        var watched = (await It.WatchAsync(leader.ToUpperInvariant().Replace("0X", "0x"), "smart_trader", "operator", default)).Value;
        (watched.Address, watched.Kind, string.Join(',', watched.Wallets), string.Join(',', watched.By)).Should().Be((leader, "smart_trader", leader, "operator"));
        (await It.WatchedAsync(200, null, default)).Items.Should().Contain(w => w.Address == leader);
        (await It.CoverageAsync(leader, default))!.Gaps.Should().Be(0);
        await It.RefreshAsync(default);
        (await It.UnwatchAsync(leader, default)).Value.By.Should().BeEmpty();
        (await It.WatchedAsync(200, null, default)).Items.Should().NotContain(w => w.Address == leader);
        (await It.CoverageAsync(leader, default)).Should().BeNull();
        (await It.GetAsync(leader, default))!.Trades.Should().Be(0);
    }

    [Fact]
    public async Task Nonsense_and_strangers_are_refused_with_the_same_codes()
    {
        (await It.WatchAsync("0x12", "leader", "operator", default)).Error!.Code.Should().Be("address.invalid");
        (await It.WatchAsync(NewLeader(), "friend", "operator", default)).Error!.Code.Should().Be("address.kind");
        (await It.UnwatchAsync(NewLeader(), default)).Error!.Code.Should().Be("address.unknown");
        (await It.GetAsync(NewLeader(), default)).Should().BeNull();
        (await It.TradesAsync(NewLeader(), 5, null, default)).Should().BeEquivalentTo(new Page<LeaderTrade>([], null));
        (await It.FindTradesAsync(["nothing"], default)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_trade_is_shown_with_all_that_is_known_of_it()
    {
        var leader = NewLeader();
        await It.WatchAsync(leader, "leader", "operator", default);
        await Backends.App.UntilAsync("/api/v1/watched-addresses?limit=200", l => l.GetProperty("items").EnumerateArray().Any(w => w.GetProperty("address").GetString() == leader && w.GetProperty("coverage").GetProperty("state").GetString() == "trusted"));
        var market = (await Backends.App.ControlAsync("markets"))[2];
        await Backends.App.ControlAsync($"leaders/{leader}/trade", new { conditionId = market.GetProperty("conditionId").GetString(), outcome = market.GetProperty("outcomes")[0].GetString(), side = "BUY", shares = "100", price = "0.55" });
        await Backends.App.UntilAsync($"/api/v1/leaders/{leader}/trades", l => l.GetProperty("items").GetArrayLength() > 0 && l.GetProperty("items")[0].GetProperty("blockNumber").ValueKind != System.Text.Json.JsonValueKind.Null);
        LeaderTrade trade;
        IReadOnlyList<LeaderTrade> found;
        do
        {
            trade = await OnlyAsync();
            found = await It.FindTradesAsync([trade.Id], default);
        }
        while (await OnlyAsync() != trade); // each source adds what it knows
        (trade.Side, trade.Shares, trade.Collateral, trade.Leader).Should().Be((Side.Buy, new Shares(100_000_000), new Usdc(55_000_000), leader));
        found.Should().BeEquivalentTo([trade]);
        (await It.HoldingAsync(leader, trade.Token, default)).Should().Be(100_000_000);
        var card = (await It.GetAsync(leader, default))!;
        (card.Trades, card.Volume).Should().Be((1, 55m));
        (await It.ListAsync("volume", 200, null, default)).Items.Should().Contain(c => c.Address == leader);

        async Task<LeaderTrade> OnlyAsync() => (await It.TradesAsync(leader, 5, null, default)).Items.Should().ContainSingle().Subject;
    }

    private static string NewLeader() => $"0x00000000000000000000000000000000{Interlocked.Increment(ref _leaders):x8}";
}

[Collection(nameof(Backends))]
public sealed class LeadersInProcessTests(Backends backends) : LeadersContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class LeadersOverHttpTests(Backends backends) : LeadersContract(backends, overHttp: true);
