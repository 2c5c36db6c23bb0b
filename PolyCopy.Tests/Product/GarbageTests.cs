using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>Walks /openapi/v1.json and sends every route what no client should: never a 5xx, always a code, and whoever was not named keeps what is his.</summary>
public class GarbageTests
{
    private const string Nobody = "00000000-0000-7000-8000-000000000000";
    private const string Leader = "0x00000000000000000000000000000000000000c7";

    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1e400", "NaN", "\"NaN\"", "\"Infinity\"", "\"1,5\"", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[null]", "[[[]]]", "79228162514264337593543950335", "\"-0.0000000000000000000000000001\"",
        "9223372036854775808", "\"9999-12-31T23:59:59Z\"", "\"10675199.02:48:05\"", "\"🙂\"", '"' + new string('9', 400) + '"', '"' + new string('x', 20_000) + '"', "[{\"fromUsd\":-1,\"factor\":1e28}]", "{\"a\":\"\\ud800\"}",
    ];

    private static readonly string[] Bodies =
    [
        "", "null", "[]", "{}", "5", "\"x\"", "{\"a\":", "{\"a\":1}}", "{\"\\ud800\":1}", "{\"a\":1,\"a\":2}", "\u0001", "<xml/>",
        new string('[', 2_000) + new string(']', 2_000), string.Concat(Enumerable.Repeat("{\"a\":", 500)) + "1" + new string('}', 500), "{\"x\":\"" + new string('y', 1_100_000) + "\"}",
    ];

    private static readonly string[] Words = ["-1", "0", "2147483648", "9223372036854775808", "NaN", "1.5", "%F0%9F%99%82", "..%2f..", "%FF", "%ED%A0%80", "a%0d%0aSet-Cookie:x", Nobody, new string('9', 3_000)];

    // what the document cannot tell: bodies that are read property by property
    private static readonly Dictionary<string, string[]> Untold = new()
    {
        ["settings"] = ["maxSlippage", "quickAmounts", "defaultTakeProfitPercent", "defaultStopLossPercent", "language", "timeZone", "notifications"],
        ["tpsl"] = ["takeProfit", "stopLoss"],
        ["follows"] = ["leader", "mode", "amountUsd", "tiers", "maxPerDay", "maxOpenPositions", "categories", "firstEntryOnly", "sells", "opposite", "worstSellPrice"],
        ["{followId}"] = ["leader", "mode", "percent", "tiers", "maxPerDay", "maxOpenPositions", "keywords", "reverse", "onMove", "takeProfitPercent"],
        ["preview"] = ["leader", "mode", "factor", "tiers", "maxPerTrade"],
    };

    [Fact]
    public async Task Garbage_gets_a_code_and_changes_nothing_of_others()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false");
        var ben = await Trader.WelcomeAsync(app, 1002);
        var bens = await OwnAsync(app, ben);
        var ana = await Trader.WelcomeAsync(app);
        var anas = await OwnAsync(app, ana);
        var routes = Routes(await app.GetAsync("/openapi/v1.json"));
        routes.Should().HaveCountGreaterThan(50).And.Contain(r => r.Path == "/api/v1/users/{userId}/orders" && r.Method == HttpMethod.Post);
        var before = await SnapshotAsync(app, ben);
        var wrong = new List<string>();
        var sent = 0;

        foreach (var route in routes)
        {
            foreach (var body in BodiesOf(route, ana.MarketId))
                await SendAsync(route, Fill(route.Path, anas), body);
            foreach (var (name, inPath) in route.Parameters)
                foreach (var word in Words)
                    await SendAsync(route, inPath ? Fill(route.Path, new(anas) { [name] = word }) : $"{Fill(route.Path, anas)}?{name}={word}", "{}");
            // what is Ben's is unknown under Ana's name
            foreach (var (name, _) in route.Parameters.Where(p => p.Name is "positionId" or "orderId" or "exitId" or "followId"))
            {
                var status = await SendAsync(route, route.Path.Contains($"{{{name}}}", StringComparison.Ordinal) ? Fill(route.Path, new(anas) { [name] = bens[name] }) : $"{Fill(route.Path, anas)}?{name}={bens[name]}",
                    """{"fraction":"1","kind":"stopLoss","triggerPrice":"0.10","mode":"fixed","amountUsd":"5"}""");
                if (status < 400 && !(route.Method == HttpMethod.Get && route.Path.EndsWith("s", StringComparison.Ordinal)))
                    wrong.Add($"{route}: {name} of another user gets {status}");
            }
        }

        wrong.Should().BeEmpty("of {0} requests", sent);
        sent.Should().BeGreaterThan(2_000);
        (await SnapshotAsync(app, ben)).Should().Be(before);
        await app.PostAsync("/api/v1/admin/resume", new { reason = "garbage may have paused everybody" });
        await ana.QuoteAsync("0.44", "0.45");
        await ben.BuyAsync("5");

        async Task<int> SendAsync(Route route, string path, string body)
        {
            sent++;
            using var request = new HttpRequestMessage(route.Method, path) { Content = route.Method == HttpMethod.Get ? null : new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("Idempotency-Key", sent.ToString(CultureInfo.InvariantCulture));
            using var answer = await app.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var status = (int)answer.StatusCode;
            if (status < 400)
                return status;
            var text = await answer.Content.ReadAsStringAsync();
            if (status >= 500 || !HasCode(answer, text))
                wrong.Add($"{route} {path[..Math.Min(120, path.Length)]} {body[..Math.Min(120, body.Length)]}: {status} {text[..Math.Min(200, text.Length)]}");
            return status;
        }
    }

    private static bool HasCode(HttpResponseMessage answer, string text) =>
        answer.Content.Headers.ContentType?.MediaType == "application/problem+json" && JsonDocument.Parse(text).RootElement.GetProperty("code").GetString()!.Contains('.');

    /// <summary>A position with an exit, a resting order and a follow: what the routes can name.</summary>
    private static async Task<Dictionary<string, string>> OwnAsync(TestApp app, Trader trader)
    {
        var position = await trader.BuyAsync("10", stopLoss: "0.20");
        var order = await app.PostAsync($"{trader.Path}/orders", new { marketId = trader.MarketId, outcome = "Yes", side = "BUY", type = "GTC", shares = "10", limitPrice = "0.05" }, "resting");
        var follow = await app.PostAsync($"{trader.Path}/follows", new { leader = Leader, mode = "fixed", amountUsd = "10" });
        var exit = (await app.GetAsync($"{trader.Path}/exits")).GetProperty("items")[0];
        return new Dictionary<string, string>
        {
            ["userId"] = trader.UserId.ToString(CultureInfo.InvariantCulture),
            ["positionId"] = position,
            ["orderId"] = order.GetProperty("orderId").GetString()!,
            ["exitId"] = exit.GetProperty("id").GetString()!,
            ["followId"] = follow.GetProperty("id").GetString()!,
            ["decisionId"] = Nobody,
            ["keyId"] = Nobody,
            ["id"] = trader.MarketId,
            ["address"] = Leader,
            ["shareId"] = "none",
            ["version"] = "1",
        };
    }

    private static string Fill(string path, Dictionary<string, string> values) => values.Aggregate(path, (p, v) => p.Replace($"{{{v.Key}}}", v.Value));

    private static IEnumerable<string> BodiesOf(Route route, string marketId)
    {
        if (route.Method != HttpMethod.Post && route.Method != HttpMethod.Put)
            return ["{}"];
        (string Name, string Value)[] good = route.Properties.Contains("side")
            ? [("marketId", $"\"{marketId}\""), ("outcome", "\"Yes\""), ("side", "\"BUY\""), ("type", "\"GTC\""), ("shares", "\"10\""), ("limitPrice", "\"0.01\"")]
            : route.Properties.Contains("leader") ? [("leader", $"\"{Leader}\""), ("mode", "\"fixed\""), ("amountUsd", "\"10\"")] : [("kind", "\"stopLoss\"")];
        return Bodies.Concat(route.Properties.SelectMany(name => Values.Select(value =>
            '{' + string.Join(',', good.Where(g => g.Name != name && route.Properties.Contains(g.Name)).Append((name, value)).Select(p => $"\"{p.Item1}\":{p.Item2}")) + '}')));
    }

    private static List<Route> Routes(JsonElement document) =>
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           where !path.Name.Contains("health", StringComparison.Ordinal)
           from method in path.Value.EnumerateObject()
           let parameters = method.Value.TryGetProperty("parameters", out var list) ? list.EnumerateArray().Select(p => (p.GetProperty("name").GetString()!, p.GetProperty("in").GetString() == "path")).ToList() : []
           select new Route(new HttpMethod(method.Name.ToUpperInvariant()), path.Name, parameters, PropertiesOf(document, path.Name, method.Value)),
    ];

    private static List<string> PropertiesOf(JsonElement document, string path, JsonElement method)
    {
        if (method.TryGetProperty("requestBody", out var body) && body.GetRawText().Split("#/components/schemas/") is [_, var name, ..]
            && document.GetProperty("components").GetProperty("schemas").GetProperty(name.Split('"')[0]).TryGetProperty("properties", out var properties))
            return [.. properties.EnumerateObject().Select(p => p.Name)];
        return [.. Untold.GetValueOrDefault(path.Split('/')[^1], [])];
    }

    private static async Task<string> SnapshotAsync(TestApp app, Trader trader)
    {
        var all = new List<string>();
        foreach (var path in new[] { "orders", "exits", "follows", "settings", "risk" })
            all.Add((await app.GetAsync($"{trader.Path}/{path}")).GetRawText());
        var portfolio = await app.GetAsync($"{trader.Path}/portfolio");
        return string.Join('\n', all.Append($"{portfolio.GetProperty("cash")} {portfolio.GetProperty("reserved")}"));
    }

    private sealed record Route(HttpMethod Method, string Path, List<(string Name, bool InPath)> Parameters, List<string> Properties)
    {
        public override string ToString() => $"{Method} {Path}";
    }
}
