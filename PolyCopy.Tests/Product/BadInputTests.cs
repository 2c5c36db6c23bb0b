using System.Net;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>One product for the whole matrix: a user who holds a position, a market that is over, one that is open.</summary>
public sealed class BadInputFixture : IAsyncLifetime
{
    public TestApp App { get; private set; } = null!;

    internal Trader Ana { get; private set; } = null!;

    public string Position { get; private set; } = "";

    public string ClosedMarket { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        App = await TestApp.StartAsync();
        Ana = await Trader.WelcomeAsync(App);
        Position = await Ana.BuyAsync();
        await Ana.FollowedAsync();
        var over = await Trader.WelcomeAsync(App, 1001, market: 1);
        await App.ControlAsync($"markets/{over.ConditionId}/resolve", new { winner = "Yes" });
        ClosedMarket = over.MarketId;
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();
}

/// <summary>Wrong requests: the right status, a stable code, and nothing changed.</summary>
public class BadInputTests(BadInputFixture fixture) : IClassFixture<BadInputFixture>
{
    private const string Users = "/api/v1/users/1001";
    private const string Nobody = "00000000-0000-7000-8000-000000000000";

    [Theory]
    [InlineData("unknown market", """{"marketId":"no-such-market","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5"}""", 404, "market.unknown")]
    [InlineData("no market", """{"outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5"}""", 404, "market.unknown")]
    [InlineData("market with a NUL", """{"marketId":"a\u0000b","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5"}""", 400, "request.invalid")]
    [InlineData("wrong outcome", """{"marketId":"{market}","outcome":"Maybe","side":"BUY","type":"FAK","amountUsd":"5"}""", 400, "market.outcome")]
    [InlineData("no outcome", """{"marketId":"{market}","side":"BUY","type":"FAK","amountUsd":"5"}""", 400, "market.outcome")]
    [InlineData("closed market", """{"marketId":"{closed}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5"}""", 400, "market.closed")]
    [InlineData("zero", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"0"}""", 400, "order.amount")]
    [InlineData("negative", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"-5"}""", 400, "order.amount")]
    [InlineData("not a number", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"NaN"}""", 400, "request.invalid")]
    [InlineData("infinite", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"Infinity"}""", 400, "request.invalid")]
    [InlineData("comma", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"1,5"}""", 400, "request.invalid")]
    [InlineData("empty amount", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":""}""", 400, "request.invalid")]
    [InlineData("huge", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"1000000000000"}""", 400, "order.amount")]
    [InlineData("largest decimal", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"79228162514264337593543950335"}""", 400, "order.amount")]
    [InlineData("largest decimal of shares", """{"marketId":"{market}","outcome":"Yes","side":"SELL","type":"GTC","shares":"79228162514264337593543950335","limitPrice":"0.5"}""", 400, "order.amount")]
    [InlineData("beyond decimal", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"1e400"}""", 400, "request.invalid")]
    [InlineData("over-precise", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5.0000001"}""", 400, "order.amount")]
    [InlineData("amount and shares", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5","shares":"5"}""", 400, "order.amount")]
    [InlineData("neither", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK"}""", 400, "order.amount")]
    [InlineData("off tick", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTC","shares":"10","limitPrice":"0.405"}""", 400, "order.tick")]
    [InlineData("price one", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTC","shares":"10","limitPrice":"1"}""", 400, "order.price")]
    [InlineData("price zero", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTC","shares":"10","limitPrice":"0"}""", 400, "order.price")]
    [InlineData("negative price", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTC","shares":"10","limitPrice":"-0.4"}""", 400, "order.price")]
    [InlineData("resting without a price", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTC","shares":"10"}""", 400, "order.price")]
    [InlineData("resting too small", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTC","shares":"1","limitPrice":"0.40"}""", 400, "order.min_size")]
    [InlineData("post-only FAK", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5","postOnly":true}""", 400, "order.post_only")]
    [InlineData("GTD in the past", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTD","shares":"10","limitPrice":"0.40","expiresAt":"2020-01-01T00:00:00Z"}""", 400, "order.expiry")]
    [InlineData("GTD without an end", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"GTD","shares":"10","limitPrice":"0.40"}""", 400, "order.expiry")]
    [InlineData("slippage above one", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5","maxSlippage":"1.1"}""", 400, "order.slippage")]
    [InlineData("more than the wallet holds", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"1900","maxSlippage":"0.05"}""", 400, "order.balance")]
    [InlineData("more shares than held", """{"marketId":"{market}","outcome":"Yes","side":"SELL","type":"FAK","shares":"4000","maxSlippage":"0.05"}""", 400, "order.not_sellable")]
    [InlineData("take-profit below", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5","takeProfit":"0.20"}""", 400, "exit.side")]
    [InlineData("exits of a SELL", """{"marketId":"{market}","outcome":"Yes","side":"SELL","type":"FAK","shares":"5","stopLoss":"0.20"}""", 400, "order.exits")]
    [InlineData("wrong side", """{"marketId":"{market}","outcome":"Yes","side":"HOLD","type":"FAK","amountUsd":"5"}""", 400, "request.invalid")]
    [InlineData("side by number", """{"marketId":"{market}","outcome":"Yes","side":1,"type":"FAK","amountUsd":"5"}""", 400, "request.invalid")]
    [InlineData("amount as object", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":{}}""", 400, "request.invalid")]
    [InlineData("market as number", """{"marketId":5,"outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5"}""", 400, "request.invalid")]
    [InlineData("cut off", """{"marketId":"{market}",""", 400, "request.invalid")]
    [InlineData("an array", "[]", 400, "request.invalid")]
    [InlineData("null", "null", 400, "request.invalid")]
    [InlineData("empty", "", 400, "request.invalid")]
    public Task A_wrong_order_is_refused(string what, string body, int status, string code) => RefusedAsync(what, HttpMethod.Post, $"{Users}/orders", body, status, code, "key of " + what);

    [Theory]
    [InlineData("no key", null, 400, "idempotency.missing")]
    [InlineData("empty key", "", 400, "idempotency.missing")]
    [InlineData("too long a key", "long", 400, "idempotency.missing")]
    public Task An_order_without_a_key_is_refused(string what, string? key, int status, string code) =>
        RefusedAsync(what, HttpMethod.Post, $"{Users}/orders", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5"}""", status, code, key == "long" ? new string('k', 201) : key);

    [Theory]
    [InlineData("unknown user", "POST", "/api/v1/users/999/orders", """{"marketId":"{market}","outcome":"Yes","side":"BUY","type":"FAK","amountUsd":"5"}""", 404, "user.unknown")]
    [InlineData("positions of an unknown user", "GET", "/api/v1/users/999/positions", null, 404, "user.unknown")]
    [InlineData("negative user", "GET", "/api/v1/users/-1/positions", null, 404, "user.unknown")]
    [InlineData("user zero", "POST", "/api/v1/users", """{"userId":0,"username":"x"}""", 400, "user.invalid")]
    [InlineData("user without id", "POST", "/api/v1/users", """{"username":"x"}""", 400, "user.invalid")]
    [InlineData("limit zero", "GET", Users + "/orders?limit=0", null, 400, "request.limit")]
    [InlineData("limit too large", "GET", Users + "/positions?limit=201", null, 400, "request.limit")]
    [InlineData("limit as a word", "GET", "/api/v1/markets?limit=many", null, 400, "request.invalid")]
    [InlineData("unknown position", "GET", Users + "/positions/" + Nobody, null, 404, "position.unknown")]
    [InlineData("position that is no id", "GET", Users + "/positions/abc", null, 404, "route.unknown")]
    [InlineData("no such route", "GET", "/api/v1/nothing", null, 404, "route.unknown")]
    [InlineData("wrong method", "PATCH", "/api/v1/markets", null, 405, "route.method")]
    [InlineData("unknown market", "GET", "/api/v1/markets/no-such-market", null, 404, "market.unknown")]
    [InlineData("book of an unknown market", "GET", "/api/v1/markets/no-such-market/book", null, 404, "market.unknown")]
    [InlineData("book of a wrong outcome", "GET", "/api/v1/markets/{market}/book?outcome=Maybe", null, 400, "market.outcome")]
    [InlineData("unknown interval", "GET", "/api/v1/markets/{market}/prices-history?interval=2d", null, 400, "request.interval")]
    [InlineData("close of an unknown position", "POST", Users + "/positions/" + Nobody + "/close", """{"fraction":"1"}""", 404, "position.unknown")]
    [InlineData("close of nothing", "POST", Users + "/positions/{position}/close", """{"fraction":"0"}""", 400, "order.amount")]
    [InlineData("close of more than all", "POST", Users + "/positions/{position}/close", """{"fraction":"1.01"}""", 400, "order.amount")]
    [InlineData("close of NaN", "POST", Users + "/positions/{position}/close", """{"fraction":"NaN"}""", 400, "request.invalid")]
    [InlineData("cancel of an unknown order", "DELETE", Users + "/orders/" + Nobody, null, 404, "order.unknown")]
    [InlineData("take-profit below the price", "PUT", Users + "/positions/{position}/tpsl", """{"takeProfit":"0.30"}""", 400, "exit.side")]
    [InlineData("stop-loss above the price", "PUT", Users + "/positions/{position}/tpsl", """{"stopLoss":"0.60"}""", 400, "exit.side")]
    [InlineData("one leg right, one wrong", "PUT", Users + "/positions/{position}/tpsl", """{"takeProfit":"0.60","stopLoss":"0.60"}""", 400, "exit.side")]
    [InlineData("take-profit out of range", "PUT", Users + "/positions/{position}/tpsl", """{"takeProfit":"1.2"}""", 400, "exit.range")]
    [InlineData("take-profit off tick", "PUT", Users + "/positions/{position}/tpsl", """{"takeProfit":"0.605"}""", 400, "exit.tick")]
    [InlineData("take-profit of a wrong type", "PUT", Users + "/positions/{position}/tpsl", """{"takeProfit":true}""", 400, "request.invalid")]
    [InlineData("tpsl as an array", "PUT", Users + "/positions/{position}/tpsl", "[]", 400, "request.invalid")]
    [InlineData("tpsl of an unknown position", "PUT", Users + "/positions/" + Nobody + "/tpsl", """{"takeProfit":"0.60"}""", 404, "position.unknown")]
    [InlineData("unknown kind of exit", "POST", Users + "/positions/{position}/exits", """{"kind":"magic","triggerPrice":"0.60"}""", 400, "request.invalid")]
    [InlineData("exit without a trigger", "POST", Users + "/positions/{position}/exits", """{"kind":"takeProfit"}""", 400, "exit.range")]
    [InlineData("exit of nothing", "POST", Users + "/positions/{position}/exits", """{"kind":"takeProfit","triggerPrice":"0.60","fraction":"0"}""", 400, "exit.fraction")]
    [InlineData("time stop in the past", "POST", Users + "/positions/{position}/exits", """{"kind":"timeStop","at":"2020-01-01T00:00:00Z"}""", 400, "exit.time")]
    [InlineData("unknown exit", "DELETE", Users + "/positions/{position}/exits/" + Nobody, null, 404, "exit.unknown")]
    [InlineData("slippage setting", "PUT", Users + "/settings", """{"maxSlippage":"2"}""", 400, "settings.max_slippage")]
    [InlineData("pause without a reason", "POST", "/api/v1/admin/pause", "{}", 400, "pause.reason")]
    [InlineData("pause of an unknown user", "POST", "/api/v1/admin/pause", """{"userId":999,"reason":"test"}""", 404, "user.unknown")]
    public Task A_wrong_request_is_refused(string what, string method, string path, string? body, int status, string code) =>
        RefusedAsync(what, new HttpMethod(method), path, body, status, code, method == "POST" ? "key of " + what : null);

    [Fact]
    public async Task The_same_key_gives_the_same_answer_and_refuses_another_body()
    {
        var app = fixture.App;
        await fixture.Ana.QuoteAsync("0.44", "0.45");
        object order = new { marketId = fixture.Ana.MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "5", maxSlippage = "0.05" };
        // a refusal before the decision leaves the key free
        (await app.SendAsync(HttpMethod.Post, $"{Users}/orders", new { marketId = fixture.Ana.MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "0" }, "same")).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var first = await app.SendAsync(HttpMethod.Post, $"{Users}/orders", order, "same");
        first.StatusCode.Should().Be(HttpStatusCode.Created);
        var before = await SnapshotAsync();

        var again = await app.SendAsync(HttpMethod.Post, $"{Users}/orders", order, "same");
        again.StatusCode.Should().Be(HttpStatusCode.Created);
        (await again.Content.ReadAsStringAsync()).Should().Be(await first.Content.ReadAsStringAsync());
        await CodeAsync(await app.SendAsync(HttpMethod.Post, $"{Users}/orders", new { marketId = fixture.Ana.MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "6" }, "same"), 422, "idempotency.mismatch");
        (await SnapshotAsync()).Should().Be(before);
    }

    private async Task RefusedAsync(string what, HttpMethod method, string path, string? body, int status, string code, string? key)
    {
        await fixture.Ana.QuoteAsync("0.44", "0.45");
        await fixture.App.UntilAsync($"{Users}/positions/{fixture.Position}", p => Trader.Number(p, "currentPrice") == 0.44m);
        var before = await SnapshotAsync();
        var answer = await fixture.App.SendAsync(method, Fill(path), body is null ? null : Fill(body), key);
        await CodeAsync(answer, status, code);
        (await SnapshotAsync()).Should().Be(before, $"'{what}' changes nothing");
    }

    private string Fill(string text) => text.Replace("{market}", fixture.Ana.MarketId).Replace("{closed}", fixture.ClosedMarket).Replace("{position}", fixture.Position);

    private static async Task CodeAsync(HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).Should().Be(status, text);
        answer.Content.Headers.ContentType?.MediaType.Should().Be("application/problem+json", text);
        JsonDocument.Parse(text).RootElement.GetProperty("code").GetString().Should().Be(code, text);
    }

    private async Task<string> SnapshotAsync()
    {
        var portfolio = await fixture.App.GetAsync($"{Users}/portfolio");
        var orders = await fixture.App.GetAsync($"{Users}/orders?limit=200");
        var exits = await fixture.App.GetAsync($"{Users}/exits?limit=200");
        var positions = (await fixture.App.GetAsync($"{Users}/positions?limit=200")).GetProperty("items").EnumerateArray().Select(p => string.Join(' ', new[] { "id", "size", "status", "takeProfit", "stopLoss" }.Select(n => p.GetProperty(n).ToString())));
        return $"{portfolio.GetProperty("cash")} {portfolio.GetProperty("reserved")}\n{string.Join('\n', orders.GetProperty("items").EnumerateArray().Select(o => o.GetProperty("id")))}\n{exits.GetRawText()}\n{string.Join('\n', positions)}";
    }
}
