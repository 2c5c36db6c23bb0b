using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class AuthVectorTests
{
    [Fact]
    public void L1_header_vectors() => VectorCases.Each("l1Headers", c =>
    {
        using var key = SigningKey.Parse(c.Input.Text("privateKey"));
        var address = c.Input.TextOrNull("address") is { } other ? Address.Parse(other) : key.Address;
        var (chainId, timestamp, nonce) = ((int)c.Input.Integer("chainId"), c.Input.Integer("timestamp"), c.Input.Integer("nonce"));
        if (c.Expected.Has("digest"))
            L1Auth.Digest(address, chainId, timestamp.ToString(), nonce).ToString().Should().Be(c.Expected.Text("digest"));

        var headers = L1Auth.Headers(key, address, chainId, timestamp, nonce);
        Same(headers, c.Expected);
        L1Auth.Verify(key.Address, chainId, timestamp.ToString(), nonce, headers.Single(h => h.Key == "POLY_SIGNATURE").Value).Should().Be(address == key.Address);
    });

    [Fact]
    public void L2_header_vectors() => VectorCases.Each("l2Headers", c =>
    {
        var creds = c.Input.GetProperty("creds");
        var (method, path, body, timestamp) = (c.Input.Text("method"), c.Input.Text("requestPath"), BodyOf(c.Input), c.Input.Integer("timestamp"));
        var headers = L2Auth.Headers(Address.Parse(c.Input.Text("address")), creds.Text("key"), creds.Text("secret"), creds.Text("passphrase"), timestamp, method, path, body);
        Same(headers, c.Expected);
        var signature = headers.Single(h => h.Key == "POLY_SIGNATURE").Value;
        L2Auth.Verify(signature, creds.Text("secret"), timestamp.ToString(), method, path, body).Should().BeTrue();
        L2Auth.Verify(signature, creds.Text("secret"), timestamp.ToString(), method, path + "/", body).Should().BeFalse();
    });

    [Fact]
    public void Builder_header_vectors() => VectorCases.Each("builderHeaders", c =>
    {
        var creds = c.Input.GetProperty("creds");
        Same(
            L2Auth.BuilderHeaders(creds.Text("key"), creds.Text("secret"), creds.Text("passphrase"), c.Input.Integer("timestamp"), c.Input.Text("method"), c.Input.Text("requestPath"), BodyOf(c.Input)),
            c.Expected);
    });

    [Fact]
    public void Wallet_derivation_vectors() => VectorCases.Each("walletDerivation", c =>
    {
        var owner = Address.Parse(c.Input.Text("owner"));
        var chainId = c.Input.Has("chainId") ? (int)c.Input.Integer("chainId") : Exchanges.Polygon;
        var derived = new Dictionary<string, string>
        {
            ["proxyWallet"] = WalletDerivation.Proxy(owner).ToString(),
            ["safeWallet"] = WalletDerivation.Safe(owner).ToString(),
            ["depositWalletBeacon"] = WalletDerivation.Deposit(owner).ToString(),
            ["depositWalletUups"] = WalletDerivation.DepositUups(owner, chainId).ToString(),
            ["proxySalt"] = WalletDerivation.ProxySalt(owner).ToString(),
            ["safeSalt"] = WalletDerivation.SafeSalt(owner).ToString(),
        };
        foreach (var expected in c.Expected.EnumerateObject())
            derived[expected.Name].Should().Be(expected.Value.GetString(), expected.Name);
    });

    private static byte[] BodyOf(JsonElement input) => Encoding.UTF8.GetBytes(input.TextOrNull("body") ?? "");

    private static void Same(IReadOnlyList<KeyValuePair<string, string>> headers, JsonElement expected) =>
        headers.ToDictionary().Should().BeEquivalentTo(expected.GetProperty("headers").EnumerateObject().ToDictionary(h => h.Name, h => h.Value.GetString()!));
}
