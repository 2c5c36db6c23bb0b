using System.Net;
using System.Text.Json;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>Follows over HTTP, as the surface promises them.</summary>
public class FollowApiTests
{
    private const string Leader = "0xAbCdEf0000000000000000000000000000000001";
    private const string Follows = "/api/v1/users/1001/follows";

    [Fact]
    public async Task A_follow_lives_its_verbs_over_http()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("/api/v1/users", new { userId = 1001 });

        var made = await app.PostAsync(Follows, new { leader = Leader, mode = "fixed", amountUsd = "10", maxSlippage = "0.05", sells = "mirror" });
        made.GetProperty("leader").GetString().Should().Be(Leader.ToLowerInvariant());
        made.GetProperty("status").GetString().Should().Be("active");
        made.GetProperty("rulesVersion").GetInt32().Should().Be(1);
        made.GetProperty("maxPerDay").GetString().Should().Be("200", "caps left out take the defaults");
        var id = made.GetProperty("id").GetString();

        var changed = await app.PutAsync($"{Follows}/{id}", new { amountUsd = "12", maxPerDay = "50" });
        changed.GetProperty("rulesVersion").GetInt32().Should().Be(2);
        changed.GetProperty("amountUsd").GetString().Should().Be("12");
        changed.GetProperty("sells").GetString().Should().Be("mirror");
        (await app.GetAsync($"{Follows}/{id}/rules/1")).GetProperty("amountUsd").GetString().Should().Be("10");

        (await app.PostAsync($"{Follows}/{id}/pause", new { })).GetProperty("status").GetString().Should().Be("paused");
        (await app.PostAsync($"{Follows}/{id}/resume", new { })).GetProperty("status").GetString().Should().Be("active");
        (await app.PostAsync($"{Follows}/{id}/close-all", new { })).GetProperty("items").GetArrayLength().Should().Be(0);
        (await app.GetAsync(Follows)).GetProperty("items").GetArrayLength().Should().Be(1);
        (await app.GetAsync("/api/v1/users/1001/decisions")).GetProperty("items").GetArrayLength().Should().Be(0);
        (await app.SendAsync(HttpMethod.Delete, $"{Follows}/{id}", null, null)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await app.GetAsync(Follows)).GetProperty("items").GetArrayLength().Should().Be(0);
    }

    [Theory]
    [InlineData("""{"leader":"0x12","mode":"fixed","amountUsd":"10"}""", HttpStatusCode.BadRequest, "leader.invalid")]
    [InlineData("""{"leader":"0xAbCdEf0000000000000000000000000000000001","mode":"fixed"}""", HttpStatusCode.BadRequest, "rules.amount")]
    [InlineData("""{"leader":"0xAbCdEf0000000000000000000000000000000001","mode":"fixed","amountUsd":"10","maxPerDay":"0"}""", HttpStatusCode.BadRequest, "rules.caps")]
    [InlineData("""{"leader":"0xAbCdEf0000000000000000000000000000000001","mode":"fixed","amountUsd":"10","maxPreDay":"20"}""", HttpStatusCode.BadRequest, "request.invalid")]
    [InlineData("[]", HttpStatusCode.BadRequest, "request.invalid")]
    public async Task A_follow_that_cannot_hold_is_refused_with_a_code(string body, HttpStatusCode status, string code)
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("/api/v1/users", new { userId = 1001 });

        var answer = await app.SendAsync(HttpMethod.Post, Follows, body, null);

        answer.StatusCode.Should().Be(status);
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString().Should().Be(code);
    }

    [Fact]
    public async Task Breakers_are_set_and_refuse_over_http()
    {
        await using var app = await TestApp.StartAsync();
        await app.PostAsync("/api/v1/users", new { userId = 1001 });
        await app.PutAsync("/api/v1/users/1001/risk", new { maxExposure = "5" });
        var market = (await app.ControlAsync("markets"))[0];

        var refused = await app.SendAsync(HttpMethod.Post, "/api/v1/users/1001/orders", new { marketId = market.GetProperty("marketId").GetString(), outcome = market.GetProperty("outcomes")[0].GetString(), side = "BUY", type = "FAK", amountUsd = "10" }, "k");

        (await refused.Content.ReadAsStringAsync()).Should().Contain("risk.exposure");
        (await app.GetAsync("/api/v1/users/1001/risk")).GetProperty("items")[0].GetProperty("limits").GetProperty("maxExposure").GetString().Should().Be("5");
    }
}
