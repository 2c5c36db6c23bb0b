using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Orders out. A POST is sent once: there is no retry here and none in the handler, and doubt is Unknown.</summary>
/// <remarks>.NET's handler repeats on its own only what never left, or what HTTP/2 says was never processed (REFUSED_STREAM); a test holds that a broken answer is not repeated.</remarks>
internal sealed partial class TradingVenue(IHttpClientFactory clients, AccountClient account, IVenueEndpoints endpoints, VenueLimits limits, VenueClock clock, TimeProvider time, ILogger<TradingVenue> logger)
    : ITradingVenue, IDisposable
{
    /// <summary>As many as the connections of the handler: more would only wait inside it, unseen.</summary>
    public const int InFlight = 256;

    private const string Path = "/order";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2); // an order older than that should be judged again
    private static readonly System.Diagnostics.Metrics.Histogram<double> AnswerMs = Meters.Instance.CreateHistogram<double>("polycopy.venue.order_ms");

    private readonly HttpClient _client = clients.CreateClient(PolymarketModule.Orders);
    private readonly SemaphoreSlim _slots = new(InFlight, InFlight);
    private int _exchange; // what /version said after a mismatch; 0 before the first

    public SignedOrder Sign(ITradingAccount account, OrderDraft draft)
    {
        var salt = Random.Shared.NextInt64(1, Order.MaxSalt);
        var timestamp = clock.UtcNow.ToUnixTimeMilliseconds();
        var (hash, signature) = account.Sign(new UnsignedOrder(salt, draft.Token, draft.Side, draft.MakerAmount, draft.TakerAmount, timestamp, draft.NegRisk, Volatile.Read(ref _exchange) == 3 ? "v2" : draft.Version));
        var type = (SignatureType)account.SignatureType;
        var maker = Address.Parse(account.Funder);
        var signed = new Order(salt, maker, type == SignatureType.DepositWallet ? maker : Address.Parse(account.Owner), (UInt256)draft.Token, draft.MakerAmount, draft.TakerAmount, draft.Side, type, timestamp)
        {
            ExpirationSeconds = draft.Type == OrderType.Gtd ? draft.Expiration?.ToUnixTimeSeconds() ?? 0 : 0,
        };
        return new SignedOrder(hash, OrderBody.Write(signed, Hex.Read(signature), account.ApiKey, draft.Type.ToString().ToUpperInvariant(), draft.PostOnly));
    }

    public async Task<IReadOnlyList<PostAnswer>> PostAsync(IReadOnlyList<OutgoingOrder> batch, CancellationToken ct)
    {
        var answers = new Task<PostAnswer>[batch.Count];
        for (var i = 0; i < batch.Count; i++)
            answers[i] = PostAsync(batch[i], ct); // started in order, so that what comes first in the batch is sent first
        return await Task.WhenAll(answers);
    }

    public Task<OrderLookup> LookupAsync(ITradingAccount who, string hash, DateTimeOffset since, CancellationToken ct) => account.LookupAsync(who, hash, since, ct);

    public Task<IReadOnlyList<CancelAnswer>> CancelAsync(ITradingAccount who, IReadOnlyCollection<string> hashes, CancellationToken ct) => account.CancelAsync(who, hashes, ct);

    public Task<IReadOnlyList<VenueOrder>> OpenOrdersAsync(ITradingAccount who, CancellationToken ct) => account.OpenOrdersAsync(who, ct);

    public Task<IReadOnlyList<VenueFill>> FillsAsync(ITradingAccount who, DateTimeOffset? after, CancellationToken ct) => account.FillsAsync(who, after, ct);

    public Task<long> BalanceAsync(ITradingAccount who, TokenId? token, bool refresh, CancellationToken ct) => account.BalanceAsync(who, token, refresh, ct);

    public void Dispose() => _slots.Dispose();

    private async Task<PostAnswer> PostAsync(OutgoingOrder order, CancellationToken ct)
    {
        if (limits.Orders.Reserve(Patience) is not { } burst || limits.OrdersLong.Reserve(Patience) is not { } steady || limits.Signer(order.Account.ApiKey).Reserve(Patience) is not { } own)
            return NotSent(order, "venue.rate_limited", "Not sent: our own limit is used up");
        try
        {
            var wait = new[] { burst, steady, own }.Max();
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, time, ct);
            await _slots.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return NotSent(order, "venue.not_sent", "Not sent: stopping");
        }
        var started = time.GetTimestamp();
        try
        {
            return await SendAsync(order, ct);
        }
        finally
        {
            _slots.Release();
            AnswerMs.Record(time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private async Task<PostAnswer> SendAsync(OutgoingOrder order, CancellationToken ct)
    {
        var offset = clock.Offset;
        VenueAnswer answer;
        try
        {
            using var request = VenueHttp.Request(HttpMethod.Post, new Uri(endpoints.Trading, Path[1..]), order.Body);
            foreach (var (name, value) in order.Account.SignRequest("POST", Path, order.Body.Span, clock.UtcNow))
                request.Headers.TryAddWithoutValidation(name, value);
            answer = await VenueHttp.AnswerAsync(_client, request, Timeout, time, ct);
        }
        catch (VenueException e) when (e.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError })
        {
            return NotSent(order, "venue.unreachable", e.Message); // no connection, so not a byte of it went out
        }
        catch (VenueException e)
        {
            Log.Doubt(logger, order.Hash, e.Message);
            return OrderErrors.Answer(order.Hash, PostStatus.Unknown, "venue.unreachable", e.Message);
        }
        catch (OperationCanceledException)
        {
            return OrderErrors.Answer(order.Hash, PostStatus.Unknown, "venue.unreachable", "Stopped while the venue was asked");
        }
        var result = OrderAnswers.Read(order.Hash, answer);
        if (result.Status == PostStatus.Unknown)
            Log.Doubt(logger, order.Hash, result.Error?.Message ?? "");
        if (result.Error?.Code == "order.version")
            await LearnVersionAsync(ct);
        return result.Error?.Code == "venue.unauthorized" && await ClockMovedAsync(offset, ct) ? result with { Status = PostStatus.Held, RetryAfter = TimeSpan.Zero } : result;
    }

    /// <summary>A 401 may only mean that the clocks drifted apart: then the same bytes pass under new headers.</summary>
    private async Task<bool> ClockMovedAsync(TimeSpan used, CancellationToken ct)
    {
        try
        {
            return await clock.RefreshAsync(used, ct);
        }
        catch (Exception e) when (e is VenueException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The venue has moved to other exchanges (facts F35): what is signed from now on is for the version it names.</summary>
    private async Task LearnVersionAsync(CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoints.Trading, "version"));
            var answer = await VenueHttp.AnswerAsync(_client, request, Timeout, time, ct);
            using var json = JsonDocument.Parse(answer.Body);
            var version = json.RootElement.GetProperty("version").GetInt32();
            if (Interlocked.Exchange(ref _exchange, version) != version)
                Log.OtherVersion(logger, version);
        }
        catch (Exception e) when (e is VenueException or OperationCanceledException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            Log.NoVersion(logger, e);
        }
    }

    private static PostAnswer NotSent(OutgoingOrder order, string code, string message) => OrderErrors.Answer(order.Hash, PostStatus.Held, code, message) with { RetryAfter = TimeSpan.FromSeconds(1) };

    private static partial class Log
    {
        [LoggerMessage(EventIds.Polymarket + 20, LogLevel.Warning, "Order {Hash} is in doubt: {Reason}")]
        public static partial void Doubt(ILogger logger, string hash, string reason);

        [LoggerMessage(EventIds.Polymarket + 21, LogLevel.Error, "The venue wants orders of exchange version {Version}: they are signed for it from now on")]
        public static partial void OtherVersion(ILogger logger, int version);

        [LoggerMessage(EventIds.Polymarket + 22, LogLevel.Error, "The venue refuses our exchange version and does not say which one it wants")]
        public static partial void NoVersion(ILogger logger, Exception e);
    }
}
