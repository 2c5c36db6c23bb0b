using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Copying;

/// <summary>Caps count what is filled, reserved and unknown; a leader's sell meets entries that are still on their way.</summary>
public class CapTests
{
    [Fact]
    public async Task No_history_of_trades_passes_a_cap()
    {
        for (var seed = 1; seed <= 15; seed++)
        {
            var random = new Random(seed);
            await using var lab = await CopyLab.CreateAsync(cash: random.Next(20, 200));
            var rules = new FollowRules
            {
                Mode = CopyMode.PercentOfTrade,
                Percent = random.Next(5, 60),
                MaxPerTrade = random.Next(5, 30),
                MaxPerDay = random.Next(30, 80),
                MaxPerMarket = random.Next(30, 60),
                BelowMinimum = (BelowMinimum)random.Next(3),
                Opposite = OppositePolicy.Allow,
            };
            await lab.FollowAsync(rules);
            for (var step = 0; step < 15; step++)
            {
                Act[] acts = [Act.Match, Act.Match, Act.LoseAnswer, Act.LoseRequest, Act.Reject, Act.Delay];
                lab.Venue.Script(acts[random.Next(acts.Length)]);
                lab.Venue.FillPrice = new Price(4500);
                lab.History(Yes, 0.45m);
                await lab.TradeAsync(lab.ATrade(shares: random.Next(5, 200)));
                if (random.Next(4) == 0)
                {
                    await lab.ConfirmAsync();
                    lab.Venue.FillPrice = new Price(4400);
                    await lab.TradeAsync(lab.ATrade(Side.Sell, shares: random.Next(5, 100), price: 0.44m));
                }
                await lab.PassAsync(random.Next(0, 3));
                var rows = await lab.DecisionsAsync();
                var orders = await lab.Trading.RowsAsync();
                rows.Where(r => r.Side == Side.Buy).Should().OnlyContain(r => r.Amount <= rules.MaxPerTrade * 1_000_000m, $"seed {seed}");
                orders.Where(o => o.Side == Side.Buy).Sum(o => Math.Max(o.Collateral.Micros, o.ToReserve())).Should().BeLessThanOrEqualTo((long)(rules.MaxPerDay * 1_000_000m), $"seed {seed}");
                var held = await lab.Trading.PositionAsync();
                var open = orders.Where(o => o.Side == Side.Buy).Sum(o => o.ToReserve());
                ((held?.Cost.Micros ?? 0) + open).Should().BeLessThanOrEqualTo((long)(rules.MaxPerMarket * 1_000_000m) + 1_000_000, $"seed {seed}");
            }
        }
    }

    [Fact]
    public async Task A_leaders_sell_takes_back_an_entry_that_has_not_filled()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(CopyLab.Fixed(9m));
        lab.Venue.Script(Act.Delay);
        var buy = await lab.TradeAsync(lab.ATrade());
        (await lab.DecisionAsync(buy)).State.Should().Be("ordered");

        var sell = await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 100m, price: 0.44m));

        lab.Venue.Cancelled.Should().ContainSingle();
        (await lab.DecisionAsync(buy)).Should().Match<DecisionRow>(d => d.State == "done" && d.Filled == 0 && d.Verdict == "failed");
        (await lab.SignalsAsync()).Single(s => s.LeaderTradeId == sell.Id).Rule.Should().Be("not_held");
        (await lab.HeldAsync(follow.Id)).Should().Be(0);
    }

    [Fact]
    public async Task What_an_entry_brings_after_the_leader_sold_is_sold_too()
    {
        await using var lab = await CopyLab.CreateAsync();
        var follow = await lab.FollowAsync(CopyLab.Fixed(9m));
        lab.Venue.Script(Act.LoseAnswer);
        lab.Venue.ReadsFail = true;
        var buy = await lab.TradeAsync(lab.ATrade());
        var sell = await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 50m, price: 0.44m));
        lab.Venue.ReadsFail = false;

        await lab.PassAsync(5);
        await lab.ConfirmAsync();
        lab.Venue.FillPrice = new Price(4400);
        await lab.PassAsync(40);

        (await lab.DecisionAsync(buy)).Filled.Should().Be(20_000_000);
        (await lab.DecisionAsync(sell)).Should().Match<DecisionRow>(d => d.Verdict == "copied" && d.State == "done");
        (await lab.HeldAsync(follow.Id)).Should().Be(10m, "he sold half, so half of what arrived goes");
    }

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task What_an_entry_brings_while_the_sell_is_decided_counts_once(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        var follow = await lab.FollowAsync(CopyLab.Fixed(9m));
        lab.Venue.Script(Act.LoseAnswer);
        lab.Venue.ReadsFail = true;
        await lab.TradeAsync(lab.ATrade());
        await lab.PassAsync(2);
        lab.Trading.MarketData.WhileRead = async () =>
        {
            (lab.Trading.MarketData.WhileRead, lab.Venue.ReadsFail) = (null, false);
            await lab.Trading.PassAsync(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1));
            await lab.Trading.Get<CopyOutcomes>().TakeInAsync(default);
        };

        var sell = await lab.TradeAsync(lab.ATrade(Side.Sell, shares: 50m, price: 0.44m));
        lab.Trading.MarketData.WhileRead.Should().BeNull("the fill has come in between");
        await lab.ConfirmAsync();
        lab.Venue.FillPrice = new Price(4400);
        await lab.PassAsync(40);

        (await lab.DecisionAsync(sell)).Target.Should().Be(10_000_000, "he sold half");
        (await lab.HeldAsync(follow.Id)).Should().Be(10m);
    }

    [Fact]
    public async Task The_baseline_is_copied_only_when_asked()
    {
        await using var lab = await CopyLab.CreateAsync();
        lab.Leaders.Move(lab.ATrade());

        await lab.FollowAsync(CopyLab.Fixed(9m));
        await lab.SettleAsync();
        (await lab.DecisionsAsync()).Should().BeEmpty();
        lab.Leaders.Move(lab.ATrade(leader: CopyLab.Second));
        var asked = await lab.FollowAsync(CopyLab.Fixed(9m) with { CopyBaseline = true }, CopyLab.Second);
        await lab.SettleAsync();

        (await lab.DecisionsAsync()).Should().ContainSingle(d => d.FollowId == asked.Id && d.Verdict == "copied");
    }
}
