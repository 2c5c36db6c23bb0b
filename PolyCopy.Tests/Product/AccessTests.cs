using System.Net;
using System.Text.Json;
using Npgsql;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>Who may do what: the operator's key everything, a user's key his own, a browser only with the cookie of a login link.</summary>
public class AccessTests
{
    private const string Operator = "the-operators-key-of-this-test";

    [Fact]
    public async Task A_users_key_opens_his_own_routes_until_it_is_revoked()
    {
        await using var app = await TestApp.StartAsync("--Api:Key", Operator);
        Use(app, Operator);
        await app.PostAsync("/api/v1/users", new { userId = 1001, username = "ana" });
        await app.PostAsync("/api/v1/users", new { userId = 1002, username = "ben" });
        var made = await app.PostAsync("/api/v1/users/1001/keys", new { name = "laptop" });
        var (key, id) = (made.GetProperty("key").GetString()!, made.GetProperty("id").GetString());
        await app.PostAsync("/api/v1/users/1001/keys", new { name = "phone" });

        Use(app, key);
        (await app.GetAsync("/api/v1/users/1001/portfolio")).GetProperty("cash").GetString().Should().Be("1000");
        (await app.GetAsync("/api/v1/markets?limit=1")).GetProperty("items").GetArrayLength().Should().Be(1);
        await IsAsync(app, HttpMethod.Post, "/api/v1/users/1001/orders/preview", new { marketId = "none", outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "5" }, 404, "market.unknown");
        (await app.PutAsync("/api/v1/users/1001/settings", new { maxSlippage = "0.01", language = "fr" })).GetProperty("maxSlippage").GetString().Should().Be("0.01", "a key may lower");
        await IsAsync(app, HttpMethod.Put, "/api/v1/users/1001/settings", new { maxSlippage = "0.02", language = "en" }, 403, "limit.raise");
        (await app.GetAsync("/api/v1/users/1001/settings")).GetProperty("language").GetString().Should().Be("fr", "all of it was refused");
        await IsAsync(app, HttpMethod.Put, "/api/v1/users/1001/risk", new { maxExposure = "5" }, 403, "auth.forbidden");
        await IsAsync(app, HttpMethod.Post, "/api/v1/users/1001/risk/resume", new { reason = "mine" }, 403, "auth.forbidden");
        foreach (var path in new[] { "portfolio", "positions", "orders", "exits", "fills", "history", "settings", "events", "keys" })
            await IsAsync(app, HttpMethod.Get, $"/api/v1/users/1002/{path}", null, 403, "auth.forbidden");
        await IsAsync(app, HttpMethod.Get, "/api/v1/users/1002", null, 403, "auth.forbidden");
        await IsAsync(app, HttpMethod.Get, "/api/v1/users/4711", null, 403, "auth.forbidden"); // not even whether there is one
        await IsAsync(app, HttpMethod.Post, "/api/v1/users/1002/orders", new { marketId = "x", outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "5" }, 403, "auth.forbidden", "k");
        await IsAsync(app, HttpMethod.Put, "/api/v1/users/1002/settings", new { maxSlippage = "0.5" }, 403, "auth.forbidden");
        await IsAsync(app, HttpMethod.Post, "/api/v1/users", new { userId = 1003, username = "eve" }, 403, "auth.forbidden");
        await IsAsync(app, HttpMethod.Post, "/api/v1/admin/pause", new { userId = 1002, reason = "spite" }, 403, "auth.forbidden");
        await IsAsync(app, HttpMethod.Get, "/api/v1/users/1001/keys", null, 403, "auth.forbidden"); // keys and links come from the operator
        await IsAsync(app, HttpMethod.Post, "/api/v1/users/1001/keys", new { name = "more" }, 403, "auth.forbidden");
        await IsAsync(app, HttpMethod.Post, "/api/v1/users/1001/login-links", new { }, 403, "auth.forbidden");

        Use(app, Operator);
        (await app.PutAsync("/api/v1/users/1001/settings", new { maxSlippage = "0.02" })).GetProperty("maxSlippage").GetString().Should().Be("0.02", "the operator may raise");
        var listed = await app.GetAsync("/api/v1/users/1001/keys");
        listed.GetProperty("items").EnumerateArray().Select(k => k.GetProperty("name").GetString()).Should().Equal("phone", "laptop");
        listed.GetRawText().Should().NotContain(key, "it was shown once");
        (await app.SendAsync(HttpMethod.Delete, $"/api/v1/users/1001/keys/{id}", null, null)).StatusCode.Should().Be(HttpStatusCode.OK);
        await IsAsync(app, HttpMethod.Delete, $"/api/v1/users/1002/keys/{id}", null, 404, "key.unknown");
        Use(app, key);
        await IsAsync(app, HttpMethod.Get, "/api/v1/users/1001/portfolio", null, 403, "auth.forbidden");
        Use(app, null);
        await IsAsync(app, HttpMethod.Get, "/api/v1/users/1001/portfolio", null, 401, "auth.missing");
        (await app.Api.GetAsync("/api/v1/health/websocket")).StatusCode.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task A_users_key_lowers_limits_and_raises_none()
    {
        await using var app = await TestApp.StartAsync("--Api:Key", Operator, "--Bot:Enabled", "false");
        Use(app, Operator);
        await app.PostAsync("/api/v1/users", new { userId = 1001, username = "ana" });
        var key = (await app.PostAsync("/api/v1/users/1001/keys", new { name = "laptop" })).GetProperty("key").GetString();
        var market = (await app.ControlAsync("markets")).EnumerateArray().First(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes");
        await app.ControlAsync($"markets/{market.GetProperty("conditionId").GetString()}/quote", new { outcome = "Yes", bid = "0.44", ask = "0.45", size = "5000" });
        object Buy(string? maxSlippage = null, string? limitPrice = null) => new { marketId = market.GetProperty("marketId").GetString(), outcome = "Yes", side = "BUY", type = "FAK", amountUsd = "5", maxSlippage, limitPrice, keepsToSettings = false };
        static object Follow(int leader, string maxPerDay) => new { leader = $"0x{leader:x40}", mode = "fixed", amountUsd = "5", maxPerDay };

        Use(app, key);
        foreach (var path in new[] { "orders", "orders/preview" })
        {
            await IsAsync(app, HttpMethod.Post, $"/api/v1/users/1001/{path}", Buy(maxSlippage: "0.06"), 403, "limit.raise", "k1");
            await IsAsync(app, HttpMethod.Post, $"/api/v1/users/1001/{path}", Buy(limitPrice: "0.48"), 403, "limit.raise", "k1");
        }
        await app.PostAsync("/api/v1/users/1001/orders", Buy(maxSlippage: "0.05"), "k1");
        await app.PostAsync("/api/v1/users/1001/orders", Buy(limitPrice: "0.47"), "k2");

        await IsAsync(app, HttpMethod.Post, "/api/v1/users/1001/follows", Follow(1, "200.01"), 403, "limit.raise");
        var follow = $"/api/v1/users/1001/follows/{(await app.PostAsync("/api/v1/users/1001/follows", Follow(1, "200"))).GetProperty("id").GetString()}";
        await app.PutAsync(follow, new { maxPerTrade = "10", maxPerDay = "20", maxPerMarket = "15", maxOpenPositions = 3 });
        foreach (var more in new object[] { new { maxPerTrade = "10.5" }, new { maxPerDay = "21" }, new { maxPerMarket = "16" }, new { maxOpenPositions = 4 }, new Dictionary<string, string?> { ["maxPerDay"] = null } })
            await IsAsync(app, HttpMethod.Put, follow, more, 403, "limit.raise");
        (await app.PutAsync(follow, new { amountUsd = "6", maxPerDay = "19" })).GetProperty("maxPerDay").GetString().Should().Be("19");

        Use(app, Operator);
        await app.PostAsync("/api/v1/users/1001/orders", Buy(maxSlippage: "0.06"), "k3");
        await app.PostAsync("/api/v1/users/1001/orders", Buy(limitPrice: "0.48"), "k4");
        await app.PostAsync("/api/v1/users/1001/follows", Follow(2, "500"));
        (await app.PutAsync(follow, new { maxPerDay = "500" })).GetProperty("maxPerDay").GetString().Should().Be("500");
        Use(app, key);
        (await app.PutAsync(follow, new { amountUsd = "5" })).GetProperty("maxPerDay").GetString().Should().Be("500", "what the operator allowed stays");
    }

    [Fact]
    public async Task Outside_Demo_a_page_needs_the_cookie_of_a_login_link_that_works_once()
    {
        var server = Environment.GetEnvironmentVariable("POLYCOPY_POSTGRES");
        Services.Require("PostgreSQL", "POLYCOPY_POSTGRES", server is not null);
        var database = $"polycopy_access_{Environment.ProcessId}";
        await ProfileTests.AdminAsync(server!, $"drop database if exists {database}", $"create database {database}");
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(server) { Database = database, MaxPoolSize = 20 }.ConnectionString;
            await using var app = await TestApp.StartAsync([.. ProfileTests.Live(connection), "--Storage:MigrateAtStart", "true", "--Api:Key", Operator]);
            Use(app, Operator);
            await app.PostAsync("/api/v1/users", new { userId = 1001, username = "ana" });
            var link = (await app.PostAsync("/api/v1/users/1001/login-links", new { })).GetProperty("url").GetString()!;
            var key = (await app.PostAsync("/api/v1/users/1001/keys", new { name = "laptop" })).GetProperty("key").GetString();
            await app.GetAsync("/openapi/v1.json");
            (await app.Api.GetStringAsync("/metrics")).Should().Contain("polycopy");
            Use(app, key);
            await app.GetAsync("/openapi/v1.json");
            await IsAsync(app, HttpMethod.Get, "/metrics", null, 403, "auth.forbidden");
            Use(app, null);
            foreach (var path in new[] { "/openapi/v1.json", "/reference", "/Reference/", "/metrics" })
                await IsAsync(app, HttpMethod.Get, path, null, 401, "auth.missing");
            foreach (var path in new[] { "/", "/_blazor/negotiate" })
                (await app.Api.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.Unauthorized, path);
            (await (await app.Api.GetAsync("/")).Content.ReadAsStringAsync()).Should().Contain("login link").And.NotContain("Positions");

            using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = app.Api.BaseAddress };
            var form = await browser.GetStringAsync(link);
            form.Should().Contain("<button>");
            (await browser.GetStringAsync(link)).Should().Be(form, "a preview uses nothing up");
            var token = link.Split("token=")[1];
            var page = await browser.PostAsync("/login", Form(token)); // follows to /
            var text = await page.Content.ReadAsStringAsync();
            page.StatusCode.Should().Be(HttpStatusCode.OK, text);
            text.Should().Contain("Positions").And.Contain("user 1001").And.Contain("LIVE");
            (await browser.GetStringAsync("/reference")).Should().Contain("<html");
            (await browser.GetStringAsync("/openapi/v1.json")).Should().Contain("/api/v1/markets");
            (await browser.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.Unauthorized, "all users' figures are the operator's");
            (await app.Api.PostAsync("/login", Form(token))).StatusCode.Should().Be(HttpStatusCode.Forbidden, "it was used");
            (await app.Api.PostAsync("/login", Form("guess"))).StatusCode.Should().Be(HttpStatusCode.Forbidden);

            (await browser.PostAsync("/logout", null)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
            (await browser.GetAsync("/")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
            (await app.Api.GetAsync("/chat")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await ProfileTests.AdminAsync(server!, $"drop database if exists {database} with (force)");
        }
    }

    private static FormUrlEncodedContent Form(string token) => new([new("token", token)]);

    private static void Use(TestApp app, string? key)
    {
        app.Api.DefaultRequestHeaders.Remove("X-Api-Key");
        if (key is not null)
            app.Api.DefaultRequestHeaders.Add("X-Api-Key", key);
    }

    private static async Task IsAsync(TestApp app, HttpMethod method, string path, object? body, int status, string code, string? key = null)
    {
        var answer = await app.SendAsync(method, path, body, key);
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).Should().Be(status, $"{method} {path}: {text}");
        JsonDocument.Parse(text).RootElement.GetProperty("code").GetString().Should().Be(code, $"{method} {path}");
    }
}
