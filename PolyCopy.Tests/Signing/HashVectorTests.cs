using System.Text;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class HashVectorTests
{
    [Fact]
    public void The_vector_folder_has_cases() => VectorCases.All.Should().NotBeEmpty($"{VectorCases.Folder} must hold golden cases");

    [Fact]
    public void Keccak_vectors() => VectorCases.Each("keccak", c =>
    {
        var bytes = Hex.Read(c.Input.Text("hex"));
        Keccak.Hash(bytes).ToString().Should().Be(c.Expected.Text("hash"));
        if (c.Input.TextOrNull("utf8") is { } text)
            Encoding.UTF8.GetBytes(text).Should().Equal(bytes);
    });

    [Fact]
    public void Address_vectors() => VectorCases.Each("address", c =>
    {
        using var key = SigningKey.Parse(c.Input.Text("privateKey"));
        key.Address.ToString().Should().Be(c.Expected.Text("address"));
        key.Address.ToLower().Should().Be(c.Expected.Text("addressLower"));

        foreach (var curve in Curves.All)
        {
            var publicKey = new byte[Secp256k1.PublicKeySize];
            curve.PublicKey(Hex.Read(c.Input.Text("privateKey")), publicKey);
            ("0x04" + Convert.ToHexStringLower(publicKey)).Should().Be(c.Expected.Text("publicKeyUncompressed"));
        }
    });

    [Fact]
    public void Type_hash_vectors() => VectorCases.Each("typeHash", c =>
        Eip712.TypeHash(c.Input.Text("typeString")).ToString().Should().Be(c.Expected.Text("typeHash")));

    [Fact]
    public void Domain_separator_vectors() => VectorCases.Each("domainSeparator", c =>
    {
        var (name, version, chainId) = (c.Input.Text("name"), c.Input.Text("version"), (int)c.Input.Integer("chainId"));
        var separator = c.Input.TextOrNull("verifyingContract") is { } contract
            ? Eip712.DomainSeparator(name, version, chainId, Address.Parse(contract))
            : Eip712.DomainSeparator(name, version, chainId);
        separator.ToString().Should().Be(c.Expected.Text("domainSeparator"));
    });
}
