using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

public class PostTests
{
    private static readonly TestAccount Account = new();
    private static readonly OrderDraft Draft = new("0x" + new string('1', 64), TokenId.Parse("1234567890123456789012345678901234567890"), Side.Buy, OrderType.Fak, 10_000_000, 13_513_500, PostOnly: false, null, NegRisk: false, "v1");

    /// <summary>HTTP status, body, content type, what it must mean, its code.</summary>
    public static TheoryData<int, string, PostStatus, string?> Answers { get; } = new()
    {
        { 200, """{"errorMsg":"","orderID":"{id}","takingAmount":"","makingAmount":"","status":"live","success":true}""", PostStatus.Live, null },
        { 200, """{"errorMsg":"","orderID":"{id}","takingAmount":"13.5135","makingAmount":"9.99999","status":"matched","tradeIDs":["t1","t2"],"success":true}""", PostStatus.Matched, null },
        { 200, """{"errorMsg":"","orderID":"{id}","takingAmount":"","makingAmount":"","status":"delayed","success":true}""", PostStatus.Delayed, null },
        { 200, """{"errorMsg":"order match delayed due to market conditions","orderID":"{id}","status":"unmatched","success":true}""", PostStatus.Unknown, "order.unmatched" },
        { 200, """{"errorMsg":"not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 10000000","orderID":"","status":"","success":true}""", PostStatus.Rejected, "order.balance" },
        { 200, """{"errorMsg":"post-only mode: only post-only orders and cancels are allowed","orderID":"","status":"","success":true}""", PostStatus.Held, "venue.post_only" },
        { 200, """{"errorMsg":"something new","orderID":"","status":"","success":false}""", PostStatus.Rejected, "order.rejected" },
        { 200, """{"errorMsg":"","orderID":"0x00","status":"live","success":true}""", PostStatus.Unknown, "venue.other_order" },
        { 200, """{"errorMsg":"","orderID":"{id}","status":"surprise","success":true}""", PostStatus.Unknown, "venue.malformed" },
        { 200, """{"half":""", PostStatus.Unknown, "venue.malformed" },
        { 200, "[]", PostStatus.Unknown, "venue.malformed" },
        { 200, "<html></html>", PostStatus.Unknown, "venue.unreachable" },
        { 400, Error("order {id} is invalid. Duplicated."), PostStatus.Duplicate, "order.duplicate" },
        { 400, Error("no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."), PostStatus.Rejected, "order.no_match" },
        { 400, Error("order couldn't be fully filled. FOK orders are fully filled or killed."), PostStatus.Rejected, "order.no_match" },
        { 400, Error("invalid post-only order: order crosses book"), PostStatus.Rejected, "order.post_only_crosses" },
        { 400, Error("order 0x1 crosses the book"), PostStatus.Rejected, "order.post_only_crosses" },
        { 400, Error("order 0x1 is invalid. Price (0.7401) breaks minimum tick size rule: 0.01"), PostStatus.Rejected, "order.tick" },
        { 400, Error("order 0x1 is invalid. Size (1) lower than the minimum: 5"), PostStatus.Rejected, "order.min_size" },
        { 400, Error("invalid amount for a marketable BUY order ($0.5), min size: $1"), PostStatus.Rejected, "order.min_amount" },
        { 400, Error("invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"), PostStatus.Rejected, "order.precision" },
        { 400, Error("not enough balance / allowance: the balance is not enough -> balance: 5, sum of active orders: 3, order amount: 10"), PostStatus.Rejected, "order.balance" },
        { 400, Error("'0xabc' address in closed only mode"), PostStatus.Rejected, "order.closed_only" },
        { 400, Error("'0xabc' address banned"), PostStatus.Rejected, "order.banned" },
        { 400, Error("the order owner has to be the owner of the API KEY"), PostStatus.Rejected, "order.account" },
        { 400, Error("the order signer address has to be the address of the API KEY"), PostStatus.Rejected, "order.account" },
        { 400, Error("maker address not allowed, please use the deposit wallet flow"), PostStatus.Rejected, "order.account" },
        { 400, Error("no deposit wallet found for owner"), PostStatus.Rejected, "order.account" },
        { 400, Error("invalid POLY_PROXY signature"), PostStatus.Rejected, "order.account" },
        { 400, Error("invalid signature"), PostStatus.Rejected, "order.signature" },
        { 400, Error("invalid nonce"), PostStatus.Rejected, "order.nonce" },
        { 400, Error("invalid expiration"), PostStatus.Rejected, "order.expiration" },
        { 400, Error("order canceled in the CTF exchange contract"), PostStatus.Rejected, "order.cancelled" },
        { 400, Error("order match delayed due to market conditions"), PostStatus.Unknown, "order.unmatched" },
        { 400, Error("the market is not yet ready to process new orders"), PostStatus.Held, "market.not_ready" },
        { 400, Error("order_version_mismatch"), PostStatus.Rejected, "order.version" },
        { 400, Error("invalid order version, please use the latest clob-client"), PostStatus.Rejected, "order.version" },
        { 400, Error("Invalid order payload"), PostStatus.Rejected, "order.invalid" },
        { 400, Error("Too many orders in payload: 16, max allowed: 15"), PostStatus.Rejected, "order.invalid" },
        { 400, Error("a sentence nobody has seen"), PostStatus.Rejected, "order.rejected" },
        { 400, """{"success":false,"errorMsg":"invalid nonce","orderID":null}""", PostStatus.Rejected, "order.nonce" },
        { 400, "gibberish", PostStatus.Unknown, "venue.unreachable" },
        { 401, Error("Unauthorized/Invalid api key"), PostStatus.Rejected, "venue.unauthorized" },
        { 403, Error("forbidden"), PostStatus.Rejected, "venue.blocked" },
        { 403, "<html>Attention Required! | Cloudflare</html>", PostStatus.Unknown, "venue.blocked" },
        { 404, Error("No orderbook exists for the requested token id"), PostStatus.Rejected, "market.no_book" },
        { 404, Error("who knows"), PostStatus.Unknown, "venue.error" },
        { 425, "", PostStatus.Held, "venue.restarting" },
        { 429, Error("Too Many Requests"), PostStatus.Held, "venue.rate_limited" },
        { 429, "error code: 1015", PostStatus.Held, "venue.rate_limited" },
        { 500, Error("could not run the execution"), PostStatus.Unknown, "venue.error" },
        { 500, Error("there are no matching orders"), PostStatus.Unknown, "venue.error" },
        { 502, "<html>Bad gateway</html>", PostStatus.Unknown, "venue.unreachable" },
        { 503, """{"error":"post-only mode: only post-only orders and cancels are allowed","code":"post_only_mode","retry_after_seconds":79}""", PostStatus.Held, "venue.post_only" },
        { 503, Error("Trading is currently disabled. Check polymarket.com for updates"), PostStatus.Held, "venue.disabled" },
        { 503, Error("Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."), PostStatus.Held, "venue.cancel_only" },
        { 503, Error("Service is not ready"), PostStatus.Held, "venue.restarting" },
        { 503, Error("upstream connect error"), PostStatus.Unknown, "venue.error" },
        { 504, "", PostStatus.Unknown, "venue.unreachable" },
        { 307, "", PostStatus.Unknown, "venue.unreachable" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Every_answer_has_one_meaning(int status, string body, PostStatus expected, string? code)
    {
        SignedOrder? signed = null;
        var stub = new StubVenue((asked, _) => asked.Path.EndsWith("/time", StringComparison.Ordinal)
            ? Reply.Ok("1795000000")
            : new Reply(status, body.Replace("{id}", signed!.Hash, StringComparison.Ordinal), body.StartsWith('<') ? "text/html" : "application/json"));
        var parts = new VenueParts(stub);
        signed = parts.Trading.Sign(Account, Draft);
        var answer = (await parts.Trading.PostAsync([new OutgoingOrder(Account, signed.Hash, signed.Body)], default)).Single();
        answer.Status.Should().Be(expected);
        answer.Hash.Should().Be(signed.Hash);
        (answer.Error?.Code).Should().Be(code);
        stub.Requests.Count(r => r.Path.EndsWith("/order", StringComparison.Ordinal)).Should().Be(1, "nothing ever posts twice");
        if (expected == PostStatus.Held)
            answer.RetryAfter.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        if (answer.Error is { } error)
            error.Message.Should().NotBeEmpty().And.NotContain("<").And.Match(m => m.Length <= 260);
    }

    [Fact]
    public async Task Amounts_and_trades_of_a_match_are_read_exactly()
    {
        SignedOrder? signed = null;
        var parts = new VenueParts(new StubVenue((_, _) => Reply.Ok($$"""{"errorMsg":"","orderID":"{{signed!.Hash.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal)}}","takingAmount":"1666.666666","makingAmount":"9.99999","status":"matched","tradeIDs":["t1","t2"],"success":true}""")));
        signed = parts.Trading.Sign(Account, Draft);
        var answer = (await parts.Trading.PostAsync([new OutgoingOrder(Account, signed.Hash, signed.Body)], default)).Single();
        (answer.Making, answer.Taking).Should().Be((9_999_990, 1_666_666_666));
        answer.TradeIds.Should().Equal("t1", "t2");
    }

    [Fact]
    public async Task Post_only_says_when_it_ends()
    {
        var answer = await PostAsync(StubVenue.Always(new Reply(503, """{"error":"post-only mode: only post-only orders and cancels are allowed","retry_after_seconds":79}""")));
        answer.RetryAfter.Should().Be(TimeSpan.FromSeconds(79));
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, PostStatus.Held)]
    [InlineData(HttpRequestError.NameResolutionError, PostStatus.Held)]
    [InlineData(HttpRequestError.ResponseEnded, PostStatus.Unknown)]
    [InlineData(HttpRequestError.InvalidResponse, PostStatus.Unknown)]
    [InlineData(HttpRequestError.Unknown, PostStatus.Unknown)]
    public async Task Only_what_never_left_is_certain(HttpRequestError error, PostStatus expected) =>
        (await PostAsync(StubVenue.Always(Reply.Broken(error)))).Status.Should().Be(expected);

    [Fact]
    public async Task Silence_is_doubt_after_five_seconds()
    {
        var parts = new VenueParts(StubVenue.Always(Reply.Silence));
        var signed = parts.Trading.Sign(Account, Draft);
        var posting = parts.Trading.PostAsync([new OutgoingOrder(Account, signed.Hash, signed.Body)], default);
        parts.Clock.Advance(TimeSpan.FromSeconds(4.9));
        posting.IsCompleted.Should().BeFalse();
        parts.Clock.Advance(TimeSpan.FromSeconds(0.2));
        (await posting.WaitAsync(TimeSpan.FromSeconds(60))).Single().Status.Should().Be(PostStatus.Unknown);
    }

    [Fact]
    public async Task A_401_of_a_drifted_clock_may_be_sent_again()
    {
        var stub = new StubVenue((asked, _) => asked.Path.EndsWith("/time", StringComparison.Ordinal) ? Reply.Ok("1795000600") : new Reply(401, Error("Unauthorized/Invalid api key")));
        var parts = new VenueParts(stub);
        var signed = parts.Trading.Sign(Account, Draft);
        var order = new OutgoingOrder(Account, signed.Hash, signed.Body);
        (await parts.Trading.PostAsync([order], default)).Single().Status.Should().Be(PostStatus.Held);
        (parts.VenueClock.UtcNow - parts.Clock.GetUtcNow()).Should().BeCloseTo(TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(1));
        (await parts.Trading.PostAsync([order], default)).Single().Status.Should().Be(PostStatus.Rejected, "now the clock is right and the key is not");
    }

    [Fact]
    public async Task Answers_come_in_the_order_of_the_batch()
    {
        var parts = new VenueParts(new StubVenue((asked, _) => new Reply(400, Error($"order is invalid. {asked.Body}"))));
        var batch = Enumerable.Range(0, 300).Select(i => new OutgoingOrder(new TestAccount { ApiKey = $"key-{i % 100}" }, $"0x{i:x64}", Encoding.UTF8.GetBytes($"{i}"))).ToList();
        var answers = await parts.RunAsync(parts.Trading.PostAsync(batch, default));
        answers.Select(a => a.Hash).Should().Equal(batch.Select(b => b.Hash));
        answers.Where(a => a.Status != PostStatus.Held).Select(a => a.Error!.Message).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_signer_never_outruns_its_bucket()
    {
        var stub = StubVenue.Always(new Reply(400, Error("invalid nonce")));
        var parts = new VenueParts(stub);
        var batch = Enumerable.Range(0, 400).Select(i => new OutgoingOrder(Account, $"0x{i:x64}", "{}"u8.ToArray())).ToList();
        var started = parts.Clock.GetUtcNow();
        var answers = await parts.RunAsync(parts.Trading.PostAsync(batch, default));
        var seconds = (parts.Clock.GetUtcNow() - started).TotalSeconds;
        stub.Requests.Count.Should().BeLessThanOrEqualTo(54 + (int)(36 * (seconds + 1)));
        answers.Count(a => a.Error!.Code == "venue.rate_limited").Should().Be(400 - stub.Requests.Count, "what would wait more than two seconds is not sent at all");
    }

    [Fact]
    public void What_is_signed_is_what_is_sent()
    {
        var parts = new VenueParts(StubVenue.Always(Reply.Ok("")));
        var signed = parts.Trading.Sign(Account, Draft with { Type = OrderType.Gtd, PostOnly = true, Expiration = DateTimeOffset.FromUnixTimeSeconds(1_795_001_000) });
        var body = JsonDocument.Parse(signed.Body).RootElement;
        body.GetProperty("owner").GetString().Should().Be(Account.ApiKey);
        body.GetProperty("orderType").GetString().Should().Be("GTD");
        body.GetProperty("postOnly").GetBoolean().Should().BeTrue();
        var order = body.GetProperty("order");
        order.GetProperty("maker").GetString().Should().BeEquivalentTo(Account.Funder);
        order.GetProperty("signer").GetString().Should().BeEquivalentTo(Account.Funder);
        order.GetProperty("expiration").GetString().Should().Be("1795001000");
        var unsigned = new UnsignedOrder(
            order.GetProperty("salt").GetInt64(), TokenId.Parse(order.GetProperty("tokenId").GetString()), Side.Buy, 10_000_000, 13_513_500, long.Parse(order.GetProperty("timestamp").GetString()!, System.Globalization.CultureInfo.InvariantCulture), false, "v1");
        unsigned.TimestampMs.Should().Be(parts.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Account.Sign(unsigned).Should().Be((signed.Hash, order.GetProperty("signature").GetString()!));
    }

    [Fact]
    public async Task The_l2_headers_sign_the_bytes_and_the_path_without_its_base()
    {
        var stub = StubVenue.Always(new Reply(400, Error("invalid nonce")));
        var parts = new VenueParts(stub);
        var signed = parts.Trading.Sign(Account, Draft);
        await parts.Trading.PostAsync([new OutgoingOrder(Account, signed.Hash, signed.Body)], default);
        var asked = stub.Requests.Single();
        asked.Path.Should().Be("/clob/order");
        asked.Body.Should().Be(Encoding.UTF8.GetString(signed.Body));
        L2Auth.Verify(asked.Headers["POLY_SIGNATURE"], TestAccount.Secret, asked.Headers["POLY_TIMESTAMP"], "POST", "/order", signed.Body).Should().BeTrue();
    }

    /// <summary>Through the real handler: a server that takes the request and hangs up, on a fresh and on a reused connection.</summary>
    [Fact]
    public async Task A_connection_that_breaks_is_never_asked_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var posts = 0;
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration["Venue:TradingUrl"] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        builder.AddPolymarket();
        using var host = builder.Build();
        var venue = host.Services.GetRequiredService<ITradingVenue>();
        for (var i = 0; i < 4; i++)
        {
            var signed = venue.Sign(Account, Draft);
            var answer = (await venue.PostAsync([new OutgoingOrder(Account, signed.Hash, signed.Body)], default)).Single();
            answer.Status.Should().Be(i % 2 == 0 ? PostStatus.Rejected : PostStatus.Unknown);
            Volatile.Read(ref posts).Should().Be(i + 1);
        }
        await stop.CancelAsync();
        listener.Stop();
        await serving;

        // every second request on a connection is read and dropped without an answer
        async Task ServeAsync()
        {
            var clients = new List<Task>();
            try
            {
                while (true)
                    clients.Add(TalkAsync(await listener.AcceptTcpClientAsync(stop.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                await Task.WhenAll(clients);
            }
        }

        async Task TalkAsync(TcpClient client)
        {
            using var owned = client;
            try
            {
                var stream = client.GetStream();
                for (var n = 0; n < 2; n++)
                {
                    await ReadRequestAsync(stream, stop.Token);
                    Interlocked.Increment(ref posts);
                    if (n == 0)
                        await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{\"error\":\"invalid nonce\"}"), stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // the client went first
            }
        }
    }

    private static async Task ReadRequestAsync(NetworkStream stream, CancellationToken ct)
    {
        var text = new StringBuilder();
        var buffer = new byte[8_192];
        while (true)
        {
            var read = await stream.ReadAsync(buffer, ct);
            if (read == 0)
                throw new IOException("closed");
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            var all = text.ToString();
            var end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
                continue;
            var length = all.Split("\r\n").Select(l => l.Split(": ")).Where(l => l.Length == 2 && l[0].Equals("Content-Length", StringComparison.OrdinalIgnoreCase)).Select(l => int.Parse(l[1], System.Globalization.CultureInfo.InvariantCulture)).Single();
            if (all.Length >= end + 4 + length)
                return;
        }
    }

    private static async Task<PostAnswer> PostAsync(StubVenue stub)
    {
        var parts = new VenueParts(stub);
        var signed = parts.Trading.Sign(Account, Draft);
        return (await parts.Trading.PostAsync([new OutgoingOrder(Account, signed.Hash, signed.Body)], default)).Single();
    }

    private static string Error(string text) => JsonSerializer.Serialize(new { error = text });
}
