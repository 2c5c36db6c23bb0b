using System.Text.Json;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.Simulator;

public class UserSocketTests
{
    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [Fact]
    public async Task An_order_is_told_from_placement_to_confirmation()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await using var socket = await SocketClient.UserAsync(lab, ana);
        var draft = new Draft(market, 0, Side.Buy, "GTC", 0.45m, 50);

        var (_, answer) = await ana.PostAsync(draft);
        await lab.AdvanceAsync(15);

        var id = ana.IdOf(draft);
        var trade = answer.GetProperty("tradeIDs")[0].GetString();
        var frames = await socket.UntilAsync(frame => Text(frame, "status") == "CONFIRMED");
        frames.Select(frame => (Text(frame, "event_type"), Text(frame, "type"), Text(frame, "status"))).Should().Equal(
            ("order", "PLACEMENT", "LIVE"), ("trade", "TRADE", "MATCHED"), ("order", "UPDATE", "MATCHED"), ("trade", "TRADE", "MINED"), ("trade", "TRADE", "CONFIRMED"));
        var (seconds, ms) = (Lab.Start.ToUnixTimeSeconds(), Lab.Start.ToUnixTimeMilliseconds());
        frames[0].GetRawText().Should().Be(
            $$"""{"id":"{{id}}","owner":"{{ana.ApiKey}}","market":"{{market.Market.ConditionId}}","asset_id":"{{draft.Token}}","side":"BUY","order_owner":"{{ana.ApiKey}}","original_size":"50","size_matched":"0","price":"0.45","associate_trades":null,"outcome":"{{market.Market.Outcomes[0]}}","type":"PLACEMENT","created_at":"{{seconds}}","expiration":"0","order_type":"GTC","status":"LIVE","maker_address":"{{ana.Wallet}}","timestamp":"{{ms}}","event_type":"order"}""");
        frames[2].GetRawText().Should().Be(
            $$"""{"id":"{{id}}","owner":"{{ana.ApiKey}}","market":"{{market.Market.ConditionId}}","asset_id":"{{draft.Token}}","side":"BUY","order_owner":"{{ana.ApiKey}}","original_size":"50","size_matched":"50","price":"0.45","associate_trades":["{{trade}}"],"outcome":"{{market.Market.Outcomes[0]}}","type":"UPDATE","created_at":"{{seconds}}","expiration":"0","order_type":"GTC","status":"MATCHED","maker_address":"{{ana.Wallet}}","timestamp":"{{ms}}","event_type":"order"}""");
        var maker = frames[1].GetProperty("maker_orders")[0];
        frames[1].GetRawText().Should().Be(
            $$"""{"type":"TRADE","id":"{{trade}}","taker_order_id":"{{id}}","market":"{{market.Market.ConditionId}}","asset_id":"{{draft.Token}}","side":"BUY","size":"50","fee_rate_bps":"0","price":"0.45","status":"MATCHED","match_time":"{{seconds}}","last_update":"{{seconds}}","outcome":"{{market.Market.Outcomes[0]}}","owner":"{{ana.ApiKey}}","trade_owner":"{{ana.ApiKey}}","maker_address":"{{ana.Wallet}}","transaction_hash":"","bucket_index":0,"maker_orders":[{{maker.GetRawText()}}],"trader_side":"TAKER","timestamp":"{{ms}}","event_type":"trade"}""");
        maker.EnumerateObject().Select(field => field.Name).Should().Equal("order_id", "owner", "maker_address", "matched_amount", "price", "fee_rate_bps", "asset_id", "outcome", "outcome_index", "side");
        Text(frames[3], "transaction_hash").Should().MatchRegex("^0x[0-9a-f]{64}$");
    }

    [Fact]
    public async Task A_maker_finds_itself_among_the_maker_orders()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var (ana, ben) = (await Trader.FundedAsync(lab, 1), await Trader.FundedAsync(lab, 2));
        var resting = new Draft(market, 0, Side.Buy, "GTC", 0.44m, 100);
        await lab.QuoteAsync(market, "0.40", "0.50");
        await ana.PostAsync(resting);
        await using var socket = await SocketClient.UserAsync(lab, ana);

        await ben.PostAsync(new Draft(market, 1, Side.Buy, "FAK", 0.56m, 28));   // a mint: both buy

        var trade = await socket.NextAsync();
        (Text(trade, "trader_side"), Text(trade, "asset_id"), Text(trade, "side"), Text(trade, "price"), Text(trade, "size")).Should().Be(("MAKER", market.Market.TokenIds[1], "BUY", "0.56", "50"));
        (Text(trade, "owner"), Text(trade, "trade_owner")).Should().Be((ana.ApiKey, ben.ApiKey));
        var mine = trade.GetProperty("maker_orders")[0];
        (Text(mine, "owner"), Text(mine, "asset_id"), Text(mine, "side"), Text(mine, "price"), Text(mine, "matched_amount")).Should().Be((ana.ApiKey, market.Market.TokenIds[0], "BUY", "0.44", "50"));
        var update = await socket.NextAsync();
        (Text(update, "type"), Text(update, "status"), Text(update, "size_matched")).Should().Be(("UPDATE", "LIVE", "50"));
    }

    [Fact]
    public async Task A_killed_order_comes_with_free_text_and_empty_fields()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        await using var socket = await SocketClient.UserAsync(lab, ana);

        await ana.PostAsync(new Draft(market, 0, Side.Buy, "FOK", 0.45m, 451));

        var frame = await socket.NextAsync();
        (Text(frame, "type"), Text(frame, "status")).Should().Be(("CANCELLATION", "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."));
        (Text(frame, "size_matched"), Text(frame, "created_at"), Text(frame, "outcome"), frame.GetProperty("associate_trades").GetArrayLength()).Should().Be(("", "", "", 0));
    }

    [Fact]
    public async Task Only_the_markets_asked_for_are_told()
    {
        await using var lab = await Lab.DrivenAsync();
        var (first, second) = (await lab.MarketAsync(), await lab.MarketAsync(skip: 1));
        var ana = await Trader.FundedAsync(lab, 1);
        await using var socket = await SocketClient.UserAsync(lab, ana, first.Market.ConditionId);

        await ana.PostAsync(new Draft(second, 0, Side.Buy, "GTC", 0.10m, 10));
        await ana.PostAsync(new Draft(first, 0, Side.Buy, "GTC", 0.10m, 10));
        Text(await socket.NextAsync(), "market").Should().Be(first.Market.ConditionId);

        await socket.SendAsync($$"""{"operation":"subscribe","markets":["{{second.Market.ConditionId}}"]}""");
        await socket.SettleAsync();
        await ana.PostAsync(new Draft(second, 0, Side.Buy, "GTC", 0.10m, 11));
        Text(await socket.NextAsync(), "market").Should().Be(second.Market.ConditionId);
        var connection = (await lab.GetAsync("control/stats")).GetProperty("connections").EnumerateArray().Single();
        (Text(connection, "channel"), connection.GetProperty("tokens").GetArrayLength()).Should().Be(("user", 2));
    }

    [Fact]
    public async Task Wrong_credentials_meet_silence_and_nothing_is_replayed()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var (ana, ben) = (await Trader.FundedAsync(lab, 1), await Trader.FundedAsync(lab, 2));
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 10));
        await using var stranger = await SocketClient.OpenAsync(lab, "ws/user", new { auth = new { apiKey = ana.ApiKey, secret = "AAAA", passphrase = "" }, type = "user" });
        await using var late = await SocketClient.UserAsync(lab, ana);
        await using var other = await SocketClient.UserAsync(lab, ben);

        await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 11));
        await ben.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.10m, 12));

        Text(await late.NextAsync(), "original_size").Should().Be("11", "what was before is not told again");
        Text(await other.NextAsync(), "original_size").Should().Be("12");
        await stranger.SendAsync("PING");
        (await stranger.NextTextAsync()).Should().Be("PONG", "and nothing else ever came");
    }
}
