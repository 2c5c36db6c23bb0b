using System.Security.Cryptography;
using CsCheck;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class Secp256k1Tests
{
    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[32];
    private static readonly Gen<byte[]> Keys = Bytes.Where(b => CurveOrder.IsValidKey(b));

    public static TheoryData<string> Backends => [.. Curves.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_signature_recovers_to_its_key(string backend) => Gen.Select(Keys, Bytes).Sample((key, digest) =>
    {
        var curve = Curve(backend);
        var (expected, recovered) = (new byte[64], new byte[64]);
        curve.PublicKey(key, expected);
        var signature = curve.Sign(new Bytes32(digest), key);
        return curve.TryRecover(new Bytes32(digest), signature, recovered)
            && recovered.AsSpan().SequenceEqual(expected)
            && IsLow(signature.S);
    }, iter: 200);

    [Fact]
    public void Both_curves_give_the_same_bytes() => Gen.Select(Keys, Bytes).Sample((key, digest) =>
        Curves.All.Select(c => c.Sign(new Bytes32(digest), key)).Distinct().Count() == 1, iter: 200);

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_digest_at_or_above_the_order_is_reduced_first(string backend)
    {
        var key = Numbers(7);
        var digest = CurveOrder.N.ToArray();
        digest[31]++; // n + 1, which is 1 modulo n
        Curve(backend).Sign(new Bytes32(digest), key).Should().Be(Curve(backend).Sign(new Bytes32(Numbers(1)), key));
    }

    // The vector of RFC 6979 style tests that Bitcoin and Ethereum libraries share: key 1, SHA-256("Satoshi Nakamoto").
    [Theory]
    [MemberData(nameof(Backends))]
    public void The_nonce_is_that_of_rfc_6979(string backend)
    {
        var signature = Curve(backend).Sign(new Bytes32(SHA256.HashData("Satoshi Nakamoto"u8)), Numbers(1));
        signature.R.ToString().Should().Be("0x934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8");
        signature.S.ToString().Should().Be("0x2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5");
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_key_outside_the_order_is_refused(string backend)
    {
        foreach (var key in new[] { new byte[32], CurveOrder.N.ToArray(), Enumerable.Repeat((byte)0xFF, 32).ToArray() })
        {
            var sign = () => Curve(backend).Sign(default, key);
            sign.Should().Throw<CryptographicException>();
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Nonsense_does_not_recover(string backend)
    {
        var curve = Curve(backend);
        var good = curve.Sign(new Bytes32(Numbers(5)), Numbers(9));
        var order = new Bytes32(CurveOrder.N);
        var ones = new Bytes32(Enumerable.Repeat((byte)0xFF, 32).ToArray());
        foreach (var bad in new[] { good with { R = default }, good with { S = default }, good with { R = order }, good with { S = order }, good with { R = ones }, good with { R = new Bytes32(Numbers(5)) } })
            curve.TryRecover(new Bytes32(Numbers(5)), bad, new byte[64]).Should().BeFalse(); // x = 5 is not on the curve
    }

    [Fact]
    public void A_key_prints_its_account_only()
    {
        using var key = new SigningKey(Numbers(1));
        key.ToString().Should().Be("SigningKey of 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    }

    [Fact]
    public void A_disposed_key_signs_nothing()
    {
        var key = new SigningKey(Numbers(1));
        key.Dispose();
        var sign = () => key.Sign(default);
        sign.Should().Throw<ObjectDisposedException>();
    }

    private static ICurve Curve(string name) => Curves.All.Single(c => c.Name == name);

    private static byte[] Numbers(byte value)
    {
        var bytes = new byte[32];
        bytes[31] = value;
        return bytes;
    }

    private static bool IsLow(Bytes32 s)
    {
        var bytes = new byte[32];
        s.CopyTo(bytes);
        var half = Convert.FromHexString("7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0");
        return bytes.AsSpan().SequenceCompareTo(half) <= 0;
    }
}
