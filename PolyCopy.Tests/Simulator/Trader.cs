using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>Where traders trade: a venue in this process or in another.</summary>
internal interface IVenue
{
    HttpClient Http { get; }

    /// <summary>What L1 and L2 timestamps are judged against.</summary>
    DateTimeOffset AuthTime { get; }
}

/// <summary>A user of the CLOB: logs in, signs, posts; speaks the wire and nothing else.</summary>
internal sealed class Trader
{
    private readonly IVenue _lab;
    private readonly SigningKey _key;
    private string _apiKey = "", _secret = "", _passphrase = "";
    private long _salt;

    public Trader(IVenue lab, int number)
    {
        _lab = lab;
        _key = SigningKey.Parse(number.ToString("x64", CultureInfo.InvariantCulture));
        Wallet = WalletDerivation.Deposit(_key.Address);
    }

    public Address Address => _key.Address;

    public Address Wallet { get; }

    public string ApiKey => _apiKey;

    /// <summary>A trader with a key and money.</summary>
    public static async Task<Trader> FundedAsync(IVenue lab, int number, string pusd = "1000")
    {
        var trader = new Trader(lab, number);
        (await trader.LoginAsync()).Status.Should().Be(200);
        await trader.FundAsync(pusd);
        return trader;
    }

    public async Task FundAsync(string pusd) => (await _lab.Http.PostAsJsonAsync($"control/wallets/{Wallet}/fund", new { pusd })).EnsureSuccessStatusCode();

    /// <summary>The frame that opens /ws/user.</summary>
    public object AuthFrame(params string[] markets) => new { auth = new { apiKey = _apiKey, secret = _secret, passphrase = _passphrase }, type = "user", markets };

    public async Task<(int Status, JsonElement Body)> LoginAsync(bool derive = false, long nonce = 0, DateTimeOffset? at = null, Action<HttpRequestMessage>? tamper = null)
    {
        using var request = new HttpRequestMessage(derive ? HttpMethod.Get : HttpMethod.Post, derive ? "clob/auth/derive-api-key" : "clob/auth/api-key");
        foreach (var (name, value) in L1Auth.Headers(_key, Exchanges.Polygon, at ?? _lab.AuthTime, nonce))
            request.Headers.Add(name, value);
        tamper?.Invoke(request);
        var (status, body) = await SendAsync(request);
        if (status == 200)
            (_apiKey, _secret, _passphrase) = (body.GetProperty("apiKey").GetString()!, body.GetProperty("secret").GetString()!, body.GetProperty("passphrase").GetString()!);
        return (status, body);
    }

    /// <summary>A private request with L2 headers.</summary>
    public async Task<(int Status, JsonElement Body)> AskAsync(HttpMethod method, string path, object? body = null, DateTimeOffset? at = null, Action<HttpRequestMessage>? tamper = null)
    {
        using var request = Request(method, path, body, at);
        tamper?.Invoke(request);
        return await SendAsync(request);
    }

