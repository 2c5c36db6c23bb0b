using System.Numerics;
using CsCheck;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class ValueTests
{
    [Fact]
    public void A_uint256_prints_and_encodes_as_BigInteger_does() => Gen.Select(Gen.Byte.Array[32], Gen.Int[0, 32]).Sample((bytes, zeros) =>
    {
        bytes.AsSpan(0, zeros).Clear();
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var value = UInt256.Parse(number.ToString());
        var written = new byte[32];
        value.CopyTo(written);
        return value.ToString() == number.ToString() && written.AsSpan().SequenceEqual(bytes);
    });

    [Theory]
    [InlineData("0", "0")]
    [InlineData("000", "0")]
    [InlineData("10000000000000000000", "10000000000000000000")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639935", "115792089237316195423570985008687907853269984665640564039457584007913129639935")]
    public void The_ends_of_uint256(string text, string printed) => UInt256.Parse(text).ToString().Should().Be(printed);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.0")]
    [InlineData("0x1")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("1157920892373161954235709850086879078532699846656405640394575840079131296399350")]
    public void What_is_no_uint256(string text) => UInt256.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")]
    [InlineData("0XF39FD6E51AAD88F6F4CE6AB8827279CFFFB92266")]
    public void An_address_of_any_case_is_written_with_its_checksum(string text) =>
        Address.Parse(text).ToString().Should().Be("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

    [Theory]
    [InlineData("f39fd6e51aad88f6f4ce6ab8827279cfffb92266")]
    [InlineData("0xf39fd6e51aad88f6f4ce6ab8827279cfffb9226")]
    [InlineData("0xf39fd6e51aad88f6f4ce6ab8827279cfffb9226g")]
    [InlineData("")]
    public void What_is_no_address(string text) => Address.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void Keccak_agrees_with_BouncyCastle_on_any_length() => Gen.Byte.Array[0, 600].Sample(data =>
    {
        var digest = new Org.BouncyCastle.Crypto.Digests.KeccakDigest(256);
        digest.BlockUpdate(data, 0, data.Length);
        var expected = new byte[32];
        digest.DoFinal(expected, 0);
        return Keccak.Hash(data) == new Bytes32(expected);
    });
}
