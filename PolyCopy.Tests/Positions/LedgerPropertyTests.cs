using CsCheck;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Positions;

/// <summary>Random histories: whatever the venue says, in whatever order and however often, and wherever we crash, the ledger is the truth and everything else its fold.</summary>
public class LedgerPropertyTests
{
    private abstract record Step;

    private sealed record Trade(int Wallet, int Token, Side Side, int Cents, long Micros, int FeeCents, SettlementStatus Status) : Step;

    private sealed record Told(int Fill, SettlementStatus Status, bool WholeFill) : Step;

    private sealed record Shares(int Wallet, int Token, long Delta) : Step;

    private sealed record Cash(int Wallet, long Delta) : Step;

    private sealed record Resolve(int YesTenths) : Step;

    private sealed record Batch(int Size) : Step;

    private sealed record Crash : Step;

    private static readonly Gen<SettlementStatus> Statuses = Gen.OneOf(
        SettlementStatus.Matched, SettlementStatus.Mined, SettlementStatus.Mined, SettlementStatus.Confirmed, SettlementStatus.Retrying, SettlementStatus.Failed);

    private static readonly Gen<long> Sizes = Gen.Frequency((6, Gen.Long[1_000_000, 50_000_000]), (1, Gen.Long[1, 20_000]), (1, Gen.Const(10_000_000L)));

    private static readonly Gen<Step> Steps = Gen.Frequency<Step>(
        (6, Gen.Select(Gen.Int[0, 1], Gen.Int[0, 1], Gen.OneOf(Side.Buy, Side.Buy, Side.Sell), Gen.Int[1, 99], Sizes, Gen.Int[0, 20], Statuses, (w, t, s, c, m, f, st) => (Step)new Trade(w, t, s, c, m, f, st))),
        (8, Gen.Select(Gen.Int[0, 1_000], Statuses, Gen.Bool, (f, s, w) => (Step)new Told(f, s, w))),
        (1, Gen.Select(Gen.Int[0, 1], Gen.Int[0, 1], Gen.Long[-30_000_000, 30_000_000], (w, t, d) => (Step)new Shares(w, t, d))),
        (1, Gen.Select(Gen.Int[0, 1], Gen.Long[-5_000_000, 90_000_000], (w, d) => (Step)new Cash(w, d))),
        (1, Gen.Int[2, 6].Select(n => (Step)new Batch(n))),
        (2, Gen.Const((Step)new Crash())),
        (1, Gen.OneOf(0, 5, 10).Select(y => (Step)new Resolve(y))));

    [Fact]
    public Task Every_history_folds_to_what_is_stored_on_SQLite() => HoldAsync(Db.Sqlite, histories: 150);

    [Fact]
    public Task Every_history_folds_to_what_is_stored_on_PostgreSql() => HoldAsync(Db.PostgreSql, histories: 25);

    private static async Task HoldAsync(Db db, int histories)
    {
        await using var bench = await Bench.OpenAsync(db);
        await Steps.Array[1, 45].SampleAsync(
            async steps =>
            {
                await bench.ClearAsync();
                var world = new World(bench);
                foreach (var step in steps)
                    await world.RunAsync(step);
                await world.CheckAsync();
            },
            iter: histories,
            threads: 1,
            print: steps => string.Join("\n", steps.Select(s => s.ToString())));
    }

    /// <summary>The module, and beside it the simplest possible model: a list of fills and what was last believed of each.</summary>
    private sealed class World(Bench bench)
    {
        private static readonly Guid[] Wallets = [Bench.Ana, Bench.Bob];
        private static readonly TokenId[] Tokens = [Bench.Yes, Bench.No];
        private readonly List<Fill> _fills = [];
        private readonly Dictionary<Fill, SettlementStatus> _known = [];
        private readonly long[] _cash = new long[2];
        private readonly List<Fill> _batch = [];
        private int _batching;
        private bool _crash;

        public async Task RunAsync(Step step)
        {
            switch (step)
            {
                case Trade t:
                    var fill = bench.AFill(t.Side, t.Micros / 1_000_000m, t.Cents / 100m, Wallets[t.Wallet], Tokens[t.Token], fee: t.FeeCents / 100m, status: t.Status);
                    _fills.Add(fill);
                    await HearAsync(fill);
                    break;
                case Told { WholeFill: true } t when _fills.Count > 0:
                    await HearAsync(_fills[t.Fill % _fills.Count] with { Status = t.Status });
                    break;
                case Told t when _fills.Count > 0:
                    var settled = _fills[t.Fill % _fills.Count];
                    if (await CommitAsync(db => bench.Book.SettleAsync(db, settled.OrderHash, settled.TradeId, t.Status, null, default)) && _known.ContainsKey(settled))
                        Believe(settled, t.Status);
                    break;
                case Shares s:
                    await CommitAsync(db => bench.Book.AdjustAsync(db, bench.AnAdjustment(s.Delta, Tokens[s.Token], wallet: Wallets[s.Wallet]), default));
                    break;
                case Cash c:
                    if (await CommitAsync(db => bench.Book.AdjustAsync(db, bench.AnAdjustment(c.Delta, null, kind: "transfer", wallet: Wallets[c.Wallet]), default)))
                        _cash[c.Wallet] += c.Delta;
                    break;
                case Resolve r:
                    await CommitAsync(db => bench.Book.ResolveAsync(db, Bench.Market, Tokens, [r.YesTenths / 10m, 1 - r.YesTenths / 10m], default));
                    break;
                case Batch b:
                    _batching = b.Size;
                    break;
                case Crash:
                    _crash = true;
                    break;
            }
        }