    public HttpRequestMessage Request(HttpMethod method, string path, object? body = null, DateTimeOffset? at = null)
    {
        var bytes = body switch { null => [], byte[] raw => raw, _ => JsonSerializer.SerializeToUtf8Bytes(body) };
        var request = new HttpRequestMessage(method, "clob" + path);
        var pathOnly = path.Split('?')[0];
        foreach (var (name, value) in L2Auth.Headers(_key.Address, _apiKey, _secret, _passphrase, (at ?? _lab.AuthTime).ToUnixTimeSeconds(), method.Method, pathOnly, bytes))
            request.Headers.Add(name, value);
        if (bytes.Length > 0)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new("application/json");
        }
        return request;
    }

    public Task<(int Status, JsonElement Body)> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    public async Task<List<JsonElement>> ListAsync(string path) => [.. (await GetAsync(path)).Body.GetProperty("data").EnumerateArray()];

    /// <summary>Whole units of pUSD, or of a token, as the venue shows them.</summary>
    public async Task<decimal> BalanceAsync(string? token = null)
    {
        var query = token is null ? "asset_type=COLLATERAL" : $"asset_type=CONDITIONAL&token_id={token}";
        var (_, body) = await GetAsync($"/balance-allowance?{query}&signature_type=3");
        return decimal.Parse(body.GetProperty("balance").GetString()!, CultureInfo.InvariantCulture) / Usdc.Scale;
    }

    public Task<(int Status, JsonElement Body)> PostAsync(Draft draft) => AskAsync(HttpMethod.Post, "/order", Body(draft));

    public Task<(int Status, JsonElement Body)> CancelAsync(string id) => AskAsync(HttpMethod.Delete, "/order", new { orderID = id });

    /// <summary>The exact bytes of a posted order.</summary>
    public byte[] Body(Draft draft)
    {
        var (order, exchange) = Signed(draft);
        var (_, signature) = OrderSigner.Sign(order, exchange, _key);
        return OrderBody.Write(order, draft.Signature?.Invoke(signature) ?? signature, draft.Owner ?? _apiKey, draft.Type, draft.PostOnly);
    }

    public string IdOf(Draft draft)
    {
        var (order, exchange) = Signed(draft);
        return OrderSigner.OrderHash(order, exchange).ToString();
    }

    private (Order Order, Exchange Exchange) Signed(Draft draft)
    {
        draft.Salt ??= ++_salt;
        draft.TimestampMs ??= _lab.AuthTime.ToUnixTimeMilliseconds();
        var market = draft.Market.Market;
        var exchange = Exchanges.For(Exchanges.Polygon, draft.DomainVersion, draft.OtherExchange ^ market.NegRisk);
        var tick = draft.Market.Tick;
        var amounts = (draft.Type is "FAK" or "FOK" ? Amounts.Market(draft.Side, draft.PriceValue, draft.Amount, tick) : Amounts.Limit(draft.Side, draft.PriceValue, draft.Amount, tick)).Value;
        var maker = draft.Maker ?? (draft.SignatureType switch
        {
            SignatureType.Eoa => Address,
            SignatureType.Proxy => WalletDerivation.Proxy(Address),
            SignatureType.Safe => WalletDerivation.Safe(Address),
            _ => Wallet,
        });
        var signer = draft.Signer ?? (draft.SignatureType == SignatureType.DepositWallet ? maker : Address);
        var order = new Order(draft.Salt.Value, maker, signer, UInt256.Parse(draft.Token), (UInt128)(draft.MakerAmount ?? (long)amounts.MakerAmount), (UInt128)(draft.TakerAmount ?? (long)amounts.TakerAmount), draft.Side, draft.SignatureType, draft.TimestampMs.Value)
        {
            ExpirationSeconds = draft.Expiration,
        };
        return (order, exchange);
    }

    private async Task<(int Status, JsonElement Body)> SendAsync(HttpRequestMessage request)
    {
        using var response = await _lab.Http.SendAsync(request);
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
        return ((int)response.StatusCode, text.StartsWith('{') || text.StartsWith('[') || text is "null" || text.StartsWith('"') ? JsonDocument.Parse(text).RootElement : default);
    }
}

/// <summary>An order to be; everything can be bent for a test.</summary>
internal sealed record Draft(MarketState Market, int Outcome, Side Side, string Type, decimal Price, decimal Amount)
{
    public long? Salt { get; set; }
    public long? TimestampMs { get; set; }
    public bool PostOnly { get; init; }
    public long Expiration { get; init; }
    public SignatureType SignatureType { get; init; } = SignatureType.DepositWallet;
    public Address? Maker { get; init; }
    public Address? Signer { get; init; }
    public string? Owner { get; init; }
    public int DomainVersion { get; init; } = 2;
    public bool OtherExchange { get; init; }
    public long? MakerAmount { get; init; }
    public long? TakerAmount { get; init; }
    public Func<byte[], byte[]>? Signature { get; init; }

    public string Token => Market.Market.TokenIds[Outcome];

    public Price PriceValue => Modules.Kernel.Price.TryFromDecimal(Price, out var price) ? price : throw new ArgumentException("price");
}
