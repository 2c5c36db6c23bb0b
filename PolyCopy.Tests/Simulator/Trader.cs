using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Simulator;

/// <summary>A user of the CLOB: logs in, signs, posts; speaks the wire and nothing else.</summary>
internal sealed class Trader
{
    private readonly Lab _lab;
    private readonly SigningKey _key;
    private readonly Func<DateTimeOffset> _now;
    private string _apiKey = "", _secret = "", _passphrase = "";

    public Trader(Lab lab, int number, Func<DateTimeOffset> now)
    {
        _lab = lab;
        _now = now;
        _key = SigningKey.Parse(number.ToString("x64", System.Globalization.CultureInfo.InvariantCulture));
        Wallet = WalletDerivation.Deposit(_key.Address);
    }

    public Address Address => _key.Address;

    public Address Wallet { get; }

    public string ApiKey => _apiKey;

    public SigningKey Key => _key;

    /// <summary>The frame that opens /ws/user.</summary>
    public object AuthFrame(params string[] markets) => new { auth = new { apiKey = _apiKey, secret = _secret, passphrase = _passphrase }, type = "user", markets };

    public async Task<(int Status, JsonElement Body)> LoginAsync(bool derive = false, long nonce = 0, DateTimeOffset? at = null, Action<HttpRequestMessage>? tamper = null)
    {
        using var request = new HttpRequestMessage(derive ? HttpMethod.Get : HttpMethod.Post, derive ? "clob/auth/derive-api-key" : "clob/auth/api-key");
        foreach (var (name, value) in L1Auth.Headers(_key, Exchanges.Polygon, at ?? _now(), nonce))
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
        var bytes = body switch { null => [], byte[] raw => raw, _ => JsonSerializer.SerializeToUtf8Bytes(body) };
        using var request = new HttpRequestMessage(method, "clob" + path);
        var pathOnly = path.Split('?')[0];
        foreach (var (name, value) in L2Auth.Headers(_key.Address, _apiKey, _secret, _passphrase, (at ?? _now()).ToUnixTimeSeconds(), method.Method, pathOnly, bytes))
            request.Headers.Add(name, value);
        if (bytes.Length > 0)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new("application/json");
        }
        tamper?.Invoke(request);
        return await SendAsync(request);
    }

    public Task<(int Status, JsonElement Body)> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    private async Task<(int Status, JsonElement Body)> SendAsync(HttpRequestMessage request)
    {
        using var response = await _lab.Http.SendAsync(request);
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
        return ((int)response.StatusCode, text.StartsWith('{') || text.StartsWith('[') || text is "null" || text.StartsWith('"') ? JsonDocument.Parse(text).RootElement : default);
    }
}
