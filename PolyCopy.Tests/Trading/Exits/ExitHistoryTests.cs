using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;

namespace PolyCopy.Tests.Trading.Exits;

public class ExitHistoryTests
{
    [Fact]
    public async Task However_ticks_answers_faults_and_crashes_follow_each_other_nothing_is_sold_twice_and_every_stop_ends_flat()
    {
        for (var seed = 1; seed <= 10; seed++)
            await PlayAsync(new Random(seed), seed);
    }

    private static async Task PlayAsync(Random random, int seed)
    {
        await using var lab = await ExitLab.CreateAsync();
        var bought = new Dictionary<Guid, long>();
        for (var user = 1; user <= 4; user++)
        {
            var shares = random.Next(1, 200) + random.Next(100) / 100m;
            var position = lab.APosition(shares, user, sellable: random.Next(3) == 0 ? 0 : shares);
            bought[position.Id] = position.Size.Micros;
            await lab.ArmAsync(position, new ArmExit(ExitKind.StopLoss, 0.42m, Instant: random.Next(2) == 0));
            await lab.ArmAsync(position, new ArmExit(ExitKind.TakeProfit, 0.60m, Fraction: random.Next(2) == 0 ? 0.5m : 1));
            if (random.Next(2) == 0)
                await lab.ArmAsync(position, new ArmExit(ExitKind.Trailing, Trail: 0.10m));
        }
        lab.Desk.Venue = order => Answer(random, order);
        var crashes = seed % 2 == 0; // a restart heals what was forgotten: half of the histories have none
        for (var step = 0; step < 25; step++)
        {
            switch (random.Next(9))
            {
                case 0:
                    lab.Desk.LoseDecisions = true;
                    await lab.TickAndSettleAsync(random.Next(38, 64) / 100m);
                    lab.Desk.LoseDecisions = false;
                    break;
                case 1:
                    lab.Desk.DieBeforeSend = true;
                    await lab.TickAndSettleAsync(random.Next(38, 64) / 100m);
                    lab.Desk.DieBeforeSend = false;
                    if (crashes)
                        await lab.RestartAsync();
                    break;
                case 2 when crashes:
                    await lab.RestartAsync();
                    break;
                case 3:
                    await SpeakAsync(lab, random, all: false);
                    break;
                case 4:
                    lab.Positions.SettleShares(bought.Keys.ElementAt(random.Next(bought.Count)));
                    break;
                default:
                    await lab.TickAndSettleAsync(random.Next(38, 64) / 100m);
                    await lab.WaitAsync(random.Next(1, 1_500) / 1_000d);
                    break;
            }
            Check(lab, bought, seed);
        }

        // the venue comes to its senses, and the price stays below every stop
        lab.Desk.Venue = order => new Reply(order.Shares.ToDecimal(), order.Decision.WorstPrice.ToDecimal());
        foreach (var id in bought.Keys.Where(id => lab.Positions[id].Status == "active"))
            lab.Positions.SettleShares(id);
        for (var round = 0; round < 12; round++)
        {
            await SpeakAsync(lab, random, all: true);
            lab.Tick(0.40m);
            await lab.WaitAsync(60);
            await lab.Service<ExitSweep>().SweepAsync(5, default);
            await lab.SettleAsync();
        }

        Check(lab, bought, seed);
        lab.Positions.All.Should().OnlyContain(p => p.Size.Micros < 10_000, $"seed {seed}: every stop ends flat");
        foreach (var id in bought.Keys)
            (await lab.RowsAsync(id)).Should().OnlyContain(r => r.Status == "done" || r.Status == "cancelled", $"seed {seed}");
        lab.Service<ExitBook>().Exits.Should().BeEmpty($"seed {seed}");
    }

    private static Reply Answer(Random random, CommittedOrder order) => random.Next(7) switch
    {
        0 => new Reply(order.Shares.ToDecimal(), order.Decision.WorstPrice.ToDecimal()),
        1 or 2 => new Reply(decimal.Floor(order.Shares.ToDecimal() * random.Next(100)) / 100, order.Decision.WorstPrice.ToDecimal()),
        3 => new Reply(Held: true, Error: "venue.not_ready"),
        4 => new Reply(Error: "order.no_match"),
        5 => new Reply(Error: "order.balance"),
        _ => new Reply(Terminal: false),
    };

    /// <summary>The last word on orders that were left in doubt.</summary>
    private static async Task SpeakAsync(ExitLab lab, Random random, bool all)
    {
        foreach (var order in await lab.OpenOrdersAsync())
            if (all || random.Next(2) == 0)
                await lab.Desk.SayAsync(order.Id, random.Next(2) == 0 ? new Reply(Error: "order.not_found") : new Reply(decimal.Floor(order.Shares.ToDecimal() * random.Next(1, 101)) / 100, 0.4m));
        await lab.SettleAsync();
    }

    private static void Check(ExitLab lab, Dictionary<Guid, long> bought, int seed)
    {
        foreach (var (id, size) in bought)
            lab.Positions[id].Size.Micros.Should().BeInRange(0, size, $"seed {seed}: no more is sold than there was");
        lab.Desk.Sent.Select(o => o.Key).Should().OnlyHaveUniqueItems($"seed {seed}: no attempt is sent twice");
    }
}
