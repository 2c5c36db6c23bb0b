using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>One executed order, as feeds and the Data API show it.</summary>
internal sealed record TradeRow(FillTx Tx, TradeLeg Leg, bool IsTaker)
{
    public SimMarket Market => Tx.Market;

    /// <summary>pUSD per share, six decimals; fills are off the grid.</summary>
    public decimal Price => Leg.Size == 0 ? 0 : Trim(decimal.Round((decimal)Leg.Cash / Leg.Size, 6));

    public decimal Size => Trim(new Shares(Leg.Size).ToDecimal());

    public decimal Cash => Trim(new Usdc(Leg.Cash).ToDecimal());

    /// <summary>The taker first, then whom he met.</summary>
    public static IEnumerable<TradeRow> Of(FillTx tx)
    {
        yield return new TradeRow(tx, tx.Taker, true);
        foreach (var maker in tx.Makers)
            yield return new TradeRow(tx, maker, false);
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
        Span<byte> bytes = stackalloc byte[Address.Size];
        wallet.CopyTo(bytes);
        var hash = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
        return $"{Firsts[hash % 16]}-{Seconds[hash / 16 % 16]}";
    }
}
