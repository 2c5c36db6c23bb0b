using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

public class VenueHttpTests
{
    private static readonly TokenId Token = TokenId.Parse("1");

    public static TheoryData<string, VenueFailure> Faults { get; } = new()
    {
        { "500", VenueFailure.Unreachable },
        { "502-html", VenueFailure.Unreachable },
        { "200-html", VenueFailure.Unreachable },
        { "404-html", VenueFailure.Unreachable },
        { "reset", VenueFailure.Unreachable },
        { "silence", VenueFailure.Unreachable },
        { "429", VenueFailure.RateLimited },
        { "429-html", VenueFailure.RateLimited },
        { "1015", VenueFailure.RateLimited },
        { "403-html", VenueFailure.Blocked },
        { "1020", VenueFailure.Blocked },
        { "403", VenueFailure.Blocked },
        { "401", VenueFailure.Unauthorized },
        { "425", VenueFailure.NotReady },
        { "503-mode", VenueFailure.NotReady },
        { "503", VenueFailure.Unreachable },
        { "422", VenueFailure.Refused },
        { "not-json", VenueFailure.Malformed },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Every_fault_has_one_name(string fault, VenueFailure expected)
    {
        var parts = new VenueParts(StubVenue.Always(fault switch
        {
            "500" => new Reply(500, """{"error":"Internal server error"}"""),
            "502-html" => Reply.Html(502),
            "200-html" => Reply.Html(200),
            "404-html" => Reply.Html(404),
            "reset" => Reply.Broken(HttpRequestError.ResponseEnded),
            "silence" => Reply.Silence,
            "429" => new Reply(429, """{"error":"Too Many Requests"}"""),
            "429-html" => Reply.Html(429),
            "1015" => new Reply(403, "error code: 1015", "text/plain"),
            "403-html" => Reply.Html(403),
            "1020" => new Reply(503, "error code: 1020", "text/plain"),
            "403" => new Reply(403, """{"error":"forbidden"}"""),
            "401" => new Reply(401, """{"error":"Unauthorized/Invalid api key"}"""),
            "425" => new Reply(425, "", "text/plain"),
            "503-mode" => new Reply(503, """{"error":"Trading is currently disabled. Check polymarket.com for updates"}"""),
            "503" => new Reply(503, """{"error":"upstream"}"""),
            "422" => new Reply(422, """{"type":"validation error","error":"order fields are not valid"}"""),
            _ => new Reply(200, "{\"half\":"),
        }));
        var act = () => parts.RunAsync(parts.Data.HistoryAsync(Token, "1d", 5, default));
        (await act.Should().ThrowAsync<VenueException>()).Which.Failure.Should().Be(expected);
    }

    [Fact]
    public async Task A_get_is_asked_three_times()
    {
        var stub = StubVenue.InTurn(new Reply(500, ""), Reply.Html(502), Reply.Ok("""{"history":[{"t":1795000000,"p":0.5}]}"""));
        var parts = new VenueParts(stub);
        (await parts.RunAsync(parts.Data.HistoryAsync(Token, "1d", 5, default))).Should().ContainSingle();
        stub.Requests.Should().HaveCount(3);
    }

    [Fact]
    public async Task A_post_is_asked_once()
    {
        var stub = StubVenue.InTurn(new Reply(500, ""), Reply.Ok("[]"));
        var act = () => new VenueParts(stub).Data.BooksAsync([Token], default);
        await act.Should().ThrowAsync<VenueException>();
        stub.Requests.Should().ContainSingle();
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData(null, 1)]
    [InlineData("3", 3)]
    public async Task A_rate_limit_is_waited_out_for_a_second_at_least(string? retryAfter, int seconds)
    {
        var stub = StubVenue.InTurn(new Reply(429, "", RetryAfter: retryAfter), Reply.Ok("""{"history":[]}"""));
        var parts = new VenueParts(stub);
        var started = parts.Clock.GetUtcNow();
        await parts.RunAsync(parts.Data.HistoryAsync(Token, "1d", 5, default));
        (parts.Clock.GetUtcNow() - started).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task A_long_rate_limit_is_reported_instead_of_waited_out()
    {
        var stub = StubVenue.Always(new Reply(429, "", RetryAfter: "120"));
        var parts = new VenueParts(stub);
        var act = () => parts.Data.HistoryAsync(Token, "1d", 5, default);
        (await act.Should().ThrowAsync<VenueException>()).Which.RetryAfter.Should().Be(TimeSpan.FromSeconds(120));
        await act.Should().ThrowAsync<VenueException>();
        stub.Requests.Should().ContainSingle("while the limit lasts nothing is sent");
    }

    [Fact]
    public async Task Markup_of_strangers_never_reaches_a_message()
    {
        var act = () => new VenueParts(StubVenue.Always(Reply.Html(403))).Data.HistoryAsync(Token, "1d", 5, default);
        (await act.Should().ThrowAsync<VenueException>()).Which.Message.Should().NotContain("<").And.Contain("403");
    }
}
