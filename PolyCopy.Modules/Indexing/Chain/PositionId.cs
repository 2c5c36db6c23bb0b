using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>What a token id of Protocol V2 says of itself: module 8 bits, base hash 128, arity 16, reserved 64, resolution chain 16, condition index 16, outcome index 8.</summary>
/// <remarks>polymarket-v2-external docs/position-ids.md, 2026-07.</remarks>
/// <param name="Module">1 binary, 2 neg risk, 3 combos.</param>
/// <param name="BaseHash">0x and 32 digits.</param>
/// <param name="ConditionId">The id without its last byte: 0x and 62 digits.</param>
internal sealed record PositionId(int Module, string BaseHash, int Arity, int ConditionIndex, int OutcomeIndex, string ConditionId)
{
    /// <summary>Null for a token of Conditional Tokens, whose id is a hash.</summary>
    public static PositionId? Of(in UInt256 token)
    {
        if (!Exchanges.IsProtocolV2(token))
            return null;
        Span<byte> bytes = stackalloc byte[32];
        token.CopyTo(bytes);
        return new PositionId(bytes[0], Hex.Write(bytes[1..17]), bytes[17] << 8 | bytes[18], bytes[29] << 8 | bytes[30], bytes[31], Hex.Write(bytes[..31]));
    }
}
