using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class OrderSignerTests
{
    private static readonly Exchange Standard = Exchanges.For(Exchanges.Polygon, 2, negRisk: false);
    private static readonly Exchange NegRisk = Exchanges.For(Exchanges.Polygon, 2, negRisk: true);

    [Theory]
    [InlineData(SignatureType.Eoa, "signature.signer")]
    [InlineData(SignatureType.DepositWallet, "signature.domain")]
    public void A_signature_for_another_exchange_is_refused(SignatureType type, string code)
    {
        using var key = Key(1);
        var order = AnOrder(key, type);
        var (_, signature) = OrderSigner.Sign(order, Standard, key);
        OrderSigner.RecoverSigner(order, NegRisk, signature).Error!.Code.Should().Be(code);
    }

    [Theory]
    [InlineData(SignatureType.Safe, "signature.signer")]
    [InlineData(SignatureType.DepositWallet, "signature.contents")]
    public void A_changed_order_is_refused(SignatureType type, string code)
    {
        using var key = Key(1);
        var order = AnOrder(key, type);
        var (_, signature) = OrderSigner.Sign(order, Standard, key);
        OrderSigner.RecoverSigner(order with { TakerAmount = 1 }, Standard, signature).Error!.Code.Should().Be(code);
    }

    [Fact]
    public void Another_owner_of_a_deposit_wallet_shows_as_another_account()
    {
        using var owner = Key(1);
        using var thief = Key(2);
        var order = AnOrder(owner, SignatureType.DepositWallet);
        var (_, signature) = OrderSigner.Sign(order, Standard, thief);
        OrderSigner.RecoverSigner(order, Standard, signature).Value.Should().Be(thief.Address);
    }

    [Theory]
    [InlineData(SignatureType.Eoa, 0)]
    [InlineData(SignatureType.Eoa, 64)]
    [InlineData(SignatureType.Eoa, 317)]
    [InlineData(SignatureType.DepositWallet, 65)]
    [InlineData(SignatureType.DepositWallet, 316)]
    [InlineData(SignatureType.DepositWallet, 317)]
    public void Nonsense_is_malformed(SignatureType type, int length)
    {
        using var key = Key(1);
        OrderSigner.RecoverSigner(AnOrder(key, type), Standard, new byte[length]).Error!.Code.Should().Be("signature.malformed");
    }

    [Fact]
    public void A_bit_anywhere_in_a_wrapped_signature_matters()
    {
        using var key = Key(1);
        var order = AnOrder(key, SignatureType.DepositWallet);
        var (_, signature) = OrderSigner.Sign(order, Standard, key);
        for (var i = 0; i < signature.Length; i += 7)
        {
            var bent = signature.ToArray();
            bent[i] ^= 1;
            var recovered = OrderSigner.RecoverSigner(order, Standard, bent);
            (recovered.IsOk && recovered.Value == key.Address).Should().BeFalse($"byte {i}");
        }
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("1531337357268870250317865466513879705518910954175955874428980479192113086465", true)]
    [InlineData("109063750016036252380828443861995839706801689771988336994548397939587707670981", false)]
    [InlineData("1099511627776", false)]
    public void Reserved_bits_tell_protocol_v2_ids(string id, bool isV2) => Exchanges.IsProtocolV2(UInt256.Parse(id)).Should().Be(isV2);

    [Fact]
    public void Expiration_is_not_signed()
    {
        using var key = Key(1);
        var order = AnOrder(key, SignatureType.Eoa);
        OrderSigner.OrderHash(order with { ExpirationSeconds = 5 }, Standard).Should().Be(OrderSigner.OrderHash(order, Standard));
    }

    private static Order AnOrder(SigningKey key, SignatureType type) => new(
        Order.MaxSalt, key.Address, key.Address, UInt256.MaxValue, 5_000_000L, 10_000_000L, Side.Buy, type, 1_790_000_000_000);

    private static SigningKey Key(byte number)
    {
        Span<byte> secret = stackalloc byte[32];
        secret.Clear();
        secret[31] = number;
        return new SigningKey(secret);
    }
}
