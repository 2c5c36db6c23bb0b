using System.Diagnostics;
using System.Globalization;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;

namespace PolyCopy.Tests.Simulator;

public class BurstTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_thousand_users_sell_at_once_and_each_sells_once()
    {
        const int users = 1000;
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await lab.QuoteAsync(market, "0.44", "0.45", "1000000");
        var traders = new List<Trader>();
        await Parallel.ForAsync(1, users + 1, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
        {
            var trader = await Trader.FundedAsync(lab, i);
            await trader.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45));
            lock (traders)
                traders.Add(trader);
        });
        await lab.AdvanceAsync(15);
        await lab.QuoteAsync(market, "0.44", "0.45", "1000000");
        var requests = traders.Select(trader => trader.Request(HttpMethod.Post, "/order", trader.Body(new Draft(market, 0, Side.Sell, "FAK", 0.40m, 100)))).ToList();

        var clock = Stopwatch.StartNew();
        var statuses = new System.Collections.Concurrent.ConcurrentBag<int>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (request, ct) =>
        {
            using var response = await lab.Http.SendAsync(request, ct);
            statuses.Add((int)response.StatusCode);
        });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{users} signed orders judged, matched, journalled and answered in {clock.ElapsedMilliseconds} ms ({Secp256k1.Backend})"));

        statuses.Should().HaveCount(users).And.OnlyContain(status => status == 200);
        lab.Service<Books>().Ledger.Orders.Values.Should().OnlyContain(order => order.MatchedSize == 100 * Shares.Scale);
        foreach (var receipt in (await lab.GetAsync("control/stats")).GetProperty("orders").EnumerateArray())
            receipt.GetProperty("accepted").GetInt32().Should().Be(1);
    }
}