        public async Task CheckAsync()
        {
            await FlushAsync();
            (await bench.Get<IPositionsRebuild>().RunAsync(repair: false, default)).Differences.Should().BeEmpty();

            var (ledger, positions) = (await bench.LedgerAsync(), await bench.PositionsAsync());
            ledger.Where(r => r.Kind == LedgerKinds.Trade).Select(r => (r.OrderHash, r.TradeId)).Should().BeEquivalentTo(_known.Keys.Select(f => (f.OrderHash, f.TradeId)), "each fill is booked once");
            positions.Should().NotContain(p => p.State.Size < 0 || p.State.Cost < 0 || p.State.Sellable > p.State.Size || p.State.Pending < 0);
            positions.Where(p => p.ClosedAt is not null).Should().NotContain(p => p.State.Size >= Booking.Dust);
            positions.Where(p => p.Status == PositionStatus.Resolved).Should().NotContain(p => p.State.Size != 0);
            positions.Where(p => p.ClosedAt is null).Select(p => (p.WalletId, p.TokenId)).Should().OnlyHaveUniqueItems();
            for (var w = 0; w < 2; w++)
            {
                var standing = _known.Where(k => k.Value != SettlementStatus.Failed && k.Key.WalletId == Wallets[w]).Select(k => k.Key).ToList();
                var own = ledger.Where(r => r.WalletId == Wallets[w]).ToList();
                var traded = standing.Sum(f => (f.Side == Side.Buy ? -1 : 1) * f.Collateral.Micros - f.Fee.Micros);
                var redeemed = own.Where(r => r.Kind == LedgerKinds.Redeem).Sum(r => r.Usdc);
                (await bench.FundsAsync(wallet: Wallets[w])).Total.Should().Be(_cash[w] + traded + redeemed, "no money is made or lost");
                foreach (var token in Tokens)
                {
                    var bought = standing.Where(f => f.Token == token).Sum(f => (f.Side == Side.Buy ? 1 : -1) * f.Shares.Micros);
                    var other = own.Where(r => r.TokenId == token && r.Kind is LedgerKinds.Adjust or LedgerKinds.Redeem && r.TokenId == token).Sum(r => r.Shares);
                    positions.Where(p => p.WalletId == Wallets[w] && p.TokenId == token).Sum(p => p.State.Size).Should().Be(bought + other, "shares come and go by trades, adjustments and payouts only");
                }
            }
        }

        private async Task HearAsync(Fill fill)
        {
            _batch.Add(fill);
            if (_batch.Count >= _batching)
                await FlushAsync();
        }

        private async Task FlushAsync()
        {
            Fill[] heard = [.. _batch];
            _batch.Clear();
            _batching = 0;
            if (heard.Length > 0 && await CommitAsync(db => bench.Book.BookAsync(db, heard, default)))
                foreach (var fill in heard)
                    Believe(fill, fill.Status);
        }

        /// <summary>What a reasonable person believes: later words of a settlement count, final ones stay.</summary>
        private void Believe(Fill heard, SettlementStatus status)
        {
            var fill = _fills.Find(f => f.OrderHash == heard.OrderHash)!;
            if (!_known.TryGetValue(fill, out var known))
                _known[fill] = status == SettlementStatus.Retrying ? SettlementStatus.Matched : status;
            else if (known is SettlementStatus.Matched or SettlementStatus.Mined && status is SettlementStatus.Mined or SettlementStatus.Confirmed or SettlementStatus.Failed)
                _known[fill] = status;
        }

        /// <returns>False when the process died before the commit: nothing happened.</returns>
        private async Task<bool> CommitAsync<T>(Func<Modules.Persistence.PolyContext, Task<T>> work)
        {
            if (!_crash)
            {
                await bench.WriteAsync(work);
                return true;
            }
            _crash = false;
            await bench.Awaiting(b => b.WriteAsync<int>(async db =>
            {
                await work(db);
                throw new InvalidOperationException("killed");
            })).Should().ThrowAsync<InvalidOperationException>();
            return false;
        }
    }
}
