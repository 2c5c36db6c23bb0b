using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Copying;

/// <summary>kill -9 at any step between seeing a leader's trade and the last word on its order: nothing is lost, nothing is doubled.</summary>
public class CopyCrashTests
{
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_CRASH_CASES"), out var n) ? n : 16;

    [Fact]
    public async Task A_kill_at_any_step_loses_no_copy_and_makes_none_twice_on_SQLite()
    {
        var kills = new HashSet<string>();
        for (var seed = 1; seed <= Cases; seed++)
            await RunAsync(Db.Sqlite, seed, kills);
        kills.Count.Should().BeGreaterThan(10, "the kills must reach many different steps");
    }

    [Fact]
    public async Task A_kill_at_any_step_loses_no_copy_and_makes_none_twice_on_PostgreSQL()
    {
        for (var seed = 10_001; seed <= 10_000 + Math.Max(1, Cases / 8); seed++)
            await RunAsync(Db.PostgreSql, seed, []);
    }

    private static async Task RunAsync(Db provider, int seed, HashSet<string> kills)
    {
        var random = new Random(seed);
        await using var lab = await CopyLab.CreateAsync(provider);
        var trace = new List<string>();
        try
        {
            var first = await lab.FollowAsync(CopyLab.Fixed(9m));
            var second = await lab.FollowAsync(CopyLab.Fixed(18m), CopyLab.Second);
            var told = new List<Modules.Indexing.LeaderTrade>();
            for (var step = 0; step < 4; step++)
            {
                var leader = random.Next(2) == 0 ? CopyLab.Leader : CopyLab.Second;
                var held = lab.Leaders.Holdings.GetValueOrDefault((leader, Yes));
                var trade = held > 0 && random.Next(2) == 0 ? lab.ATrade(Side.Sell, held / 1_000_000m / random.Next(1, 3), 0.44m, leader) : lab.ATrade(leader: leader);
                lab.Leaders.Move(trade);
                told.Add(trade);
                lab.Venue.FillPrice = trade.Side == Side.Buy ? new Price(4500) : new Price(4400);
                Act[] acts = [Act.Match, Act.Match, Act.LoseAnswer, Act.LoseRequest, Act.Reject];
                lab.Venue.Script(acts[random.Next(acts.Length)]);
                trace.Add($"{trade.Side} of {leader[^2..]}");
                await DoomAsync(lab, random);
                // delivery is at least once: it is told until it was taken
                for (var tries = 0; ; tries++)
                {
                    tries.Should().BeLessThan(100);
                    try
                    {
                        await lab.Engine.TradesAsync([trade], default);
                        await lab.SettleAsync();
                        await lab.PassAsync(1);
                        if (!lab.Trading.Guillotine!.HasFallen)
                            break;
                    }
                    catch (Exception) when (lab.Trading.Guillotine!.HasFallen)
                    {
                        // whatever a dying process says
                    }
                    kills.Add(lab.Trading.Guillotine!.Where!);
                    trace.Add($"killed {lab.Trading.Guillotine.Where}");
                    await DoomAsync(lab, random);
                }
                if (random.Next(2) == 0)
                    lab.Venue.Settle(SettlementStatus.Confirmed);
            }
            lab.Trading.Guillotine = null;
            lab.Venue.ClearScript();
            await lab.RestartAsync();
            await lab.Engine.TradesAsync(told, default);
            await lab.ConfirmAsync();
            lab.Venue.FillPrice = new Price(4400);
            await lab.PassAsync(90);
            await VerifyAsync(lab, told, first, second);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed} on {provider}: {string.Join(" | ", trace)}", e);
        }
    }

    private static async Task DoomAsync(CopyLab lab, Random random)
    {
        for (var starts = 1; ; starts++)
        {
            lab.Trading.Clock.Advance(TimeSpan.FromMilliseconds(300));
            lab.Trading.Guillotine = new Guillotine(random.Next(1, 50) * starts);
            try
            {
                await lab.RestartAsync();
                if (!lab.Trading.Guillotine.HasFallen)
                    return;
            }
            catch (Exception) when (lab.Trading.Guillotine.HasFallen)
            {
                // killed while it was starting
            }
        }
    }

    private static async Task VerifyAsync(CopyLab lab, List<Modules.Indexing.LeaderTrade> told, FollowView first, FollowView second)
    {
        var signals = await lab.SignalsAsync();
        signals.Select(s => s.LeaderTradeId).Should().BeEquivalentTo(told.Select(t => t.Id), "every trade of a leader has exactly one line");
        var decisions = await lab.DecisionsAsync();
        decisions.Should().OnlyContain(d => d.State == DecisionState.Done, "everything has come to its end");
        foreach (var signal in signals.Where(s => s.Rule is null))
            decisions.Where(d => d.LeaderTradeId == signal.LeaderTradeId).Should().ContainSingle("one follow of this leader, one verdict");
        var orders = await lab.Trading.RowsAsync();
        orders.Select(o => o.DecisionKey).Should().OnlyHaveUniqueItems();
        foreach (var copied in decisions.Where(d => d.Side == Side.Buy))
        {
            var bought = orders.Where(o => o.FollowId == copied.FollowId && o.LeaderTradeId == copied.LeaderTradeId).ToList();
            bought.Should().HaveCountLessThanOrEqualTo(1, "a buy is ordered once");
            copied.Filled.Should().Be(bought.Sum(o => o.Filled.Micros), "the decision says what was bought");
            (copied.Verdict == Verdict.Copied).Should().Be(copied.Filled > 0);
        }
        var position = await lab.Trading.PositionAsync();
        var held = await lab.HeldAsync(first.Id) + await lab.HeldAsync(second.Id);
        held.Should().Be(position?.Size.ToDecimal() ?? 0, "every share is some follow's");
        foreach (var follow in new[] { first, second })
        {
            var view = (await lab.Copying.GetAsync(Ana, follow.Id, default))!;
            view.Holdings.Sum(h => h.Shares.ToDecimal()).Should().Be(await lab.HeldAsync(follow.Id), "the projection follows the ledger");
        }
    }
}
