using System.Security.Cryptography;
using System.Text;
using CsCheck;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class AuthTests
{
    // docs of the CLOB clients: 43 times A is a key of 32 zero bytes.
    [Fact]
    public void The_published_hmac_example() =>
        L2Auth.Sign("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 1_000_000, "test-sign", "/orders", """{"hash": "0x123"}"""u8)
            .Should().Be("ZwAdJKvoYRlEKDkNMwd5BuwNNtg93kNaR_oU2HrfVvc=");

    [Fact]
    public void Every_spelling_of_a_secret_is_the_same_key() => Gen.Select(Gen.Byte.Array[0, 70], Gen.Int[0, 9000]).Sample((key, bodyLength) =>
    {
        var standard = Convert.ToBase64String(key);
        var body = new byte[bodyLength];
        var expected = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("5GET/é").Concat(body).ToArray())).Replace('+', '-').Replace('/', '_');
        var url = standard.Replace('+', '-').Replace('/', '_');
        return new[] { standard, url, standard.TrimEnd('='), url.TrimEnd('='), $" {url}\n" }
            .All(secret => L2Auth.Sign(secret, 5, "GET", "/é", body) == expected && L2Auth.Verify(expected, secret, "5", "GET", "/é", body));
    });

    [Theory]
    [InlineData("AB", "AA")]
    [InlineData("AAB", "AAA")]
    [InlineData("AAAAB", "AAAA")]
    public void Bits_that_belong_to_no_byte_are_ignored(string secret, string same) =>
        L2Auth.Sign(secret, 1, "GET", "/", default).Should().Be(L2Auth.Sign(same, 1, "GET", "/", default));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("ZwAdJKvoYRlEKDkNMwd5BuwNNtg93kNaR_oU2HrfVvd=")]
    public void A_wrong_signature_is_refused(string signature) =>
        L2Auth.Verify(signature, "AAAA", "1", "GET", "/", default).Should().BeFalse();

    [Fact]
    public void A_login_holds_for_its_account_chain_time_and_nonce_only()
    {
        using var key = SigningKey.Parse("0x" + new string('1', 64));
        var headers = L1Auth.Headers(key, 137, DateTimeOffset.FromUnixTimeSeconds(1_790_000_000), 0).ToDictionary();
        var signature = headers["POLY_SIGNATURE"];
        L1Auth.Verify(key.Address, 137, headers["POLY_TIMESTAMP"], 0, signature).Should().BeTrue();
        L1Auth.Verify(Address.Zero, 137, headers["POLY_TIMESTAMP"], 0, signature).Should().BeFalse();
        L1Auth.Verify(key.Address, 80002, headers["POLY_TIMESTAMP"], 0, signature).Should().BeFalse();
        L1Auth.Verify(key.Address, 137, "1790000001", 0, signature).Should().BeFalse();
        L1Auth.Verify(key.Address, 137, headers["POLY_TIMESTAMP"], 1, signature).Should().BeFalse();
        L1Auth.Verify(key.Address, 137, headers["POLY_TIMESTAMP"], 0, signature[..^2]).Should().BeFalse();
        L1Auth.Verify(key.Address, 137, headers["POLY_TIMESTAMP"], 0, "nonsense").Should().BeFalse();
    }

    [Fact]
    public void Only_the_owner_trades_for_a_wallet()
    {
        var (owner, other) = (Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), Address.Parse("0x6Ae31A3109f03538cBbD5ed29713dbd5525f517F"));
        WalletDerivation.MayTrade(owner, SignatureType.DepositWallet, WalletDerivation.Deposit(owner)).Should().BeTrue();
        WalletDerivation.MayTrade(owner, SignatureType.DepositWallet, WalletDerivation.DepositUups(owner)).Should().BeTrue();
        WalletDerivation.MayTrade(owner, SignatureType.Safe, WalletDerivation.Safe(owner)).Should().BeTrue();
        WalletDerivation.MayTrade(owner, SignatureType.Proxy, WalletDerivation.Safe(owner)).Should().BeFalse();
        WalletDerivation.MayTrade(other, SignatureType.DepositWallet, WalletDerivation.Deposit(owner)).Should().BeFalse();
        WalletDerivation.MayTrade(owner, (SignatureType)9, owner).Should().BeFalse();
    }
}
