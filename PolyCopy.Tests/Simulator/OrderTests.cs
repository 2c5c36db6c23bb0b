using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>What POST /order answers when all is well, and what the account then holds.</summary>
public class OrderTests
{
    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [Fact]
    public async Task A_limit_below_the_market_rests_and_can_be_read_and_cancelled()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var draft = new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50);

        var (status, answer) = await ana.PostAsync(draft);

        status.Should().Be(200);
        answer.GetRawText().Should().Be($$"""{"errorMsg":"","orderID":"{{ana.IdOf(draft)}}","takingAmount":"","makingAmount":"","status":"live","success":true}""");
        var order = (await ana.ListAsync("/data/orders")).Single();
        order.GetRawText().Should().Be(
            $$$"""{"id":"{{{ana.IdOf(draft)}}}","status":"LIVE","owner":"{{{ana.ApiKey}}}","maker_address":"{{{ana.Wallet}}}","market":"{{{market.Market.ConditionId}}}","asset_id":"{{{draft.Token}}}","side":"BUY","original_size":"50","size_matched":"0","price":"0.4","outcome":"{{{market.Market.Outcomes[0]}}}","expiration":"0","order_type":"GTC","associate_trades":[],"created_at":{{{Lab.Start.ToUnixTimeSeconds()}}}}""");
        (await ana.GetAsync("/data/order/" + ana.IdOf(draft))).Body.GetRawText().Should().Be(order.GetRawText());

        var (_, cancelled) = await ana.CancelAsync(ana.IdOf(draft));
        cancelled.GetRawText().Should().Be($$$"""{"canceled":["{{{ana.IdOf(draft)}}}"],"not_canceled":{}}""");
        (await ana.ListAsync("/data/orders")).Should().BeEmpty();
        (await ana.GetAsync("/data/order/" + ana.IdOf(draft))).Body.ValueKind.Should().Be(JsonValueKind.Null);
        var (again, late) = await ana.CancelAsync(ana.IdOf(draft));
        again.Should().Be(200, "200 does not mean cancelled");
        late.GetProperty("not_canceled").GetProperty(ana.IdOf(draft)).GetString().Should().Be("already canceled or matched");
    }

    [Fact]
    public async Task A_market_buy_spends_exactly_its_money_and_settles_in_steps()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var draft = new Draft(market, 0, Side.Buy, "FAK", 0.46m, 45);

        var (status, answer) = await ana.PostAsync(draft);

        status.Should().Be(200);
        var trade = answer.GetProperty("tradeIDs")[0].GetString();
        answer.GetRawText().Should().Be($$"""{"errorMsg":"","orderID":"{{ana.IdOf(draft)}}","takingAmount":"100","makingAmount":"45","status":"matched","tradeIDs":["{{trade}}"],"success":true}""");
        (await ana.BalanceAsync()).Should().Be(1000, "the chain has not moved yet");
        (await ana.BalanceAsync(draft.Token)).Should().Be(0, "shares count once they are mined");
        Text((await ana.ListAsync("/data/trades")).Single(), "status").Should().Be("MATCHED");

        await lab.AdvanceAsync(4.5);
        Text((await ana.ListAsync("/data/trades")).Single(), "status").Should().Be("MINED");
        (await ana.BalanceAsync()).Should().Be(955);
        (await ana.BalanceAsync(draft.Token)).Should().Be(100);

        await lab.AdvanceAsync(8);
        var row = (await ana.ListAsync($"/data/trades?id={trade}")).Single();
        Text(row, "status").Should().Be("CONFIRMED");
        Text(row, "trader_side").Should().Be("TAKER");
        (Text(row, "size"), Text(row, "price"), Text(row, "side")).Should().Be(("100", "0.45", "BUY"));
        Text(row, "transaction_hash").Should().MatchRegex("^0x[0-9a-f]{64}$");
    }

    [Fact]
    public async Task Shares_cannot_be_sold_before_they_are_mined()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45));

        var (early, refused) = await ana.PostAsync(new Draft(market, 0, Side.Sell, "FAK", 0.44m, 100));
        early.Should().Be(400);
        Text(refused, "error").Should().Be("not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 100000000");

        await lab.AdvanceAsync(5);
        var (status, answer) = await ana.PostAsync(new Draft(market, 0, Side.Sell, "FAK", 0.44m, 100));
        status.Should().Be(200);
        (Text(answer, "makingAmount"), Text(answer, "takingAmount")).Should().Be(("100", "44"));
        await lab.AdvanceAsync(15);
        (await ana.BalanceAsync()).Should().Be(999);
        (await ana.BalanceAsync(market.Market.TokenIds[0])).Should().Be(0);
    }

    [Fact]
    public async Task Fees_are_the_takers_on_top_of_a_buy_and_out_of_a_sale()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(fees: true);
        var (rate, exponent) = (market.Market.Fees.Rate, market.Market.Fees.Exponent);
        decimal Fee(decimal shares, decimal price)
        {
            var perShare = rate;
            for (var i = 0; i < exponent; i++)
                perShare *= price * (1 - price);
            return decimal.Round(shares * perShare, 5, MidpointRounding.AwayFromZero);
        }
        var ana = await Trader.FundedAsync(lab, 1);

        await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45));
        await lab.AdvanceAsync(5);
        (await ana.BalanceAsync()).Should().Be(1000 - 45 - Fee(100, 0.45m));
        await ana.PostAsync(new Draft(market, 0, Side.Sell, "FAK", 0.44m, 100));
        await lab.AdvanceAsync(5);
        (await ana.BalanceAsync()).Should().Be(1000 - 45 - Fee(100, 0.45m) + 44 - Fee(100, 0.44m));
    }

    [Fact]
    public async Task A_buy_of_the_whole_balance_has_no_room_for_its_fee()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(fees: true);
        var ana = await Trader.FundedAsync(lab, 1, "45");

        var (status, refused) = await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45));

        status.Should().Be(400);
        Text(refused, "error").Should().MatchRegex("^not enough balance / allowance: the balance is not enough -> balance: 45000000, order amount: 4[56][0-9]{6}$");
        (await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 40))).Status.Should().Be(200);
    }

    [Fact]
    public async Task Open_orders_and_matches_are_taken_off_what_can_be_spent()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1, "100");

        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.40m, 100));
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45));
        var (_, refused) = await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.30m, 60));
        Text(refused, "error").Should().Be("not enough balance / allowance: the balance is not enough -> balance: 100000000, sum of active orders: 40000000, sum of matched orders: 45000000, order amount (inc. fees): 18000000");
        (await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.30m, 50))).Status.Should().Be(200, "15 of 15 left");
    }

    [Fact]
    public async Task A_limit_takes_what_crosses_and_rests_with_the_remainder()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1, "2000");
        var draft = new Draft(market, 0, Side.Buy, "GTC", 0.45m, 1500);

        var (_, answer) = await ana.PostAsync(draft);

        (Text(answer, "status"), Text(answer, "takingAmount"), Text(answer, "makingAmount")).Should().Be(("matched", "1000", "450"));
        answer.GetProperty("transactionsHashes").GetArrayLength().Should().Be(1, "only FAK and FOK go without");
        var order = (await ana.ListAsync("/data/orders")).Single();
        (Text(order, "status"), Text(order, "size_matched"), Text(order, "original_size")).Should().Be(("LIVE", "1000", "1500"));
        order.GetProperty("associate_trades").GetArrayLength().Should().Be(1);
    }

    [Theory]
    [InlineData("GTC", 0, Side.Sell, "0.44", 0, Side.Buy, "0.44")]   // a buyer and a seller of one token
    [InlineData("GTC", 0, Side.Buy, "0.44", 1, Side.Buy, "0.56")]    // two buyers: a set is made
    [InlineData("GTC", 0, Side.Sell, "0.45", 1, Side.Sell, "0.55")]  // two sellers: a set is given back
    public async Task Two_users_meet_and_money_is_conserved(string type, int makerOutcome, Side makerSide, string makerPrice, int takerOutcome, Side takerSide, string takerPrice)
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var (ana, ben) = (await Trader.FundedAsync(lab, 1), await Trader.FundedAsync(lab, 2));
        foreach (var (trader, outcome, side) in new[] { (ana, makerOutcome, makerSide), (ben, takerOutcome, takerSide) })
        {
            if (side == Side.Sell)
                (await trader.PostAsync(new Draft(market, outcome, Side.Buy, "FAK", outcome == 0 ? 0.45m : 0.56m, outcome == 0 ? 45 : 56))).Status.Should().Be(200);
        }
        await lab.AdvanceAsync(15);
        await lab.QuoteAsync(market, null, null);
        async Task<decimal> Worth(Trader trader) => await trader.BalanceAsync() + await trader.BalanceAsync(market.Market.TokenIds[0]) * 0.5m + await trader.BalanceAsync(market.Market.TokenIds[1]) * 0.5m;
        var before = await Worth(ana) + await Worth(ben);

        var resting = new Draft(market, makerOutcome, makerSide, type, decimal.Parse(makerPrice, System.Globalization.CultureInfo.InvariantCulture), 50);
        var (_, live) = await ana.PostAsync(resting);
        Text(live, "status").Should().Be("live");
        var (_, matched) = await ben.PostAsync(new Draft(market, takerOutcome, takerSide, "GTC", decimal.Parse(takerPrice, System.Globalization.CultureInfo.InvariantCulture), 50));
        Text(matched, "status").Should().Be("matched");
        await lab.AdvanceAsync(15);

        (await Worth(ana) + await Worth(ben)).Should().Be(before);
        var (asMaker, asTaker) = ((await ana.ListAsync("/data/trades"))[0], (await ben.ListAsync("/data/trades"))[0]);
        (Text(asMaker, "trader_side"), Text(asTaker, "trader_side")).Should().Be(("MAKER", "TAKER"));
        (Text(asMaker, "id"), Text(asMaker, "asset_id"), Text(asMaker, "side")).Should().Be((Text(asTaker, "id"), market.Market.TokenIds[takerOutcome], takerSide == Side.Buy ? "BUY" : "SELL"), "the top level is the taker's for both");
        var mine = asMaker.GetProperty("maker_orders").EnumerateArray().Single();
        (Text(mine, "order_id"), Text(mine, "owner"), Text(mine, "asset_id"), Text(mine, "price"), Text(mine, "matched_amount"))
            .Should().Be((ana.IdOf(resting), ana.ApiKey, market.Market.TokenIds[makerOutcome], decimal.Parse(makerPrice, System.Globalization.CultureInfo.InvariantCulture).ToString(System.Globalization.CultureInfo.InvariantCulture).TrimEnd('0'), "50"));
    }

    [Fact]
    public async Task A_quote_that_crosses_a_resting_order_fills_it_as_maker()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(fees: true);
        var ana = await Trader.FundedAsync(lab, 1);
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.40m, 100));

        await lab.QuoteAsync(market, "0.30", "0.31");
        await lab.AdvanceAsync(15);

        (await ana.BalanceAsync()).Should().Be(960, "makers pay no fee");
        (await ana.BalanceAsync(market.Market.TokenIds[0])).Should().Be(100);
        Text((await ana.ListAsync("/data/trades")).Single(), "trader_side").Should().Be("MAKER");
        (await ana.ListAsync("/data/orders")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_batch_answers_leg_by_leg_in_its_order()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        Draft[] drafts = [new(market, 0, Side.Buy, "GTC", 0.40m, 50), new(market, 0, Side.Buy, "GTC", 0.40m, 1), new(market, 0, Side.Buy, "FAK", 0.45m, 9)];
        byte[] Batch(IEnumerable<Draft> legs) => [.. "["u8, .. legs.SelectMany((leg, i) => i == 0 ? ana.Body(leg) : [(byte)',', .. ana.Body(leg)]), .. "]"u8];

        var (status, answers) = await ana.AskAsync(HttpMethod.Post, "/orders", Batch(drafts));

        status.Should().Be(200);
        Text(answers[0], "status").Should().Be("live");
        answers[1].GetRawText().Should().Be($$"""{"errorMsg":"order {{ana.IdOf(drafts[1])}} is invalid. Size (1) lower than the minimum: 5","orderID":"","takingAmount":"","makingAmount":"","status":"","success":true}""");
        Text(answers[2], "status").Should().Be("matched");

        var (tooMany, refused) = await ana.AskAsync(HttpMethod.Post, "/orders", Batch(Enumerable.Range(0, 16).Select(_ => new Draft(market, 0, Side.Buy, "GTC", 0.40m, 5))));
        (tooMany, Text(refused, "error")).Should().Be((400, "Too many orders in payload: 16, max allowed: 15"));
    }

    [Fact]
    public async Task Cancels_reach_one_market_one_token_or_everything()
    {
        await using var lab = await Lab.DrivenAsync();
        var (first, second) = (await lab.MarketAsync(), await lab.MarketAsync(skip: 1));
        var (ana, ben) = (await Trader.FundedAsync(lab, 1), await Trader.FundedAsync(lab, 2));
        async Task<string> Rest(Trader trader, MarketState market, int outcome)
        {
            var draft = new Draft(market, outcome, Side.Buy, "GTC", 0.10m, 10);
            await trader.PostAsync(draft);
            return trader.IdOf(draft);
        }
        var (a, b, c, d) = (await Rest(ana, first, 0), await Rest(ana, first, 1), await Rest(ana, second, 0), await Rest(ben, first, 0));
        List<string> Done(JsonElement body) => [.. body.GetProperty("canceled").EnumerateArray().Select(id => id.GetString()!)];

        var (_, others) = await ana.AskAsync(HttpMethod.Delete, "/orders", new[] { d });
        others.GetProperty("not_canceled").GetProperty(d).GetString().Should().Be("order not found", "it is somebody else's");
        Done((await ana.AskAsync(HttpMethod.Delete, "/cancel-market-orders", new { market = first.Market.ConditionId, asset_id = first.Market.TokenIds[1] })).Body).Should().Equal(b);
        Done((await ana.AskAsync(HttpMethod.Delete, "/cancel-market-orders", new { market = first.Market.ConditionId })).Body).Should().Equal(a);
        Done((await ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Body).Should().Equal(c);
        (await ben.ListAsync("/data/orders")).Should().ContainSingle();
        (await ana.AskAsync(HttpMethod.Delete, "/order", new { orderID = "1" })).Body.GetProperty("error").GetString().Should().Be("Invalid orderID");
    }

    [Fact]
    public async Task A_delayed_order_is_matched_after_the_markets_delay_and_told_by_reads_only()
    {
        await using var lab = await Lab.DrivenAsync();
        MarketState market;
        lock (lab.World.Gate)
            market = lab.World.Markets.First(m => m.AcceptsOrders && m.Market.TakerDelaySeconds > 0 && m.Tick.TenThousandths == 100 && m.Market.EndDate > Lab.Start.AddHours(2));
        await lab.QuoteAsync(market, "0.44", "0.45");
        var ana = await Trader.FundedAsync(lab, 1);
        var draft = new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45);

        var (_, answer) = await ana.PostAsync(draft);

        answer.GetRawText().Should().Be($$"""{"errorMsg":"","orderID":"{{ana.IdOf(draft)}}","takingAmount":"","makingAmount":"","status":"delayed","success":true}""");
        Text((await ana.GetAsync("/data/order/" + ana.IdOf(draft))).Body, "status").Should().Be("DELAYED");
        (await ana.AskAsync(HttpMethod.Delete, "/cancel-all")).Body.GetProperty("canceled").GetArrayLength().Should().Be(0, "cancel-all misses what is in flight");
        (await ana.ListAsync("/data/trades")).Should().BeEmpty();
        await lab.AdvanceAsync(market.Market.TakerDelaySeconds + 0.1);
        (await ana.ListAsync("/data/trades")).Should().ContainSingle();
        (await ana.GetAsync("/data/order/" + ana.IdOf(draft))).Body.ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_delayed_order_that_finds_the_book_gone_ends_without_a_trade_and_stays_known()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        await lab.FaultAsync("F26", "clob", seed: 3);
        var ana = await Trader.FundedAsync(lab, 1);
        var draft = new Draft(market, 0, Side.Buy, "FOK", 0.45m, 45) { Salt = 77 };
        Text((await ana.PostAsync(draft)).Body, "status").Should().Be("delayed");

        await lab.QuoteAsync(market, "0.50", "0.51");
        await lab.AdvanceAsync(5);

        (await ana.ListAsync("/data/trades")).Should().BeEmpty();
        (await ana.BalanceAsync()).Should().Be(1000);
        var (status, again) = await ana.AskAsync(HttpMethod.Post, "/order", ana.Body(draft));
        status.Should().Be(400);
        Text(again, "error").Should().MatchRegex("^order 0x[0-9a-f]{64} is invalid. Duplicated.$");
    }

    [Fact]
    public async Task A_gtd_order_dies_a_minute_before_its_expiration()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await using var socket = await SocketClient.UserAsync(lab, ana);
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTD", 0.10m, 10) { Expiration = Lab.Start.ToUnixTimeSeconds() + 300 });

        await lab.AdvanceAsync(239);
        (await ana.ListAsync("/data/orders")).Should().ContainSingle();
        await lab.AdvanceAsync(2);

        (await ana.ListAsync("/data/orders")).Should().BeEmpty();
        (await socket.NextAsync(frame => Text(frame, "type") == "CANCELLATION")).GetProperty("status").GetString().Should().Be("CANCELED");
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 9_999.90m));
        (await ana.ListAsync("/data/orders")).Should().ContainSingle("its money is free again");
    }

    [Theory]
    [InlineData("Yes", 100, 0)]
    [InlineData("No", 0, 50)]
    [InlineData("50/50", 50, 25)]
    public async Task Resolution_cancels_orders_and_turns_every_share_into_cash(string winner, int forFirst, int forSecond)
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1, "1000");
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45));   // 100 shares, mined
        await lab.AdvanceAsync(15);
        await ana.PostAsync(new Draft(market, 1, Side.Buy, "FAK", 0.56m, 28));   // 50 shares, still on their way
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 100));
        await ana.PostAsync(new Draft(market, 0, Side.Sell, "GTC", 0.90m, 60));
        await using var socket = await SocketClient.UserAsync(lab, ana);
        var word = winner == "Yes" ? market.Market.Outcomes[0] : winner == "No" ? market.Market.Outcomes[1] : winner;

        (await lab.PostAsync($"control/markets/{market.Market.ConditionId}/resolve", new { winner = word })).Status.Should().Be(200);
        await lab.AdvanceAsync(15);

        (await ana.BalanceAsync()).Should().Be(1000 - 45 - 28 + forFirst + forSecond);
        foreach (var token in market.Market.TokenIds)
            (await ana.BalanceAsync(token)).Should().Be(0);
        (await ana.ListAsync("/data/orders")).Should().BeEmpty();
        var first = await socket.NextAsync();
        (Text(first, "type"), Text(first, "status")).Should().Be(("CANCELLATION", "CANCELED_MARKET_RESOLVED"));
        var (status, refused) = await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 100));
        (status, Text(refused, "error")).Should().Be((400, $"the orderbook {market.Market.TokenIds[0]} does not exist"));
    }

    [Fact]
    public async Task Reads_are_paged_to_the_end_marker()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 5) { Salt = 5000 + i })));

        var (_, first) = await ana.GetAsync("/data/orders");
        (first.GetProperty("limit").GetInt32(), first.GetProperty("count").GetInt32()).Should().Be((100, 100));
        var (_, last) = await ana.GetAsync("/data/orders?next_cursor=" + Text(first, "next_cursor"));
        (last.GetProperty("count").GetInt32(), Text(last, "next_cursor")).Should().Be((20, "LTE="));
        var (status, refused) = await ana.GetAsync("/data/orders?next_cursor=LTE%3D");
        (status, Text(refused, "error")).Should().Be((400, "invalid order params payload"), "the end marker is not a page");
    }

    [Fact]
    public async Task Silence_after_a_first_heartbeat_cancels_everything_of_the_key()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 10));
        Task<(int Status, JsonElement Body)> Beat(string id) => ana.AskAsync(HttpMethod.Post, "/v1/heartbeats", new { heartbeat_id = id });
        var (_, first) = await Beat("");
        await lab.AdvanceAsync(6);
        var (_, second) = await Beat(Text(first, "heartbeat_id"));
        await lab.AdvanceAsync(6);
        (await ana.ListAsync("/data/orders")).Should().ContainSingle("it beat in time");
        var (status, wrong) = await Beat("nonsense");
        (status, Text(wrong, "heartbeat_id")).Should().Be((400, Text(second, "heartbeat_id")), "the error says which id was expected");
        await lab.AdvanceAsync(5);
        (await ana.ListAsync("/data/orders")).Should().BeEmpty();
    }
}
