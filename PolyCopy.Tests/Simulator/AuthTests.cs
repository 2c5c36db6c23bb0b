using System.Text.Json;

namespace PolyCopy.Tests.Simulator;

public class AuthTests
{
    private static Trader Ana(Lab lab) => new(lab, 1001);

    private static string Error((int Status, JsonElement Body) answer) => $"{answer.Status} {answer.Body.GetProperty("error").GetString()}";

    [Fact]
    public async Task A_key_is_made_once_and_then_derived()
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = Ana(lab);

        Error(await ana.LoginAsync(derive: true)).Should().Be("400 Could not derive api key!");
        var (created, key) = await ana.LoginAsync();
        created.Should().Be(200);
        Error(await ana.LoginAsync()).Should().Be("400 Could not create api key");
        var (_, derived) = await ana.LoginAsync(derive: true);
        derived.GetRawText().Should().Be(key.GetRawText());
        (await ana.LoginAsync(nonce: 7)).Status.Should().Be(200, "another nonce is another key");

        var (_, keys) = await ana.GetAsync("/auth/api-keys");
        keys.GetProperty("apiKeys").GetArrayLength().Should().Be(2);
        key.GetProperty("secret").GetString().Should().MatchRegex("^[A-Za-z0-9_-]{43}=$");
    }

    [Fact]
    public async Task A_deleted_key_opens_nothing_and_can_be_made_anew()
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = Ana(lab);
        var (_, first) = await ana.LoginAsync();

        (await ana.AskAsync(HttpMethod.Delete, "/auth/api-key")).Status.Should().Be(200);
        Error(await ana.GetAsync("/auth/api-keys")).Should().Be("401 Unauthorized/Invalid api key");
        Error(await ana.LoginAsync(derive: true)).Should().Be("400 Could not derive api key!");
        var (_, second) = await ana.LoginAsync();
        second.GetProperty("apiKey").GetString().Should().NotBe(first.GetProperty("apiKey").GetString());
    }

    [Fact]
    public async Task A_login_of_somebody_else_or_of_another_time_is_refused()
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = Ana(lab);

        Error(await ana.LoginAsync(at: Lab.Start.AddMinutes(-6))).Should().Be("401 Invalid L1 Request headers");
        Error(await ana.LoginAsync(tamper: request =>
        {
            request.Headers.Remove("POLY_ADDRESS");
            request.Headers.Add("POLY_ADDRESS", ana.Wallet.ToString());
        })).Should().Be("401 Invalid L1 Request headers", "the deposit wallet does not log in");
        Error(await ana.LoginAsync(tamper: request => request.Headers.Remove("POLY_SIGNATURE"))).Should().Be("401 Invalid L1 Request headers");
    }

    [Theory]
    [InlineData("POLY_SIGNATURE")]
    [InlineData("POLY_API_KEY")]
    [InlineData("POLY_PASSPHRASE")]
    [InlineData("POLY_ADDRESS")]
    [InlineData("POLY_TIMESTAMP")]
    public async Task Every_header_of_a_private_request_counts(string header)
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = Ana(lab);
        await ana.LoginAsync();

        Error(await ana.AskAsync(HttpMethod.Get, "/data/orders", tamper: request => request.Headers.Remove(header))).Should().Be("401 Unauthorized/Invalid api key");
    }

    [Fact]
    public async Task The_hmac_covers_time_method_path_and_the_exact_body()
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = Ana(lab);
        await ana.LoginAsync();
        var body = """{"market": "0x00"}"""u8.ToArray();

        (await ana.AskAsync(HttpMethod.Delete, "/cancel-market-orders", body)).Status.Should().Be(200);
        Error(await ana.AskAsync(HttpMethod.Delete, "/cancel-market-orders", body, tamper: request => request.Content = new StringContent("""{"market":"0x00"}""")))
            .Should().Be("401 Unauthorized/Invalid api key");
        Error(await ana.AskAsync(HttpMethod.Get, "/data/orders", tamper: request => request.RequestUri = new Uri("clob/data/trades", UriKind.Relative)))
            .Should().Be("401 Unauthorized/Invalid api key");
        (await ana.GetAsync("/data/orders?market=0x00")).Status.Should().Be(200, "the query is not signed");
    }

    [Fact]
    public async Task Timestamps_are_judged_against_wall_time_and_what_was_advanced()
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = Ana(lab);
        await ana.LoginAsync();
        await lab.AdvanceAsync(3600);

        Error(await ana.AskAsync(HttpMethod.Get, "/data/orders", at: Lab.Start)).Should().Be("401 Unauthorized/Invalid api key");
        (await ana.AskAsync(HttpMethod.Get, "/data/orders", at: Lab.Start.AddHours(1))).Status.Should().Be(200);
    }

    [Fact]
    public async Task Keys_survive_a_restart_with_the_clock()
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = Ana(lab);
        await ana.LoginAsync();
        await lab.AdvanceAsync(3600);
        var before = (await lab.GetAsync("control/stats")).GetRawText();

        await lab.RestartAsync();

        (await lab.GetAsync("control/stats")).GetRawText().Should().Be(before);
        (await ana.AskAsync(HttpMethod.Get, "/data/orders", at: Lab.Start.AddHours(1))).Status.Should().Be(200);
        (await lab.Http.GetStringAsync("clob/time")).Should().Be(Lab.Start.AddHours(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
