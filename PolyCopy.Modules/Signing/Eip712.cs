namespace PolyCopy.Modules.Signing;

/// <summary>Typed structured data (EIP-712): type hashes, domain separators, digests.</summary>
public static class Eip712
{
    private static readonly Bytes32 DomainType = Keccak.Hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    private static readonly Bytes32 DomainTypeWithoutContract = Keccak.Hash("EIP712Domain(string name,string version,uint256 chainId)");

    /// <summary>The Keccak-256 of an encoded type, "Order(uint256 salt,…)".</summary>
    public static Bytes32 TypeHash(string encodedType) => Keccak.Hash(encodedType);

    /// <summary>The separator of a domain with a contract.</summary>
    public static Bytes32 DomainSeparator(string name, string version, int chainId, Address verifyingContract)
    {
        var words = new AbiWords(stackalloc byte[5 * AbiWords.Size]);
        words.Add(DomainType);
        words.Add(Keccak.Hash(name));
        words.Add(Keccak.Hash(version));
        words.Add(chainId);
        words.Add(verifyingContract);
        return words.Hash();
    }

    /// <summary>The separator of a domain without a contract, as the CLOB's login uses it.</summary>
    public static Bytes32 DomainSeparator(string name, string version, int chainId)
    {
        var words = new AbiWords(stackalloc byte[4 * AbiWords.Size]);
        words.Add(DomainTypeWithoutContract);
        words.Add(Keccak.Hash(name));
        words.Add(Keccak.Hash(version));
        words.Add(chainId);
        return words.Hash();
    }

    /// <summary>What is signed: keccak(0x1901 || domain separator || struct hash).</summary>
    public static Bytes32 Digest(in Bytes32 domainSeparator, in Bytes32 structHash)
    {
        Span<byte> bytes = stackalloc byte[2 + 2 * Bytes32.Size];
        bytes[0] = 0x19;
        bytes[1] = 0x01;
        domainSeparator.CopyTo(bytes[2..]);
        structHash.CopyTo(bytes[(2 + Bytes32.Size)..]);
        return Keccak.Hash(bytes);
    }
}

/// <summary>Appends 32-byte ABI words to a buffer that is exactly as long as the words to come.</summary>
internal ref struct AbiWords(Span<byte> buffer)
{
    public const int Size = 32;

    private readonly Span<byte> _buffer = buffer;
    private int _position;

    public void Add(in Bytes32 value) => value.CopyTo(Next());

    public void Add(in UInt256 value) => value.CopyTo(Next());

    public void Add(long value) => Add((UInt256)value);

    public void Add(in Address value)
    {
        var word = Next();
        word[..(Size - Address.Size)].Clear();
        value.CopyTo(word[(Size - Address.Size)..]);
    }

    public readonly Bytes32 Hash() => Keccak.Hash(_buffer[.._position]);

    private Span<byte> Next()
    {
        var word = _buffer.Slice(_position, Size);
        _position += Size;
        return word;
    }
}
