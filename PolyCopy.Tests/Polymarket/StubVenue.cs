using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

/// <summary>Answers HTTP requests from a script, and keeps what was asked.</summary>
internal sealed class StubVenue : HttpMessageHandler, IHttpClientFactory
{
    private readonly Func<Asked, int, Reply> _answer;
    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <param name="answer">Given the request and how often its path was asked before.</param>
    public StubVenue(Func<Asked, int, Reply> answer) => _answer = answer;

    public static StubVenue Always(Reply reply) => new((_, _) => reply);

    /// <summary>The replies in turn; the last one for ever.</summary>
    public static StubVenue InTurn(params Reply[] replies) => new((_, n) => replies[Math.Min(n, replies.Length - 1)]);

    public ConcurrentQueue<Asked> Requests { get; } = [];

    public HttpClient CreateClient(string name) => new(this, disposeHandler: false) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(ct);
        var asked = new Asked(request.Method.Method, request.RequestUri!, body, request.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value)));
        Requests.Enqueue(asked);
        var reply = _answer(asked, _counts.AddOrUpdate(asked.Path, 0, (_, n) => n + 1));
        if (reply.Throws is { } fault)
            throw fault;
        if (reply.Hangs)
            await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, ct);
        var response = new HttpResponseMessage((HttpStatusCode)reply.Status) { Content = new StringContent(reply.Body, Encoding.UTF8, reply.ContentType) };
        if (reply.RetryAfter is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", reply.RetryAfter);
        return response;
    }
}

internal sealed record Asked(string Method, Uri Address, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Path => Address.AbsolutePath;
}

internal sealed record Reply(int Status, string Body, string ContentType = "application/json", string? RetryAfter = null, Exception? Throws = null, bool Hangs = false)
{
    public static Reply Ok(string body) => new(200, body);

    public static Reply Html(int status) => new(status, "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", "text/html");

    public static Reply Broken(HttpRequestError error) => new(0, "", Throws: new HttpRequestException(error));

    public static Reply Silence { get; } = new(0, "", Hangs: true);
}

/// <summary>The adapters over a stub, on a clock of their own.</summary>
internal sealed class VenueParts
{
    public VenueParts(StubVenue stub, FakeTimeProvider? clock = null)
    {
        Clock = clock ?? new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_795_000_000));
        Endpoints = new VenueEndpoints(Profile.Demo, new VenueOptions(), enableLive: false, () => new Uri("http://127.0.0.1:9/"));
        var limits = new VenueLimits(Clock);
        var http = new VenueHttp(stub.CreateClient(""), Clock, NullLogger<VenueHttp>.Instance);
        Data = new MarketData(new GammaClient(http, Endpoints, limits, NullLogger<GammaClient>.Instance), new ClobClient(http, Endpoints, limits, Clock));
        VenueClock = new VenueClock(http, Endpoints, limits, Clock, NullLogger<VenueClock>.Instance);
        Trading = new TradingVenue(stub, new AccountClient(http, Endpoints, limits, VenueClock, NullLogger<AccountClient>.Instance), Endpoints, limits, VenueClock, Clock, NullLogger<TradingVenue>.Instance);
        Auth = new TradingAuth(http, Endpoints, limits);
    }

    public FakeTimeProvider Clock { get; }
    public VenueEndpoints Endpoints { get; }
    public IMarketData Data { get; }
    public VenueClock VenueClock { get; }
    public ITradingVenue Trading { get; }
    public ITradingAuth Auth { get; }

    /// <summary>Lets the clock run until the work is done.</summary>
    public async Task<T> RunAsync<T>(Task<T> work)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!work.IsCompleted)
        {
            TimeProvider.System.GetElapsedTime(deadline).Should().BeLessThan(TimeSpan.FromSeconds(60), "the work should end");
            Clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        return await work;
    }
}

/// <summary>An account with a throw-away key, which signs for real.</summary>
internal sealed class TestAccount : ITradingAccount
{
    public const string Secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static readonly SigningKey Key = SigningKey.Parse("0x00000000000000000000000000000000000000000000000000000000000a11ce");

    public Guid WalletId { get; } = Guid.Parse("01930000-0000-7000-8000-000000000001");
    public long UserId => 1;
    public string Owner { get; } = Key.Address.ToString();
    public string Funder { get; init; } = "0x00000000000000000000000000000000000A11cE";
    public int SignatureType => 3;
    public string ApiKey { get; init; } = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

    public (string Hash, string Signature) Sign(in UnsignedOrder order)
    {
        var maker = Address.Parse(Funder);
        var exchange = Exchanges.ForMarket(Exchanges.Polygon, order.Version, order.NegRisk);
        var (hash, signature) = OrderSigner.Sign(new Order(order.Salt, maker, maker, (UInt256)order.Token, order.MakerAmount, order.TakerAmount, order.Side, PolyCopy.Modules.Signing.SignatureType.DepositWallet, order.TimestampMs), exchange, Key);
        return (hash.ToString(), Hex.Write(signature));
    }

    public IReadOnlyList<KeyValuePair<string, string>> SignRequest(string method, string path, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        L2Auth.Headers(Key.Address, ApiKey, Secret, "pass", now.ToUnixTimeSeconds(), method, path, body);

    public (string ApiKey, string Secret, string Passphrase) SocketCredentials() => (ApiKey, Secret, "pass");
}
