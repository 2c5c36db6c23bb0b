using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

public class AccountTests
{
    private static readonly TestAccount Account = new();
    private static readonly JsonElement Trades = WireSample.Json("clob-trades.json").GetProperty("data");
    private static readonly TokenId Yes = TokenId.Parse(Trades[0].GetProperty("asset_id").GetString());
    private static readonly TokenId No = TokenId.Parse(Trades[0].GetProperty("maker_orders")[0].GetProperty("asset_id").GetString());

    [Fact]
    public async Task A_takers_fill_adds_up_its_makers()
    {
        var fill = (await FillsAsync()).Single(f => f.IsTaker);
        fill.OrderHash.Should().Be("0x" + string.Concat(Enumerable.Repeat("a1", 32)));
        (fill.Token, fill.Side, fill.Shares).Should().Be((Yes, Side.Buy, new Shares(70_000_000)));
        fill.Collateral.Should().Be(new Usdc(25_000_000), "20 at 0.35 from a seller and 50 at 1 - 0.64 minted with a buyer of No");
        fill.Status.Should().Be(SettlementStatus.Mined);
        fill.TransactionHash.Should().StartWith("0xabcdef");
    }

    [Fact]
    public async Task A_makers_fill_is_its_own_entry_and_not_the_takers()
    {
        var fill = (await FillsAsync()).Single(f => !f.IsTaker);
        fill.OrderHash.Should().Be("0x" + string.Concat(Enumerable.Repeat("b2", 32)));
        (fill.Token, fill.Side, fill.Shares, fill.Collateral).Should().Be((No, Side.Buy, new Shares(30_500_000), new Usdc(18_300_000)));
        fill.Status.Should().Be(SettlementStatus.Confirmed);
        fill.TransactionHash.Should().BeNull();
        fill.MatchedAt.ToUnixTimeSeconds().Should().Be(1_795_000_200);
    }

    [Fact]
    public async Task Fills_come_oldest_first_from_all_pages()
    {
        var stub = new StubVenue((asked, n) => Reply.Ok($$"""{"next_cursor":"{{(n < 2 ? "MTAw" + n : "LTE=")}}","data":[{{Trades[n % 2].GetRawText()}}]}"""));
        var fills = await new VenueParts(stub).Trading.FillsAsync(Account, DateTimeOffset.FromUnixTimeSeconds(1_794_000_000), default);
        fills.Should().HaveCount(2, "the trade read twice counts once").And.BeInAscendingOrder(f => f.MatchedAt);
        stub.Requests.Select(r => r.Address.Query).Should().Equal("?after=1794000000", "?after=1794000000&next_cursor=MTAw0", "?after=1794000000&next_cursor=MTAw1");
    }

    [Fact]
    public async Task A_list_without_end_is_a_fault()
    {
        var act = () => new VenueParts(StubVenue.Always(Reply.Ok("""{"next_cursor":"MTAw","data":[]}"""))).Trading.OpenOrdersAsync(Account, default);
        (await act.Should().ThrowAsync<VenueException>()).Which.Failure.Should().Be(VenueFailure.Malformed);
    }

    [Fact]
    public async Task A_look_up_finds_order_and_fills()
    {
        var hash = Trades[1].GetProperty("taker_order_id").GetString()!;
        var stub = new StubVenue((asked, _) => Reply.Ok(asked.Path.Contains("/data/order/", StringComparison.Ordinal) ? WireSample.Text("clob-order.json") : WireSample.Text("clob-trades.json")));
        var lookup = await new VenueParts(stub).Trading.LookupAsync(Account, hash, DateTimeOffset.FromUnixTimeSeconds(1_795_000_000), default);
        lookup.Order!.Status.Should().Be(VenueOrderStatus.Live);
        lookup.Order.Matched.Should().Be(new Shares(1_500_000));
        lookup.Order.CreatedAt!.Value.ToUnixTimeSeconds().Should().Be(1_795_000_000);
        lookup.Fills.Should().ContainSingle().Which.OrderHash.Should().Be(hash);
        stub.Requests.Last().Address.Query.Should().Be("?after=1794999940");
    }

