using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Polymarket.Rpc;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Indexing.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>The whole path from a real node's blocks to what is told.</summary>
public class EvmNodeTests
{
    private static readonly Address Ana = Address.Parse("0x3229011cf0EFfA1cC64c05C768A3469563370dAA");
    private static readonly Address Bob = Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e");
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Fills_of_several_exchanges_in_one_transaction_are_told_and_those_of_others_are_not()
    {
        await using var node = await EvmNode.StartAsync();
        await using var lab = await StartAsync(node);
        await lab.WatchAsync(Ana);
        (await lab.RoundAsync()).Should().BeTrue(lab.State.Fault);
        var v3 = Exchanges.For(137, 3, false).Address;
        await node.SendAsync(
            FakeLog.Fill(Bob, Side.Sell, 77, 10, 0.55m, aggressor: Ana), FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m),
            FakeLog.Fill(Ana, Side.Sell, 78, 3, 0.40m, aggressor: Bob) with { Contract = v3 });
        await node.MineAsync();
        (await lab.RoundAsync()).Should().BeTrue(lab.State.Fault);
        await node.MineAsync(5);
        (await lab.RoundAsync()).Should().BeTrue(lab.State.Fault);
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "Sell 3 of 78 at 0.40");
        lab.Listener.Trades[0].Counterparty.Should().Be(Bob.ToLower());
        lab.Listener.Trades[0].BlockAt.Should().NotBeNull();
        (await lab.RowsAsync()).Should().OnlyContain(r => r.IsFinal);
    }

    [Fact]
    public async Task A_reorganisation_that_drops_a_trade_takes_it_back_and_one_that_mines_it_again_does_not()
    {
        await using var node = await EvmNode.StartAsync();
        await using var lab = await StartAsync(node);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await node.SendAsync(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await node.MineAsync();
        await lab.RoundAsync();
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55");

        await node.ReorganiseAsync(1);
        (await lab.RoundAsync()).Should().BeTrue(lab.State.Fault);
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "not Buy 10 of 77");
        lab.State.Reorgs.Should().Be(1);

        await node.MineAsync();
        await node.ReorganiseAsync(1, [FakeLog.Fill(Ana, Side.Sell, 77, 2, 0.60m)]);
        (await lab.RoundAsync()).Should().BeTrue(lab.State.Fault);
        lab.Listener.Heard.Should().HaveCount(3).And.EndWith("Sell 2 of 77 at 0.60");
    }

    [Fact]
    public async Task A_head_that_falls_back_and_repeats_its_numbers_is_a_reorganisation()
    {
        await using var node = await EvmNode.StartAsync();
        await using var lab = await StartAsync(node);
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        await node.MineAsync();
        await node.SendAsync(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
        await node.MineAsync();
        await lab.RoundAsync();
        await node.RollBackAsync(2);
        (await lab.RoundAsync()).Should().BeTrue(lab.State.Fault);
        lab.Listener.Heard.Should().HaveCount(1);
        await node.CallAsync("evm_setNextBlockTimestamp", TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 60);
        await node.MineAsync(3);
        (await lab.RoundAsync()).Should().BeTrue(lab.State.Fault);
        lab.Listener.Heard.Should().Equal("Buy 10 of 77 at 0.55", "not Buy 10 of 77");
    }

    [Fact]
    public async Task A_subscription_wakes_for_the_watched_wallets_only()
    {
        await using var node = await EvmNode.StartAsync();
        await using var lab = await StartAsync(node);
        await lab.WatchAsync(Ana);
        using var stop = new CancellationTokenSource();
        using var woken = new SemaphoreSlim(0);
        var reader = lab.Get<PolyCopy.Modules.Indexing.Chain.ChainReader>();
        var listening = lab.Get<IChain>().ListenAsync(reader.Wake(lab.Get<PolyCopy.Modules.Indexing.Watching.WatchBook>().Now), _ => woken.Release(), stop.Token);
        var deadline = TimeProvider.System.GetTimestamp();
        var anas = 0;
        do // the subscription is not acknowledged to us: blocks are mined until it stands
        {
            TimeProvider.System.GetElapsedTime(deadline).Should().BeLessThan(Deadline);
            await node.SendAsync(FakeLog.Fill(Ana, Side.Buy, 77, 10, 0.55m));
            await node.MineAsync();
            anas++;
        }
        while (!await woken.WaitAsync(TimeSpan.FromMilliseconds(500)));
        const int bobs = 20;
        await node.SendAsync([.. Enumerable.Repeat(FakeLog.Fill(Bob, Side.Buy, 77, 10, 0.55m, aggressor: Ana), bobs)]);
        await node.MineAsync();
        await node.SendAsync(FakeLog.Fill(Ana, Side.Sell, 77, 1, 0.55m));
        await node.MineAsync();
        var wakes = 1;
        while (await woken.WaitAsync(wakes == 1 ? Deadline : TimeSpan.FromMilliseconds(300)))
            wakes++;
        wakes.Should().BeInRange(2, anas + 1, "each of Ana's fills wakes at most once, however late, and none of Bob's twenty").And.BeLessThan(bobs);
        await stop.CancelAsync();
        (await listening).Should().Be("stopped");
    }

    private static Task<IndexLab> StartAsync(EvmNode node)
    {
        var endpoints = new VenueEndpoints(Profile.Demo, new VenueOptions { RpcUrls = node.Address.ToString() }, enableLive: false, () => new Uri("http://127.0.0.1:9/"));
        return IndexLab.StartAsync(chain: new RpcChain(new PlainClients(), endpoints, TimeProvider.System));
    }

    private sealed class PlainClients : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new();
    }
}
