using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>One executed order, as feeds and the Data API show it.</summary>
internal sealed record TradeRow(FillTx Tx, TradeLeg Leg, bool IsTaker, int Index)
{
    public SimMarket Market => Tx.Market;

    /// <summary>pUSD per share, six decimals; fills are off the grid.</summary>
    public decimal Price => Leg.Size == 0 ? 0 : Trim(decimal.Round((decimal)Leg.Cash / Leg.Size, 6));

    public decimal Size => Trim(new Shares(Leg.Size).ToDecimal());

    public decimal Cash => Trim(new Usdc(Leg.Cash).ToDecimal());

    /// <summary>The taker first, then whom he met.</summary>
    public static IEnumerable<TradeRow> Of(FillTx tx)
    {
        yield return new TradeRow(tx, tx.Taker, true, 0);
        for (var i = 0; i < tx.Makers.Count; i++)
            yield return new TradeRow(tx, tx.Makers[i], false, i + 1);
    }

    /// <summary>Without zeros at the end.</summary>
    public static decimal Trim(decimal value) => value / 1.0000000000000000m;
}

/// <summary>Names as the venue makes them for wallets that chose none.</summary>
internal static class Pseudonyms
{
    private static readonly string[] Firsts = ["Rowdy", "Quiet", "Brisk", "Amber", "Hollow", "Velvet", "Stark", "Gentle", "Crooked", "Lucid", "Misty", "Noble", "Rusty", "Solemn", "Tidy", "Wary"];
    private static readonly string[] Seconds = ["Tenement", "Harbor", "Lantern", "Meadow", "Anvil", "Sparrow", "Copper", "Thicket", "Gazette", "Quarry", "Ribbon", "Saddle", "Trellis", "Vessel", "Walnut", "Zephyr"];

    public static string Of(Address wallet)
    {
        var hash = (uint)wallet.GetHashCode(0);
        return $"{Firsts[hash % 16]}-{Seconds[hash / 16 % 16]}";
    }

    /// <summary>The same in every process.</summary>
    private static int GetHashCode(this Address wallet, int _)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        wallet.CopyTo(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
    }
}