    [Theory]
    [InlineData(200, "null")]
    [InlineData(200, "{}")]
    [InlineData(200, "")]
    [InlineData(404, """{"error":"order not found"}""")]
    [InlineData(400, """{"error":"Invalid orderID"}""")]
    public async Task An_order_the_venue_does_not_list_is_no_order(int status, string body)
    {
        var stub = new StubVenue((asked, _) => asked.Path.Contains("/data/order/", StringComparison.Ordinal) ? new Reply(status, body) : Reply.Ok("""{"data":[],"next_cursor":"LTE="}"""));
        var lookup = await new VenueParts(stub).Trading.LookupAsync(Account, "0xff", DateTimeOffset.UnixEpoch.AddDays(1), default);
        lookup.Order.Should().BeNull();
        lookup.Fills.Should().BeEmpty();
    }

    [Fact]
    public async Task A_look_up_that_fails_is_no_answer()
    {
        var parts = new VenueParts(StubVenue.Always(new Reply(500, "")));
        var act = () => parts.RunAsync(parts.Trading.LookupAsync(Account, "0xff", DateTimeOffset.UnixEpoch.AddDays(1), default));
        await act.Should().ThrowAsync<VenueException>("an empty answer would free money that may be spent");
    }

    [Fact]
    public async Task A_cancel_reads_what_was_really_cancelled()
    {
        var stub = StubVenue.Always(Reply.Ok("""{"canceled":["0xAA"],"not_canceled":{"0xbb":"already canceled or matched"}}"""));
        var answers = await new VenueParts(stub).Trading.CancelAsync(Account, ["0xaa", "0xbb", "0xcc"], default);
        answers.Select(a => a.Error?.Code).Should().Equal(null, "order.not_cancellable", "venue.malformed");
        stub.Requests.Single().Method.Should().Be("DELETE");
        stub.Requests.Single().Body.Should().Be("""["0xaa","0xbb","0xcc"]""");
    }

    [Fact]
    public async Task Cancels_go_by_the_hundred_and_one_bad_chunk_spoils_no_other()
    {
        var stub = new StubVenue((asked, n) => n == 1
            ? new Reply(500, "")
            : Reply.Ok($$$"""{"canceled":{{{asked.Body}}},"not_canceled":{}}"""));
        var parts = new VenueParts(stub);
        var answers = await parts.RunAsync(parts.Trading.CancelAsync(Account, [.. Enumerable.Range(0, 250).Select(i => $"0x{i:x64}")], default));
        stub.Requests.Should().HaveCount(3);
        answers.Should().HaveCount(250);
        answers.Count(a => a.Error is null).Should().Be(150);
        answers.Where(a => a.Error is not null).Should().OnlyContain(a => a.Error!.Code == "venue.unreachable");
    }

    [Fact]
    public async Task A_balance_can_be_read_afresh()
    {
        var stub = StubVenue.Always(Reply.Ok("""{"balance":"1000000000","allowances":{"0xE1":"115792089237316195423570985008687907853269984665640564039457584007913129639935"}}"""));
        var parts = new VenueParts(stub);
        (await parts.Trading.BalanceAsync(Account, null, refresh: false, default)).Should().Be(1_000_000_000);
        (await parts.Trading.BalanceAsync(Account, TokenId.Parse("115792089237316195423570985008687907853269984665640564039457584007913129639935"), refresh: true, default)).Should().Be(1_000_000_000);
        stub.Requests.Select(r => r.Path).Should().Equal("/clob/balance-allowance", "/clob/balance-allowance/update", "/clob/balance-allowance");
        stub.Requests.First().Address.Query.Should().Be("?asset_type=COLLATERAL&signature_type=3");
        stub.Requests.Last().Address.Query.Should().StartWith("?asset_type=CONDITIONAL&token_id=1157").And.EndWith("&signature_type=3");
    }

