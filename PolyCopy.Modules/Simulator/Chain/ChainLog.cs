using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>What a contract emitted; topics first, then ABI words.</summary>
internal sealed record ChainLog(Address Address, Bytes32[] Topics, byte[] Data);

/// <summary>Values as 32-byte words.</summary>
internal static class Abi
{
    public static Bytes32 Word(Address address)
    {
        Span<byte> word = stackalloc byte[Bytes32.Size];
        word[..12].Clear();
        address.CopyTo(word[12..]);
        return new Bytes32(word);
    }

    public static Bytes32 Word(UInt256 number)
    {
        Span<byte> word = stackalloc byte[Bytes32.Size];
        number.CopyTo(word);
        return new Bytes32(word);
    }

    public static Bytes32 Word(long number) => Word((UInt256)number);

    public static byte[] Data(params ReadOnlySpan<Bytes32> words)
    {
        var data = new byte[words.Length * Bytes32.Size];
        for (var i = 0; i < words.Length; i++)
            words[i].CopyTo(data.AsSpan(i * Bytes32.Size));
        return data;
    }
}
