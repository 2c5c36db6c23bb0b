using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>Reads TransferSingle and TransferBatch of the contracts that hold shares.</summary>
internal static class TransferLog
{
    public static readonly Bytes32 Single = Bytes32.Parse("0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62");
    public static readonly Bytes32 Batch = Bytes32.Parse("0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb");
    private const int Word = 32;
    private const int MostIds = 1_000;

    public static bool TryParties(in ChainLog log, Contracts contracts, out Address from, out Address to)
    {
        from = to = default;
        return log.TopicCount == 4 && (log.Topic0 == Single || log.Topic0 == Batch) && contracts.HoldsShares(log.Contract)
            && FillLog.TryAddress(log.Topic2, out from) && FillLog.TryAddress(log.Topic3, out to);
    }

    /// <summary>The tokens and micro-shares that moved; empty when the data make no sense.</summary>
    public static IReadOnlyList<(UInt256 Token, long Amount)> Read(in ChainLog log)
    {
        var data = log.Data;
        if (log.Topic0 == Single)
            return data.Length >= 2 * Word && new UInt256(data.Slice(Word, Word)).TryToInt64(out var one) ? [(new UInt256(data[..Word]), one)] : [];
        if (!TryList(data, 0, out var ids) || !TryList(data, 1, out var values) || ids.Length != values.Length)
            return [];
        var moved = new List<(UInt256, long)>(ids.Length / Word);
        for (var at = 0; at < ids.Length; at += Word)
            if (new UInt256(values.Slice(at, Word)).TryToInt64(out var amount))
                moved.Add((new UInt256(ids.Slice(at, Word)), amount));
        return moved;
    }

    private static bool TryList(ReadOnlySpan<byte> data, int index, out ReadOnlySpan<byte> words)
    {
        words = default;
        if (data.Length < (index + 1) * Word || !new UInt256(data.Slice(index * Word, Word)).TryToInt64(out var offset) || offset > data.Length - Word
            || !new UInt256(data.Slice((int)offset, Word)).TryToInt64(out var count) || count > MostIds || offset + Word + count * Word > data.Length)
            return false;
        words = data.Slice((int)offset + Word, (int)count * Word);
        return true;
    }
}
