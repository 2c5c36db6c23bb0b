using PolyCopy.Modules.Indexing.Cards;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.Indexing;

public class FiguresTests
{
    private const string Leader = "0x00000000000000000000000000000000000000aa";
    private static readonly DateTime Start = new(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Now = Start.AddDays(20);
    private readonly List<LeaderTradeRow> _trades = [];

    [Fact]
    public void Wins_losses_hold_time_and_drawdown_are_those_of_the_closed_positions()
    {
        Buy(1, "m1", 100, 0.40m, day: 0);
        Sell(1, "m1", 100, 0.50m, day: 2); // +10
        Buy(2, "m2", 100, 0.40m, day: 3);
        Sell(2, "m2", 100, 0.10m, day: 4); // -30
        Buy(3, "m3", 100, 0.40m, day: 5);
        Sell(3, "m3", 100, 0.90m, day: 8); // +50
        var figures = Of();
        (figures.Pnl, figures.PnlWithoutBest, figures.Drawdown, figures.Closed, figures.WinRate, figures.Volume, figures.LeftOut).Should().Be((30m, -20m, 30m, 3, 0.6667m, 270m, 0m));
        figures.HoldSeconds.Should().Be(2 * 86_400);
        (figures.WinRateLow, figures.WinRateHigh).Should().Be((0.2077m, 0.9385m)); // Wilson, 2 of 3
        figures.Chart.Select(p => p.Pnl).Should().Equal(10, -20, 30);
    }

    [Fact]
    public void What_is_held_counts_at_its_price_and_what_is_resolved_at_its_payout()
    {
        Buy(1, "m1", 100, 0.40m, day: 0);
        Buy(2, "m2", 100, 0.40m, day: 1);
        var figures = Of(token => token.Digits == "1" ? new MarketFacts(0.55m, false, null, false) : new MarketFacts(1m, true, Start.AddDays(9), false));
        (figures.Pnl, figures.Closed, figures.WinRate).Should().Be((75m, 1, 1m));
    }

    [Fact]
    public void A_sale_of_what_we_never_saw_him_buy_is_volume_and_no_profit()
    {
        Sell(1, "m1", 100, 0.90m, day: 0);
        Buy(1, "m1", 10, 0.50m, day: 1);
        Sell(1, "m1", 20, 0.60m, day: 2);
        var figures = Of();
        (figures.Pnl, figures.Volume, figures.Closed).Should().Be((1m, 107m, 1));
    }

    [Fact]
    public void Trades_with_one_big_counterparty_with_himself_and_in_illiquid_markets_are_left_out_and_their_share_is_shown()
    {
        for (var i = 0; i < 10; i++)
            Buy(1, "m1", 10, 0.50m, day: i, other: $"0x{i}");
        Buy(2, "m2", 200, 0.50m, day: 11, other: "friend"); // 100 of 170
        Buy(3, "m3", 20, 0.50m, day: 12, other: "0xown");
        Buy(4, "m4", 20, 0.50m, day: 12, other: "0xother");
        var figures = Of(token => new MarketFacts(0.60m, false, null, IsIlliquid: token.Digits == "4"), own: "0xown");
        (figures.Volume, figures.LeftOut, figures.Pnl).Should().Be((50m, decimal.Round(120m / 170m, 4), 10m));
    }

    [Fact]
    public void Gains_and_losses_of_what_is_held_now_are_one_moment_and_no_drawdown()
    {
        Buy(1, "m1", 100, 0.20m, day: 0);
        Buy(2, "m2", 100, 0.70m, day: 1);
        var figures = Of(token => new MarketFacts(token.Digits == "1" ? 0.70m : 0.30m, false, null, false));
        (figures.Pnl, figures.Drawdown, figures.Closed).Should().Be((10m, 0m, 0));
        figures.Chart.Should().ContainSingle().Which.Pnl.Should().Be(10m);
    }

    [Fact]
    public void A_position_sold_in_parts_is_one_win_or_loss_by_all_its_parts()
    {
        Buy(1, "m1", 100, 0.40m, day: 0);
        Buy(1, "m1", 100, 0.60m, day: 1); // 200 for 100: 0.50 each
        Sell(1, "m1", 150, 0.55m, day: 3); // +7.5
        Sell(1, "m1", 50, 0.30m, day: 5); // -10
        var figures = Of();
        (figures.Pnl, figures.Closed, figures.WinRate, figures.HoldSeconds, figures.Drawdown).Should().Be((-2.5m, 1, 0m, 5 * 86_400L, 10m));
        (figures.WinRateLow, figures.WinRateHigh).Should().Be((0m, 0.7935m)); // Wilson, 0 of 1: z² / (1 + z²)
        figures.PnlWithoutBest.Should().Be(-2.5m, "without a winning market there is nothing to leave out");
    }

    [Fact]
    public void Both_outcomes_of_a_market_are_one_market_when_the_best_is_left_out()
    {
        Buy(1, "m1", 100, 0.40m, day: 0);
        Sell(1, "m1", 100, 0.90m, day: 1); // +50
        Buy(2, "m1", 100, 0.50m, day: 2);
        Sell(2, "m1", 100, 0.30m, day: 3); // -20, the other outcome
        Buy(3, "m2", 100, 0.50m, day: 4);
        Sell(3, "m2", 100, 0.54m, day: 5); // +4
        (Of().Pnl, Of().PnlWithoutBest).Should().Be((34m, 4m));
    }

    [Fact]
    public void Fees_lower_the_profit_and_resting_orders_are_told_from_taking()
    {
        Buy(1, "m1", 100, 0.40m, day: 0, fee: 1_000_000, taker: true);
        Sell(1, "m1", 100, 0.60m, day: 1, taker: false);
        var figures = Of();
        (figures.Pnl, figures.MakerShare).Should().Be((19m, 0.6m));
    }

    private void Buy(int token, string market, long shares, decimal price, int day, string? other = null, long fee = 0, bool? taker = null) => Add(Side.Buy, token, market, shares, price, day, other, fee, taker);

    private void Sell(int token, string market, long shares, decimal price, int day, bool? taker = null) => Add(Side.Sell, token, market, shares, price, day, null, 0, taker);

    private void Add(Side side, int token, string market, long shares, decimal price, int day, string? other, long fee, bool? taker) => _trades.Add(new LeaderTradeRow
    {
        Id = $"{_trades.Count}",
        Leader = Leader,
        Wallet = Leader,
        TransactionHash = $"0x{_trades.Count}",
        TokenId = TokenId.Parse($"{token}"),
        ConditionId = market,
        Side = side,
        Shares = new Shares(shares * 1_000_000),
        Collateral = Usdc.Floor(shares * price),
        Fee = fee,
        IsTaker = taker,
        Counterparty = other,
        TradedAt = Start.AddDays(day),
    });

    private LeaderStatsRow Of(Func<TokenId, MarketFacts?>? market = null, params string[] own) => Figures.Of(Leader, _trades, own.ToHashSet(), market ?? (_ => null), Now);
}
