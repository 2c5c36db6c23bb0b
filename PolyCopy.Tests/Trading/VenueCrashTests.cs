using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Trading;

/// <summary>The kills of <see cref="CrashTests"/>, over real HTTP and sockets, against the simulator with its faults.</summary>
public class VenueCrashTests
{
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("POLYCOPY_CRASH_CASES"), out var n) ? Math.Max(1, n / 20) : 8;

    [Theory, MemberData(nameof(Both))]
    public async Task A_kill_at_any_step_leaves_each_order_accepted_once_and_the_ledger_equal_to_the_venue(Db provider)
    {
        var kills = 0;
        for (var seed = 1; seed <= (provider == Db.Sqlite ? Cases : (Cases + 1) / 2); seed++)
            kills += await RunAsync(provider, provider == Db.Sqlite ? seed : 5_000 + seed);
        kills.Should().BeGreaterThan(Cases / 4);
    }

    public static TheoryData<Db> Both => TestDatabase.Both;

    private static async Task<int> RunAsync(Db provider, int seed)
    {
        var random = new Random(seed);
        var trace = new List<string>();
        await using var product = await SimulatedProduct.StartAsync(provider);
        try
        {
            var steps = random.Next(2, 5);
            await DoomAsync(product, random, trace);
            for (var step = 0; step < steps; step++)
            {
                var (fault, variant) = random.Next(6) switch { 0 => ("F24", "drop"), 1 => ("F24", "502"), 2 => ("F27", null), 3 => ("F26", (string?)null), _ => ("", null) };
                if (fault.Length > 0)
                    await product.FaultAsync(fault, "clob", seconds: 1.5, variant: variant);
                var order = random.Next(4) switch { 0 => product.ARest(Side.Buy, 20m, 0.45m), 1 => product.ARest(Side.Buy, 20m, 0.40m), 2 when step > 0 => product.ASell(5m), _ => product.ABuy(18m) };
                trace.Add($"{fault}{variant} {order.Side} {order.Type}");
                await AskAsync(product, random, $"key{step}", order, trace);
                await product.HealAsync();
                product.Clock.Advance(TimeSpan.FromSeconds(random.Next(0, 6)));
            }
            product.Guillotine = null;
            await product.RestartAsync();
            await product.Get<OrderResolver>().SweepAsync(TimeSpan.Zero, default);
            await product.UntilAsync(async () => (await product.RowsAsync()).All(r => r.IsTerminal || r.Status == OrderStatus.Live), "every order comes to rest");
            await product.SettleAsync();
            await VerifyAsync(product);
            return trace.Count(t => t.StartsWith("killed", StringComparison.Ordinal));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed} on {provider}: {string.Join(" | ", trace)}", e);
        }
    }

    private static async Task AskAsync(SimulatedProduct product, Random random, string key, PlaceOrder order, List<string> trace)
    {
        for (var tries = 1; ; tries++)
        {
            tries.Should().BeLessThan(100);
            try
            {
                var result = await product.FinishAsync(product.Trading.PlaceAsync(SimulatedProduct.Ana, key, order, default));
                if (result.Error?.Code is not ("idempotency.in_progress" or "venue.unavailable"))
                    return;
                product.Clock.Advance(TimeSpan.FromSeconds(1));
            }
            catch (Exception) when (product.Guillotine is { HasFallen: true })
            {
                trace.Add($"killed {product.Guillotine.Where}");
                await DoomAsync(product, random, trace);
            }
        }
    }

    private static async Task DoomAsync(SimulatedProduct product, Random random, List<string> trace)
    {
        for (var starts = 1; ; starts++)
        {
            product.Clock.Advance(TimeSpan.FromMilliseconds(300));
            product.Guillotine = new Guillotine(random.Next(8, 60) * starts);
            try
            {
                await product.RestartAsync();
                await product.Get<OrderResolver>().SweepAsync(TimeSpan.Zero, default);
                await product.Get<OrderResolver>().RunDueAsync(default);
                if (!product.Guillotine.HasFallen)
                    return;
            }
            catch (Exception) when (product.Guillotine.HasFallen)
            {
                // killed while it was starting: the next one
            }
            trace.Add($"killed at start, {product.Guillotine.Where}");
        }
    }

    private static async Task VerifyAsync(SimulatedProduct product)
    {
        var rows = await product.RowsAsync();
        var seen = await product.OrdersAsync();
        seen.Should().NotContain(o => o.Accepted > 1);
        seen.Select(o => o.Hash).Should().BeSubsetOf(rows.Select(r => r.OrderHash), "nothing is sent that does not stand in the database");
        rows.Select(r => r.DecisionKey).Should().OnlyHaveUniqueItems();
        (await product.FundsAsync()).Total.Should().Be(await product.AtVenueAsync());
        ((await product.PositionAsync())?.Size.Micros ?? 0).Should().Be(await product.AtVenueAsync(product.Yes));
        (await product.FundsAsync()).Reserved.Should().Be(rows.Where(r => r.Side == Side.Buy).Sum(r => r.ToReserve()));
        (await product.Trading.SyncAsync(SimulatedProduct.Ana, default)).Value.Should().BeEquivalentTo(new { Fills = 0, Adjustments = 0 });
    }
}
