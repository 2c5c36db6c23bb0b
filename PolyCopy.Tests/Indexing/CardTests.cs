using PolyCopy.Modules.Indexing.Cards;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Tests.Indexing.Support;

namespace PolyCopy.Tests.Indexing;

/// <summary>A leader's card tells his losses too.</summary>
public class CardTests
{
    private static readonly Address Ana = Address.Parse("0x3229011cf0EFfA1cC64c05C768A3469563370dAA");

    [Fact]
    public async Task A_loss_at_a_resolution_counts_although_nobody_holds_the_market()
    {
        await using var lab = await IndexLab.StartAsync();
        var markets = lab.Get<FakeMarkets>();
        var market = markets.Add(77, updatedAt: lab.Clock.GetUtcNow());
        await lab.WatchAsync(Ana);
        await lab.RoundAsync();
        lab.Chain.Mine(FakeLog.Fill(Ana, Side.Buy, 77, 100, 0.40m));
        await lab.RoundAsync();
        await IsAsync(10m, 0, null);

        lab.Clock.Advance(TimeSpan.FromMinutes(31));
        await IsAsync(10m, 0, null); // the venue is away
        markets.Later[market.Id] = market with { Closed = true, Prices = [0m, 1m], Payouts = [0m, 1m], UpdatedAt = lab.Clock.GetUtcNow() };
        lab.Clock.Advance(TimeSpan.FromMinutes(31));
        await IsAsync(-40m, 1, 0m);

        async Task IsAsync(decimal pnl, int closed, decimal? winRate)
        {
            LeaderStatsRow stats = await lab.Get<CardStore>().WorkOutAsync(lab.Get<WatchBook>().Now.Leaders[Ana.ToLower()], CardStore.OldUnseen, askVenue: true, default);
            (stats.Pnl, stats.Closed, stats.WinRate).Should().Be((pnl, closed, winRate));
        }
    }
}
