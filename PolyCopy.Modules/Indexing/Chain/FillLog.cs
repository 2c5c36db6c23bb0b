using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Chain;

/// <summary>One order's fill, as its exchange logged it: the order of the address in the maker topic, in that order's own token and side.</summary>
/// <param name="Wallet">The maker topic.</param>
/// <param name="Other">The taker topic: the emitting exchange when the wallet was the aggressor, else the aggressor.</param>
/// <param name="Fee">Micro-units of collateral; of shares when <paramref name="FeeInShares"/> (V1 BUY).</param>
internal readonly record struct Fill(
    Address Wallet, Address Exchange, int Version, bool IsTaker, Address Other, Side Side, UInt256 Token, long Shares, long Collateral, long Fee, bool FeeInShares,
    Bytes32 OrderHash, Bytes32 Transaction, long BlockNumber, Bytes32 BlockHash, long BlockTime, int LogIndex);

/// <summary>Reads OrderFilled of every exchange. Nothing is allocated.</summary>
/// <remarks>
/// V1: OrderFilled(bytes32,address,address,uint256,uint256,uint256,uint256,uint256), Polymarket/ctf-exchange. V2 and V3: OrderFilled(bytes32,address,address,uint8,uint256,
/// uint256,uint256,uint256,bytes32,bytes32), polymarket-v2-external Exchange.sol, 2026-07. In a mint or merge both sides have the same direction, so nothing is inferred from the other's.
/// </remarks>
internal static class FillLog
{
    public static readonly Bytes32 TopicV1 = Bytes32.Parse("0xd0a08e8c493f9c94f29311604c9de1b4e8c8d4c06bd0c789af57f2d65bfec0f6");
    public static readonly Bytes32 TopicV2 = Bytes32.Parse("0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee");
    private const int Word = 32;

    /// <summary>The wallet whose order was filled; false when this is no fill of a known exchange.</summary>
    public static bool TryWallet(in ChainLog log, Contracts contracts, out Address wallet)
    {
        wallet = default;
        if (log.TopicCount != 4 || (log.Topic0 != TopicV2 && log.Topic0 != TopicV1))
            return false;
        var version = contracts.Version(log.Contract);
        return version != 0 && (version == 1) == (log.Topic0 == TopicV1) && TryAddress(log.Topic2, out wallet);
    }

    /// <summary>Reads the whole of what <see cref="TryWallet"/> has accepted; false when its data make no sense.</summary>
    public static bool TryRead(in ChainLog log, Contracts contracts, out Fill fill)
    {
        fill = default;
        if (!TryWallet(log, contracts, out var wallet) || !TryAddress(log.Topic3, out var other))
            return false;
        var version = contracts.Version(log.Contract);
        if (log.Data.Length < (version == 1 ? 5 : 7) * Word)
            return false;
        Side side;
        UInt256 token;
        if (version == 1)
        {
            var (makerAsset, takerAsset) = (At(log.Data, 0), At(log.Data, 1));
            if ((makerAsset == default) == (takerAsset == default))
                return false;
            side = makerAsset == default ? Side.Buy : Side.Sell;
            token = side == Side.Buy ? takerAsset : makerAsset;
        }
        else
        {
            if (!At(log.Data, 0).TryToInt64(out var word) || word > 1)
                return false;
            side = (Side)word;
            token = At(log.Data, 1);
        }
        if (!At(log.Data, 2).TryToInt64(out var makerAmount) || !At(log.Data, 3).TryToInt64(out var takerAmount) || !At(log.Data, 4).TryToInt64(out var fee))
            return false;
        var (collateral, shares) = side == Side.Buy ? (makerAmount, takerAmount) : (takerAmount, makerAmount);
        if (shares <= 0 || token == default)
            return false;
        fill = new Fill(
            wallet, log.Contract, version, other == log.Contract, other, side, token, shares, collateral, fee, version == 1 && side == Side.Buy,
            log.Topic1, log.Transaction, log.BlockNumber, log.BlockHash, log.BlockTime, log.LogIndex);
        return true;
    }

    /// <summary>The address in a topic; false when the word holds more than one.</summary>
    public static bool TryAddress(in Bytes32 topic, out Address address)
    {
        Span<byte> bytes = stackalloc byte[Word];
        topic.CopyTo(bytes);
        address = new Address(bytes[12..]);
        return !bytes[..12].ContainsAnyExcept((byte)0);
    }

    /// <summary>The address as a topic.</summary>
    public static Bytes32 Topic(in Address address)
    {
        Span<byte> bytes = stackalloc byte[Word];
        bytes[..12].Clear();
        address.CopyTo(bytes[12..]);
        return new Bytes32(bytes);
    }

    private static UInt256 At(ReadOnlySpan<byte> data, int word) => new(data.Slice(word * Word, Word));
}
