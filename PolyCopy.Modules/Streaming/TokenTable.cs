using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace PolyCopy.Modules.Streaming;

/// <summary>From the UTF-8 digits of a token to the number of its book on one connection: at most a few hundred, so that keys and table stay in the cache.</summary>
/// <remarks>Open addressing on the last 16 digits (a token id is a hash, its digits are as good as random). Not thread-safe: the gate of the shard protects it.</remarks>
internal sealed class TokenTable
{
    private const int Stride = 80; // 78 digits at most

    private byte[] _keys = new byte[64 * Stride];
    private int[] _table = new int[256]; // number + 1, at most a quarter full

    public int Count { get; private set; }

    /// <summary>The number of a token; -1 when it is not here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ReadOnlySpan<byte> digits)
    {
        var table = _table;
        for (var at = Hash(digits); ; at++)
        {
            var number = table[at & (uint)(table.Length - 1)] - 1;
            if (number < 0)
                return -1;
            if (Key(number).SequenceEqual(digits))
                return number;
        }
    }

    /// <summary>Gives the next number to a token that is not here yet.</summary>
    /// <param name="digits">1 to 78 digits.</param>
    public int Add(ReadOnlySpan<byte> digits)
    {
        if ((Count + 1) * Stride > _keys.Length)
            Array.Resize(ref _keys, _keys.Length * 2);
        if ((Count + 1) * 4 > _table.Length)
        {
            _table = new int[_table.Length * 2];
            for (var i = 0; i < Count; i++)
                Insert(Key(i), i);
        }
        var key = _keys.AsSpan(Count * Stride, Stride);
        digits.CopyTo(key);
        key[Stride - 1] = (byte)digits.Length;
        Insert(digits, Count);
        return Count++;
    }

    public void Clear()
    {
        Array.Clear(_table);
        Count = 0;
    }

    private void Insert(ReadOnlySpan<byte> digits, int number)
    {
        var at = Hash(digits);
        while (_table[at & (uint)(_table.Length - 1)] != 0)
            at++;
        _table[at & (uint)(_table.Length - 1)] = number + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Key(int number)
    {
        var key = _keys.AsSpan(number * Stride, Stride);
        return key[..key[Stride - 1]];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(ReadOnlySpan<byte> digits)
    {
        if (digits.Length < 16)
        {
            uint sum = 0;
            foreach (var digit in digits)
                sum = sum * 31 + digit;
            return sum;
        }
        var low = BinaryPrimitives.ReadUInt64LittleEndian(digits[^8..]);
        var high = BinaryPrimitives.ReadUInt64LittleEndian(digits[^16..^8]);
        return (uint)(((low ^ (high << 3)) * 0x9E3779B97F4A7C15) >> 40);
    }
}
