using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Exits;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>The kills of <see cref="CrashTests"/> while exits that came with their buys fire: real exits, desk, recorder and ledger.</summary>
public class ExitCrashTests
{
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_CRASH_CASES"), out var n) ? n : 12;

    [Fact]
    public async Task A_kill_at_any_step_leaves_every_stop_sold_once_on_SQLite()
    {
        var kills = new HashSet<string>();
        for (var seed = 1; seed <= Cases; seed++)
            await RunAsync(Db.Sqlite, seed, kills);
        kills.Count.Should().BeGreaterThan(10, "the kills must reach many different steps");
    }

    [Fact]
    public async Task A_kill_at_any_step_leaves_every_stop_sold_once_on_PostgreSQL()
    {
        for (var seed = 10_001; seed <= 10_000 + Math.Max(1, Cases / 6); seed++)
            await RunAsync(Db.PostgreSql, seed, []);
    }

    private static async Task RunAsync(Db provider, int seed, HashSet<string> kills)
    {
        var random = new Random(seed);
        var trace = new List<string>();
        await using var lab = await TradingLab.CreateAsync(provider, also: services => services
            .AddSingleton<FakeBoard>().AddSingleton<IQuoteBoard>(s => s.GetRequiredService<FakeBoard>())
            .AddSingleton<IExitArming, ExitArming>().AddSingleton<IPositionFeed, Listeners>());
        try
        {
            lab.Venue.TradesPerMatch = random.Next(1, 3);
            await LiveAsync(lab, random, doomed: true);
            var rounds = random.Next(1, 3);
            for (var round = 0; round < rounds; round++)
            {
                await BuyAsync(lab, random, $"key{round}", trace, kills);
                var fall = random.Next(3) > 0;
                lab.Venue.FillPrice = new Price(fall ? 3500 : 6500);
                for (var look = 0; look < 6; look++)
                {
                    Act[] acts = [Act.Match, Act.Match, Act.LoseAnswer, Act.LoseRequest, Act.Delay, Act.Reject, Act.Hold];
                    lab.Venue.ClearScript();
                    lab.Venue.Script(acts[random.Next(acts.Length)]);
                    lab.Venue.Fraction = random.Next(3) == 0 ? 0.4m : 1;
                    await StepAsync(lab, random, trace, kills, () => TickAsync(lab, fall ? 0.35m : 0.65m));
                    if (random.Next(3) == 0)
                        lab.Venue.Settle(random.Next(5) == 0 ? SettlementStatus.Failed : SettlementStatus.Confirmed);
                    await StepAsync(lab, random, trace, kills, () => WorkAsync(lab, random.Next(1, 4)));
                }
                lab.Venue.FillPrice = new Price(4500);
            }

            lab.Guillotine = null;
            lab.Venue.ClearScript();
            lab.Venue.Fraction = 1;
            lab.Venue.FillPrice = new Price(3500);
            await LiveAsync(lab, random, doomed: false);
            foreach (var order in lab.Venue.Orders())
                if (lab.Venue.StatusOf(order.Hash) == VenueOrderStatus.Delayed)
                    lab.Venue.Drop(order.Hash, VenueOrderStatus.Cancelled, "CANCELED", push: false);
            for (var look = 0; look < 6; look++)
            {
                lab.Venue.Settle(SettlementStatus.Confirmed);
                await TickAsync(lab, 0.35m);
                await WorkAsync(lab, 20);
            }
            (await lab.Trading.SyncAsync(Ana, default)).Value.Adjustments.Should().Be(0, "the ledger follows from orders and trades alone");
            await CrashTests.VerifyAsync(lab);
            (await lab.PositionAsync()).Should().BeNull("the bid is below every stop");
            var exits = await lab.Database.Workers.ReadAsync((db, ct) => db.Set<ExitRow>().AsNoTracking().ToListAsync(ct), default);
            exits.Should().NotContain(e => ExitStatus.Open.Contains(e.Status));
            lab.Get<ExitBook>().Exits.Should().BeEmpty();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed} on {provider}: {string.Join(" | ", trace)}", e);
        }
    }

    private static async Task BuyAsync(TradingLab lab, Random random, string key, List<string> trace, HashSet<string> kills)
    {
        lab.Venue.FillPrice = new Price(4500);
        lab.Venue.ClearScript();
        lab.Venue.Fraction = 1;
        var order = ABuy(18m) with { StopLoss = 0.40m, TakeProfit = random.Next(2) == 0 ? 0.60m : null };
        var answered = false;
        for (var tries = 0; !answered; tries++)
        {
            tries.Should().BeLessThan(200);
            await StepAsync(lab, random, trace, kills, async () => answered = (await lab.FinishAsync(lab.Trading.PlaceAsync(Ana, key, order, default))).Error?.Code != "idempotency.in_progress");
            lab.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        lab.Venue.Settle(SettlementStatus.Confirmed);
        trace.Add("bought");
    }

    /// <summary>One step of a process that may die in it; then the next process begins.</summary>
    private static async Task StepAsync(TradingLab lab, Random random, List<string> trace, HashSet<string> kills, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception) when (lab.Guillotine!.HasFallen)
        {
            // whatever a dying process says
        }
        if (!lab.Guillotine!.HasFallen)
            return;
        kills.Add(lab.Guillotine.Where!);
        trace.Add($"killed {lab.Guillotine.Where}");
        await LiveAsync(lab, random, doomed: true);
    }

    /// <summary>A process: it reconciles and loads its exits before it hears a tick.</summary>
    private static async Task LiveAsync(TradingLab lab, Random random, bool doomed)
    {
        for (var starts = 1; ; starts++)
        {
            lab.Clock.Advance(TimeSpan.FromMilliseconds(300)); // nobody restarts in no time
            lab.Guillotine = doomed ? new Guillotine(random.Next(1, 80) * starts) : null;
            try
            {
                await lab.RestartAsync();
                await lab.Resolver.SweepAsync(TimeSpan.Zero, default);
                await lab.Resolver.RunDueAsync(default);
                await lab.Get<ExitArmory>().LoadAsync(default);
                if (lab.Guillotine?.HasFallen != true)
                    return;
            }
            catch (Exception) when (lab.Guillotine?.HasFallen == true)
            {
                // killed while it was starting: the next one
            }
        }
    }

    private static async Task TickAsync(TradingLab lab, decimal bid)
    {
        lab.Get<FakeBoard>().Set(Yes, bid, bid + 0.01m);
        lab.Get<FakeBoard>().TryRead(Yes, out var quote);
        lab.Quote(Yes, bid, bid + 0.01m);
        lab.Get<ExitBook>().OnQuote(quote);
        await WorkAsync(lab, 1);
    }

    /// <summary>What the loops of a process do in some seconds.</summary>
    private static async Task WorkAsync(TradingLab lab, int seconds)
    {
        for (var second = 1; second <= seconds && lab.Guillotine?.HasFallen != true; second++)
        {
            await lab.PassAsync(TimeSpan.FromSeconds(1));
            await lab.Get<ExitSweep>().SweepAsync(5, default);
            await lab.Get<ExitSweep>().FollowAsync(default);
            await lab.Get<ExitJudge>().JudgeAsync(default);
            await lab.Get<ExitExecutor>().StartAsync(default);
            await lab.Get<ExitExecutor>().IdleAsync();
            await lab.Get<ExitOutcomes>().TakeInAsync(default);
            if (second % 5 == 0)
                await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);
        }
    }

    /// <summary>Tells what listens, as the host's feed does.</summary>
    private sealed class Listeners(IServiceProvider services) : IPositionFeed
    {
        public void Publish(IReadOnlyList<Booked> changes)
        {
            foreach (var listener in services.GetServices<IPositionListener>())
                listener.Committed([.. changes.Where(c => c.IsNew)]);
        }
    }
}
