using System.Collections.Frozen;
using System.Globalization;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>The events of Conditional Tokens, its adapters, PositionManager and the modules of Protocol V2: what they are called, and what they say.</summary>
/// <remarks>Signatures from Polymarket/ctf-exchange, clob-client-v2's ABI files and polymarket-v2-external, 2026-07; an asterisk marks indexed arguments.</remarks>
internal static class ChainEvents
{
    private static readonly FrozenDictionary<Bytes32, Event> Known = new[]
    {
        Event.Of("TransferSingle", "*address operator,*address from,*address to,uint256 id,uint256 value"),
        Event.Of("TransferBatch", "*address operator,*address from,*address to,uint256[] ids,uint256[] values"),
        Event.Of("ApprovalForAll", "*address account,*address operator,bool approved"),
        Event.Of("Transfer", "*address from,*address to,uint256 value"),
        Event.Of("PayoutRedemption", "*address redeemer,*address collateralToken,*bytes32 parentCollectionId,bytes32 conditionId,uint256[] indexSets,uint256 payout"),
        Event.Of("PayoutRedemption", "*address redeemer,*bytes32 conditionId,uint256[] amounts,uint256 payout"),
        Event.Of("ConditionResolution", "*bytes32 conditionId,*address oracle,*bytes32 questionId,uint256 outcomeSlotCount,uint256[] payoutNumerators"),
        Event.Of("ConditionPreparation", "*bytes32 conditionId,*address oracle,*bytes32 questionId,uint256 outcomeSlotCount"),
        Event.Of("PositionSplit", "*address stakeholder,address collateralToken,*bytes32 parentCollectionId,*bytes32 conditionId,uint256[] partition,uint256 amount"),
        Event.Of("PositionsMerge", "*address stakeholder,address collateralToken,*bytes32 parentCollectionId,*bytes32 conditionId,uint256[] partition,uint256 amount"),
        Event.Of("PositionSplit", "*address stakeholder,*bytes32 conditionId,uint256 amount"),
        Event.Of("PositionsMerge", "*address stakeholder,*bytes32 conditionId,uint256 amount"),
        Event.Of("PositionsConverted", "*address stakeholder,*bytes32 marketId,*uint256 indexSet,uint256 amount"),
        Event.Of("ConditionResolved", "*bytes31 conditionId,uint256[] result"),
        Event.Of("PositionsSplit", "*address initiator,*bytes31 conditionId,*address recipient,address payer,uint256 amount"),
        Event.Of("PositionsMerged", "*address initiator,*bytes31 conditionId,*address recipient,uint256 amount"),
        Event.Of("PositionRedeemed", "*address initiator,*uint256 positionId,*address recipient,uint256 amount,uint256 payout"),
    }.ToFrozenDictionary(e => e.Topic0);

    /// <summary>The event's name; null when it is none of these.</summary>
    public static string? NameOf(in ChainLog log) => Known.TryGetValue(log.Topic0, out var known) && known.Indexed == log.TopicCount - 1 ? known.Name : null;

    /// <summary>The event's arguments: addresses with checksum, numbers in decimal digits, bytes in hexadecimal, lists of numbers.</summary>
    /// <returns>Null when it is none of these or its data are cut off.</returns>
    public static IReadOnlyDictionary<string, object>? Decode(in ChainLog log, out string name)
    {
        name = "";
        if (!Known.TryGetValue(log.Topic0, out var known) || known.Indexed != log.TopicCount - 1)
            return null;
        name = known.Name;
        var arguments = new Dictionary<string, object>();
        Span<byte> word = stackalloc byte[32];
        int topic = 0, position = 0;
        foreach (var (type, argument, indexed) in known.Arguments)
        {
            if (indexed)
                (++topic switch { 1 => log.Topic1, 2 => log.Topic2, _ => log.Topic3 }).CopyTo(word);
            else if (position + 32 > log.Data.Length)
                return null;
            else
            {
                log.Data.Slice(position, 32).CopyTo(word);
                position += 32;
            }
            if (type != "uint256[]")
                arguments[argument] = Value(type, word);
            else if (List(log.Data, word) is { } list)
                arguments[argument] = list;
            else
                return null;
        }
        return arguments;
    }

    private static object Value(string type, ReadOnlySpan<byte> word) => type switch
    {
        "address" => new Address(word[12..]).ToString(),
        "bytes32" => Hex.Write(word),
        "bytes31" => Hex.Write(word[..31]),
        "bool" => word[31] != 0,
        _ => new UInt256(word).ToString(),
    };

    private static List<string>? List(ReadOnlySpan<byte> data, ReadOnlySpan<byte> word)
    {
        if (!new UInt256(word).TryToInt64(out var offset) || offset > data.Length - 32 || !new UInt256(data.Slice((int)offset, 32)).TryToInt64(out var count) || count > (data.Length - offset - 32) / 32)
            return null;
        var list = new List<string>((int)count);
        for (var i = 0; i < count; i++)
            list.Add(new UInt256(data.Slice((int)offset + 32 + (i * 32), 32)).ToString());
        return list;
    }

    private sealed record Event(string Name, Bytes32 Topic0, IReadOnlyList<(string Type, string Name, bool Indexed)> Arguments)
    {
        public int Indexed { get; } = Arguments.Count(a => a.Indexed);

        public static Event Of(string name, string arguments)
        {
            var parsed = arguments.Split(',').Select(a => a.TrimStart('*').Split(' ') is [var type, var argument] ? (type, argument, a[0] == '*') : throw new FormatException(a)).ToList();
            return new Event(name, Keccak.Hash(string.Create(CultureInfo.InvariantCulture, $"{name}({string.Join(',', parsed.Select(a => a.type))})")), parsed);
        }
    }
}
