using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>Numbers and transaction hashes of matches, distinct also across restarts on the same journal.</summary>
internal sealed class MatchIds(long seed, DateTimeOffset start, int boot = 0)
{
    private const long PerBoot = 10_000_000_000_000_000;
    private const int Boots = 900;


    // A thousand matches per millisecond of life would be needed to meet the numbers of a later start; a standing clock starts twice at one time.
    private long _last = start.ToUnixTimeMilliseconds() * 1000 + boot % Boots * PerBoot;

    public (long Id, string TransactionHash) Next()
    {
        var id = Interlocked.Increment(ref _last);
        Span<byte> material = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(material, seed);
        BinaryPrimitives.WriteInt64BigEndian(material[8..], id);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(material, hash);
        return (id, "0x" + Convert.ToHexStringLower(hash));
    }
}
