using System.Data;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;
using static PolyCopy.Tests.Trading.Support.TradingLab;

namespace PolyCopy.Tests.Trading;

/// <summary>Many at once, one wallet: never more than there is.</summary>
public class ReservationTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task Orders_placed_at_once_never_reserve_more_than_there_is(Db provider)
    {
        await using var lab = await TradingLab.CreateAsync(provider, cash: 100m);
        lab.Venue.Default = Act.Rest;

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => lab.Trading.PlaceAsync(Ana, $"k{i}", ARest(Side.Buy, 40m, 0.40m), default))));

        answers.Count(a => a.IsOk).Should().Be(6, "each holds 16 of 100");
        answers.Where(a => !a.IsOk).Should().OnlyContain(a => a.Error!.Code == "order.balance");
        (await lab.FundsAsync()).Should().BeEquivalentTo(new { Total = 100_000_000L, Reserved = 96_000_000L });
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Random_histories_keep_reservations_within_funds_and_free_them_at_the_end(Db provider)
    {
        for (var seed = 1; seed <= (provider == Db.Sqlite ? 12 : 3); seed++)
        {
            var random = new Random(seed);
            await using var lab = await TradingLab.CreateAsync(provider, cash: 200m);
            lab.Catalog.Markets[MarketId] = AMarket(fee: new FeeSchedule(0.05m, 1));
            Act[] acts = [Act.Match, Act.Match, Act.Rest, Act.Reject, Act.Hold, Act.LoseAnswer, Act.Delay];
            for (var round = 0; round < 6; round++)
            {
                lab.Venue.TradesPerMatch = random.Next(1, 3);
                lab.Venue.Script([.. Enumerable.Range(0, 4).Select(_ => acts[random.Next(acts.Length)])]);
                var orders = Enumerable.Range(0, 4).Select(_ => random.Next(4) switch
                {
                    0 => ARest(Side.Buy, random.Next(5, 60), 0.40m),
                    1 => ASell(random.Next(5, 30)),
                    2 => ARest(Side.Sell, random.Next(5, 30), 0.60m),
                    _ => ABuy(random.Next(1, 60)),
                }).ToList();
                await lab.FinishAsync(Task.WhenAll(orders.Select((o, i) => Task.Run(() => lab.Trading.PlaceAsync(Ana, $"r{round}k{i}", o, default)))));
                await WithinFundsAsync(lab, seed);
                lab.Venue.Settle(random.Next(5) == 0 ? SettlementStatus.Failed : SettlementStatus.Confirmed);
                await lab.PassAsync(TimeSpan.FromSeconds(random.Next(1, 8)), TimeSpan.FromSeconds(1));
                await lab.Get<Reconciler>().ReconcileAsync(await lab.WalletAsync(), default);
                await WithinFundsAsync(lab, seed);
            }
            foreach (var open in (await lab.Trading.ListAsync(Ana, "open", 200, null, default)).Items)
            {
                if (lab.Venue.StatusOf(open.OrderHash) == VenueOrderStatus.Delayed)
                    lab.Venue.Drop(open.OrderHash, VenueOrderStatus.Cancelled, "CANCELED");
                await lab.Trading.CancelAsync(Ana, open.Id, default);
            }
            await lab.PassAsync(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(1));

            (await lab.RowsAsync()).Should().OnlyContain(r => r.IsTerminal, "seed {0}", seed);
            (await lab.FundsAsync()).Reserved.Should().Be(0, "seed {0}", seed);
            (await lab.FundsAsync(Yes)).Reserved.Should().Be(0, "seed {0}", seed);
            lab.Venue.Received.Should().OnlyHaveUniqueItems("seed {0}: nobody was in doubt about a request", seed);
        }
    }

    // of one moment: an order whose answer is awaited goes on in the background
    private static Task<int> WithinFundsAsync(TradingLab lab, int seed) => lab.Database.Workers.ReadAsync(async (db, ct) =>
    {
        await using var moment = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var rows = await db.Set<OrderRow>().AsNoTracking().ToListAsync(ct);
        foreach (var token in new TokenId?[] { null, Yes })
        {
            var funds = await lab.Book.FundsAsync(db, WalletOf(Ana), token, ct);
            funds.Reserved.Should().BeLessThanOrEqualTo(funds.Total, "seed {0}, {1}", seed, token?.Digits ?? "cash");
            funds.Reserved.Should().Be(rows.Where(r => r.Side == (token is null ? Side.Buy : Side.Sell)).Sum(r => r.ToReserve()), "seed {0}: what is reserved is what open orders need", seed);
        }
        return rows.Count;
    }, default);
}