    [Fact]
    public async Task A_read_with_a_drifted_clock_is_signed_again()
    {
        var stub = new StubVenue((asked, n) => asked.Path.EndsWith("/time", StringComparison.Ordinal) ? Reply.Ok("1795009000") : n == 0 ? new Reply(401, """{"error":"Unauthorized/Invalid api key"}""") : Reply.Ok("""{"data":[],"next_cursor":"LTE="}"""));
        await new VenueParts(stub).Trading.OpenOrdersAsync(Account, default);
        stub.Requests.Where(r => r.Path.EndsWith("/orders", StringComparison.Ordinal)).Select(r => r.Headers["POLY_TIMESTAMP"]).Should().Equal("1795000000", "1795009000");
    }

    [Theory]
    [InlineData("LIVE", VenueOrderStatus.Live)]
    [InlineData("ORDER_STATUS_MATCHED", VenueOrderStatus.Matched)]
    [InlineData("DELAYED", VenueOrderStatus.Delayed)]
    [InlineData("unmatched", VenueOrderStatus.Unmatched)]
    [InlineData("CANCELED", VenueOrderStatus.Cancelled)]
    [InlineData("ORDER_STATUS_CANCELED_MARKET_RESOLVED", VenueOrderStatus.Cancelled)]
    [InlineData("CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.", VenueOrderStatus.Cancelled)]
    [InlineData("INVALID", VenueOrderStatus.Invalid)]
    [InlineData("brand new", VenueOrderStatus.Live)]
    public void Order_words_are_understood(string word, VenueOrderStatus expected)
    {
        var json = JsonDocument.Parse(WireSample.Text("clob-order.json").Replace("ORDER_STATUS_LIVE", word, StringComparison.Ordinal)).RootElement;
        AccountReader.Order(json, NullLogger.Instance)!.Status.Should().Be(expected);
    }

    [Theory]
    [InlineData("MATCHED", SettlementStatus.Matched)]
    [InlineData("TRADE_STATUS_MATCHED_NOT_BROADCASTED", SettlementStatus.Matched)]
    [InlineData("MINED", SettlementStatus.Mined)]
    [InlineData("TRADE_STATUS_CONFIRMED", SettlementStatus.Confirmed)]
    [InlineData("TRADE_STATUS_RETRYING", SettlementStatus.Retrying)]
    [InlineData("FAILED", SettlementStatus.Failed)]
    [InlineData("brand new", SettlementStatus.Matched)]
    public void Settlement_words_are_understood(string word, SettlementStatus expected)
    {
        var json = JsonDocument.Parse(Trades[1].GetRawText().Replace("TRADE_STATUS_MINED", word, StringComparison.Ordinal)).RootElement;
        AccountReader.Fills(json, Account, NullLogger.Instance).Single().Status.Should().Be(expected);
    }

    [Fact]
    public async Task Keys_are_derived_or_there_are_none()
    {
        var headers = new List<KeyValuePair<string, string>> { new("POLY_NONCE", "0") };
        var made = new VenueParts(StubVenue.Always(Reply.Ok("""{"apiKey":"k","secret":"s","passphrase":"p"}""")));
        (await made.Auth.DeriveAsync(headers, default)).Should().Be(new ApiCredentials("k", "s", "p"));
        var none = new VenueParts(StubVenue.Always(new Reply(400, """{"error":"Could not derive api key!"}""")));
        (await none.Auth.DeriveAsync(headers, default)).Should().BeNull();
        (await none.Auth.CreateAsync(headers, default)).Should().BeNull();
        new ApiCredentials("k", "very-secret", "p").ToString().Should().NotContain("very-secret");
    }

    private static Task<IReadOnlyList<VenueFill>> FillsAsync() => new VenueParts(StubVenue.Always(Reply.Ok(WireSample.Text("clob-trades.json")))).Trading.FillsAsync(Account, null, default);
}
