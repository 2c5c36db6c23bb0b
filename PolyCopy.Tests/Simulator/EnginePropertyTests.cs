using CsCheck;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;

namespace PolyCopy.Tests.Simulator;

public class EnginePropertyTests
{
    private static readonly int[] Prices = [100, 3300, 4800, 4900, 5000, 5100, 5250, 6700, 9900];

    private abstract record Step;
    private sealed record Order(int Account, int Token, Side Side, TimeInForce Type, int Price, long Cents, bool PostOnly) : Step;
    private sealed record CancelOldest(int Account) : Step;
    private sealed record Liquidity(int Mid, long Cents) : Step;
    private sealed record Flow(int Token, Side Side, long Cents) : Step;

    private static readonly Gen<Side> GenSide = Gen.Enum<Side>();
    private static readonly Gen<Step> GenStep = Gen.Frequency(
        (8, Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1], GenSide, Gen.Enum<TimeInForce>(), Gen.Int[0, 8].Select(i => Prices[i]), Gen.Long[100, 5000], Gen.Bool, (account, token, side, type, price, cents, post) =>
            (Step)new Order(account, token, side, type, price, cents, post && type is TimeInForce.Gtc or TimeInForce.Gtd))),
        (1, Gen.Int[0, 3].Select(a => (Step)new CancelOldest(a))),
        (2, Gen.Select(Gen.Int[2, 98], Gen.Long[100, 3000], (mid, cents) => (Step)new Liquidity(mid * 100, cents))),
        (2, Gen.Select(Gen.Int[0, 1], GenSide, Gen.Long[100, 2000], (token, side, cents) => (Step)new Flow(token, side, cents))));

    private static readonly Gen<Step[]> GenHistory = GenStep.Array[1, 80];

    [Fact]
    public void Money_and_shares_are_conserved_over_any_history() => GenHistory.Sample(history =>
    {
        var run = new Run();
        run.Play(history);
        // Every full set that was made holds exactly one pUSD, every set given back released it.
        run.Yes.Should().Be(run.No).And.Be(run.Sets);
        (run.Pusd + run.Sets).Should().Be(0);
    });

    [Fact]
    public void No_one_trades_through_his_limit() => GenHistory.Sample(history =>
    {
        var run = new Run();
        run.Placed += (order, result) =>
        {
            long shares = order.Side == Side.Buy ? result.Taking : result.Making, pusd = order.Side == Side.Buy ? result.Making : result.Taking;
            // Each fill rounds to a micro-unit at most.
            var slack = (Int128)result.Fills.Count * Price.Scale * order.Shares;
            if (order.Side == Side.Buy)
                ((Int128)pusd * order.Shares * Price.Scale <= (Int128)order.Pusd * shares * Price.Scale + slack).Should().BeTrue();
            else
                ((Int128)pusd * order.Shares * Price.Scale + slack >= (Int128)order.Pusd * shares * Price.Scale).Should().BeTrue();
            if (order.Side == Side.Buy)
                pusd.Should().BeLessThanOrEqualTo(order.Pusd);
        };
        run.Filled += fill =>
        {
            var worth = (Int128)fill.Size * fill.MakerPrice;
            if (fill.MakerSide == Side.Buy)
                ((Int128)fill.MakerPusd * Price.Scale).Should().BeLessThanOrEqualTo(worth);
            else
                ((Int128)(fill.MakerPusd + 1) * Price.Scale).Should().BeGreaterThan(worth);
        };
        run.Play(history);
    });

    [Fact]
    public void Better_prices_first_then_older_orders() => GenHistory.Sample(history =>
    {
        var run = new Run();
        run.Placed += (order, result) =>
        {
            var prices = result.Fills.Select(f => order.Side == Side.Buy ? f.TakerPrice : -f.TakerPrice).ToArray();
            prices.Should().BeInAscendingOrder();
            foreach (var level in result.Fills.Where(f => f.MakerHash is not null).GroupBy(f => f.TakerPrice))
                level.Select(f => int.Parse(f.MakerHash!)).Should().BeInAscendingOrder();
            // Whoever was better or as good and older is done before the next is touched.
            result.Fills.SkipLast(1).Select(f => f.MakerRemaining).Should().AllBeEquivalentTo(0L);
        };
        run.Play(history);
    });

    [Fact]
    public void The_book_is_never_crossed_and_changes_tell_the_whole_book() => GenHistory.Sample(history =>
    {
        var run = new Run();
        var told = new Dictionary<(bool, int), long>();
        run.Engine.Changed += delta =>
        {
            foreach (var change in delta.Levels)
            {
                if (change.Size == 0)
                    told.Remove((change.IsBid, change.Price)).Should().BeTrue();
                else
                    told[(change.IsBid, change.Price)] = change.Size;
            }
        };
        run.Stepped += () =>
        {
            var (bids, asks) = run.Engine.Rows(0);
            if (bids.Count > 0 && asks.Count > 0)
                bids[0].Price.Should().BeLessThan(asks[0].Price);
            told.Should().BeEquivalentTo(bids.Select(r => (Key: (true, r.Price), r.Size)).Concat(asks.Select(r => (Key: (false, r.Price), r.Size))).ToDictionary(r => r.Key, r => r.Size));
        };
        run.Play(history);
    }, iter: 30);

    /// <summary>Plays a history and keeps the books of everybody together: the simulator's flow is one more account.</summary>
    private sealed class Run
    {
        private int _orders;
        private readonly Dictionary<string, int> _accounts = [];

        public MatchingEngine Engine { get; } = new(new MatchIds(1, DateTimeOffset.UnixEpoch));
        public long Yes { get; private set; }
        public long No { get; private set; }
        public long Pusd { get; private set; }
        public long Sets { get; private set; }

        public event Action<EngineOrder, PlaceResult>? Placed;
        public event Action<EngineFill>? Filled;
        public event Action? Stepped;

        public void Play(IEnumerable<Step> history)
        {
            foreach (var step in history)
            {
                Play(step);
                Stepped?.Invoke();
            }
        }

        private void Play(Step step)
        {
            switch (step)
            {
                case Order o:
                    var shares = o.Cents * 10_000;
                    var pusd = o.Cents * o.Price;
                    var hash = (++_orders).ToString();
                    _accounts[hash] = o.Account;
                    var order = new EngineOrder(hash, $"a{o.Account}", o.Token, o.Side, o.Side == Side.Buy ? pusd : shares, o.Side == Side.Buy ? shares : pusd, o.Type, o.PostOnly);
                    var result = Engine.Place(order);
                    Book(result.Fills, o.Token, o.Side);
                    Placed?.Invoke(order, result);
                    break;
                case CancelOldest c:
                    if (Engine.OpenOrders.FirstOrDefault(r => r.Order.AccountId == $"a{c.Account}") is { } oldest)
                        Engine.Cancel(oldest.Order.Hash).Should().BeTrue();
                    break;
                case Liquidity l:
                    foreach (var hit in Engine.Provide([new(l.Mid - 100, l.Cents * 10_000), new(l.Mid - 199, 50_000_000)], [new(l.Mid + 100, l.Cents * 20_000)]))
                        Book(hit.Fills, hit.TokenIndex, hit.Side);
                    break;
                case Flow f:
                    if (Engine.Hit(f.Token, f.Side, f.Side == Side.Buy ? 9_900 : 100, f.Cents * 10_000) is { } met)
                        Book(met.Fills, met.TokenIndex, met.Side);
                    break;
            }
        }

        private void Book(IEnumerable<EngineFill> fills, int takerToken, Side takerSide)
        {
            foreach (var fill in fills)
            {
                Move(takerToken, takerSide, fill.Size, fill.TakerPusd);
                Move(fill.MakerTokenIndex, fill.MakerSide, fill.Size, fill.MakerPusd);
                Sets += fill.Kind switch { MatchKind.Mint => fill.Size, MatchKind.Merge => -fill.Size, _ => 0 };
                Filled?.Invoke(fill);
            }
        }

        private void Move(int token, Side side, long shares, long pusd)
        {
            var sign = side == Side.Buy ? 1 : -1;
            if (token == 0)
                Yes += sign * shares;
            else
                No += sign * shares;
            Pusd -= sign * pusd;
        }
    }
}
