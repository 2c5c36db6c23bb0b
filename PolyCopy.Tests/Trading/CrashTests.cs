using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>kill -9 at random steps between decision, send, answer and booking: afterwards every order was accepted at most once, and the ledger is the venue's.</summary>
public class CrashTests
{
    // POLYCOPY_CRASH_CASES=1000 for a long run; each case kills several processes
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_CRASH_CASES"), out var n) ? n : 150;

    [Fact]
    public async Task A_kill_at_any_step_loses_no_order_and_places_none_twice_on_SQLite()
    {
        var kills = new HashSet<string>();
        for (var seed = 1; seed <= Cases; seed++)
            await RunAsync(Db.Sqlite, seed, kills);
        kills.Count.Should().BeGreaterThan(10, "the kills must reach many different steps");
    }

    [Fact]
    public async Task A_kill_at_any_step_loses_no_order_and_places_none_twice_on_PostgreSQL()
    {
        for (var seed = 10_001; seed <= 10_000 + Math.Max(1, Cases / 6); seed++)
            await RunAsync(Db.PostgreSql, seed, []);
    }

    private static async Task RunAsync(Db provider, int seed, HashSet<string> kills)
    {
        var random = new Random(seed);
        await using var lab = await TradingLab.CreateAsync(provider);
        var trace = new List<string>();
        try
        {
            lab.Venue.TradesPerMatch = random.Next(1, 4);
            lab.Venue.FillPrice = new Price(4500);
            await DoomAsync(lab, random);
            var steps = random.Next(2, 6);
            for (var step = 0; step < steps; step++)
            {
                ScriptVenue(lab, random, trace);
                var request = Request(lab, random, step);
                trace.Add(request.Name);
                await AskUntilAnsweredAsync(lab, random, request.Ask, trace, kills);
                await SurviveAsync(lab, random, trace, kills, async () =>
                {
                    await lab.PassAsync(TimeSpan.FromSeconds(random.Next(0, 4)));
                    return true;
                });
                if (random.Next(3) == 0)
                    lab.Venue.Settle(random.Next(6) == 0 ? SettlementStatus.Failed : SettlementStatus.Confirmed);
            }
            await ComeToRestAsync(lab);
            await VerifyAsync(lab);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed} on {provider}: {string.Join(" | ", trace)}", e);
        }
    }

    private static void ScriptVenue(TradingLab lab, Random random, List<string> trace)
    {
        Act[] acts = [Act.Match, Act.Match, Act.LoseAnswer, Act.LoseRequest, Act.Rest, Act.RestAndLoseAnswer, Act.Delay, Act.Reject, Act.Hold];
        var act = acts[random.Next(acts.Length)];
        lab.Venue.Fraction = random.Next(3) switch { 0 => 0.4m, _ => 1m };
        lab.Venue.Script(act);
        trace.Add(act.ToString());
    }

    private static (string Name, Func<Task<Result<OrderPlaced>>> Ask) Request(TradingLab lab, Random random, int step)
    {
        var key = $"key{step}";
        var order = random.Next(4) switch
        {
            0 => ARest(Side.Buy, 20m, 0.45m),
            1 => ABuy(9m, OrderType.Fok),
            2 when step > 0 => ASell(5m),
            _ => ABuy(18m),
        };
        return ($"{order.Side} {order.Type}", () => lab.Trading.PlaceAsync(Ana, key, order, default));
    }

    /// <summary>A client that repeats its request, with the same key, until somebody answers.</summary>
    private static async Task AskUntilAnsweredAsync(TradingLab lab, Random random, Func<Task<Result<OrderPlaced>>> ask, List<string> trace, HashSet<string> kills)
    {
        for (var tries = 1; ; tries++)
        {
            tries.Should().BeLessThan(200);
            if (await SurviveAsync(lab, random, trace, kills, async () => (await lab.FinishAsync(ask())).Error?.Code != "idempotency.in_progress"))
                return;
            lab.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static async Task<T?> SurviveAsync<T>(TradingLab lab, Random random, List<string> trace, HashSet<string> kills, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception) when (lab.Guillotine is { HasFallen: true })
        {
            // whatever a dying process says
        }
        kills.Add(lab.Guillotine!.Where!);
        trace.Add($"killed {lab.Guillotine.Where}");
        await DoomAsync(lab, random);
        return default;
    }

    /// <summary>The next process, which may be killed too.</summary>
    private static async Task DoomAsync(TradingLab lab, Random random)
    {
        for (var starts = 1; ; starts++)
        {
            lab.Clock.Advance(TimeSpan.FromMilliseconds(300)); // nobody restarts in no time
            lab.Guillotine = new Guillotine(random.Next(1, 60) * starts);
            try
            {
                await lab.RestartAsync();
                await lab.Resolver.SweepAsync(TimeSpan.Zero, default);
                await lab.Resolver.RunDueAsync(default);
                if (!lab.Guillotine.HasFallen)
                    return;
            }
            catch (Exception) when (lab.Guillotine.HasFallen)
            {
                // killed while it was starting: the next one
            }
        }
    }

    private static async Task ComeToRestAsync(TradingLab lab)
    {
        lab.Guillotine = null;
        lab.Venue.ClearScript();
        await lab.RestartAsync();
        foreach (var order in lab.Venue.Orders())
            if (lab.Venue.StatusOf(order.Hash) == VenueOrderStatus.Delayed)
                lab.Venue.Drop(order.Hash, VenueOrderStatus.Cancelled, "CANCELED", push: false);
        await lab.PassAsync(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1));
        (await lab.Trading.SyncAsync(Ana, default)).Value.Adjustments.Should().Be(0, "the ledger follows from orders and trades alone");
        await lab.PassAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
    }

    internal static async Task VerifyAsync(TradingLab lab)
    {
        var rows = await lab.RowsAsync();
        rows.Select(r => r.DecisionKey).Should().OnlyHaveUniqueItems();
        lab.Venue.Orders().Should().NotContain(o => o.Accepted > 1);
        lab.Venue.Received.Distinct().Should().BeSubsetOf(rows.Select(r => r.OrderHash), "nothing is sent that does not stand in the database");
        foreach (var row in rows)
        {
            var trades = lab.Venue.Trades(row.OrderHash).Where(t => t.Status != SettlementStatus.Failed).ToList();
            row.Filled.Micros.Should().Be(trades.Sum(t => t.Shares.Micros), "order {0} is {1}", row.OrderHash, row.Status);
            row.Collateral.Micros.Should().Be(trades.Sum(t => t.Collateral.Micros));
            if (!row.IsTerminal)
                lab.Venue.StatusOf(row.OrderHash).Should().Be(VenueOrderStatus.Live, "only what rests at the venue is open, not {0}", row.Status);
        }
        (await lab.FundsAsync()).Total.Should().Be(lab.Venue.Matched(Wallet, null));
        ((await lab.PositionAsync())?.Size.Micros ?? 0).Should().Be(lab.Venue.Matched(Wallet, Yes));
        (await lab.FundsAsync()).Reserved.Should().Be(rows.Where(r => r.Side == Side.Buy).Sum(r => r.ToReserve()));
        (await lab.FundsAsync(Yes)).Reserved.Should().Be(rows.Where(r => r.Side == Side.Sell).Sum(r => r.ToReserve()));
        (await lab.FundsAsync()).Reserved.Should().BeLessThanOrEqualTo((await lab.FundsAsync()).Total);
    }
}
