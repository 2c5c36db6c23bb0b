using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>Identifiers that follow from the seed and a key that never changes, so that a restart finds the same markets.</summary>
internal static class SeedIds
{
    /// <summary>0x and 64 hex.</summary>
    public static string Bytes32(long seed, string key) => "0x" + Convert.ToHexStringLower(Hash(seed, key));

    /// <summary>A token id: a uint256 in decimal.</summary>
    public static string Token(long seed, string key) => Decimal(Hash(seed, key));

    /// <summary>A position id of Protocol V2: the module on top (1 binary, 2 neg risk), the reserved 64 bits zero, the outcome at the end. Gamma shows them on some v1 markets too.</summary>
    public static string Position(long seed, string key, int index, int module) => Decimal(PositionBytes(seed, key, index, module));

    /// <summary>Its condition: the id without the outcome, padded to 0x and 64 hex.</summary>
    public static string PositionCondition(long seed, string key, int module) => "0x" + Convert.ToHexStringLower(PositionBytes(seed, key, 0, module));

    private static byte[] PositionBytes(long seed, string key, int index, int module)
    {
        var bytes = Hash(seed, key);
        bytes[0] = (byte)module;
        bytes.AsSpan(19, 8).Clear();
        bytes[31] = (byte)index;
        return bytes;
    }

    /// <summary>A condition id that also says which slot of which series it is, so that a slot long gone can be made again.</summary>
    public static string SlotCondition(long seed, int series, int slot) => "0x" + Convert.ToHexStringLower(SlotBytes(seed, series, slot, 0xFF));

    public static string SlotToken(long seed, int series, int slot, int index) => Decimal(SlotBytes(seed, series, slot, (byte)index));

    /// <summary>The series and slot inside an id of that kind; whether it really is one is told by making it again.</summary>
    public static (int Series, int Slot)? SlotOf(ReadOnlySpan<char> id)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (id.StartsWith("0x") && id.Length == 66)
        {
            if (Convert.FromHexString(id[2..], bytes, out _, out _) != System.Buffers.OperationStatus.Done)
                return null;
        }
        else if (id.Length is > 70 and <= 78 && BigInteger.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number.GetByteCount(isUnsigned: true) <= 32)
        {
            bytes.Clear();
            number.TryWriteBytes(bytes[(32 - number.GetByteCount(isUnsigned: true))..], out _, isUnsigned: true, isBigEndian: true);
        }
        else
            return null;
        return (bytes[26], BinaryPrimitives.ReadInt32BigEndian(bytes[27..]));
    }

    private static byte[] SlotBytes(long seed, int series, int slot, byte last)
    {
        var bytes = Hash(seed, $"slot:{series}:{slot}:{last}");
        bytes[0] |= 0x40; // always 77 or 78 digits
        bytes[26] = (byte)series;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(27), slot);
        bytes[31] = last;
        return bytes;
    }

    private static string Decimal(ReadOnlySpan<byte> bytes) => new BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString(CultureInfo.InvariantCulture);

    private static byte[] Hash(long seed, string key) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}/{key}")));
}
