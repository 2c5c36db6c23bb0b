using System.Buffers.Binary;
using PolyCopy.Modules.Simulator.Accounts;

namespace PolyCopy.Modules.Simulator.Settlement;

/// <summary>When a match is mined and confirmed: about 2.2 s later on the grid of blocks, then 5 to 8 s more (facts 3.2, 7.4). Seeded by the trade, so it repeats.</summary>
internal static class SettlementTimes
{
    /// <summary>The chain's block interval, ms (1.75 s since May 2026).</summary>
    public const long BlockMs = 1750;

    private const long Skipped = 930_000_000;
    private const double MeanMs = 2200;
    private const double SigmaMs = 500;
    private const long EarliestMs = 1000;
    private const long ConfirmMinMs = 5000;
    private const long ConfirmMaxMs = 8000;

    /// <param name="seed">The venue's seed.</param>
    /// <param name="trade">The trade's number.</param>
    /// <param name="attempt">0 for the first transaction, 1 for the retry.</param>
    /// <param name="at">Unix ms the attempt starts from.</param>
    public static (long MineAt, long ConfirmAt) For(long seed, long trade, int attempt, long at)
    {
        var dice = SeededIds.Bytes(seed, attempt == 0 ? "settle" : "settle again", trade);
        var (u, v, w) = (Unit(dice, 0), Unit(dice, 8), Unit(dice, 16));
        var gauss = Math.Sqrt(-2 * Math.Log(1 - u)) * Math.Cos(2 * Math.PI * v);
        var wanted = at + Math.Clamp((long)(MeanMs + SigmaMs * gauss), EarliestMs, EarliestMs + 3 * (long)MeanMs);
        var mined = (wanted + BlockMs / 2) / BlockMs * BlockMs;
        while (mined < at + EarliestMs)
            mined += BlockMs;
        return (mined, mined + ConfirmMinMs + (long)((ConfirmMaxMs - ConfirmMinMs) * w));
    }

    /// <summary>The number of the block mined at that time; the chain was at 84,902,353 when the V2 exchanges came.</summary>
    public static long BlockAt(long unixMs) => unixMs / BlockMs - Skipped;

    /// <summary>Unix ms of a block.</summary>
    public static long TimeOf(long block) => (block + Skipped) * BlockMs;

    private static double Unit(byte[] bytes, int offset) => (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset)) >> 11) * (1.0 / (1UL << 53));
}
