using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>What an order would get from a book at prices up to its worst.</summary>
/// <param name="Worst">The last level touched; null when nothing would match.</param>
/// <param name="Complete">All of it would match.</param>
internal readonly record struct BookWalk(Shares Shares, Usdc Collateral, Usdc Fee, Price? Worst, bool Complete)
{
    /// <summary>Takes a number of shares.</summary>
    public static BookWalk ForShares(BookSnapshot book, Side side, Shares wanted, Price worst, FeeSchedule fees) => Walk(book, side, wanted.Micros, null, worst, fees);

    /// <summary>Spends (BUY) or brings in (SELL) an amount of pUSD, without fees.</summary>
    public static BookWalk ForCash(BookSnapshot book, Side side, Usdc cash, Price worst, FeeSchedule fees) => Walk(book, side, null, cash.Micros, worst, fees);

    public decimal? Average => Shares == Shares.Zero ? null : Collateral.Micros / (decimal)Shares.Micros;

    private static BookWalk Walk(BookSnapshot book, Side side, long? shares, long? cash, Price worst, FeeSchedule fees)
    {
        var (got, moved, fee) = (0L, 0L, 0L);
        Price? last = null;
        foreach (var level in side == Side.Buy ? book.Asks : book.Bids)
        {
            if (side == Side.Buy ? level.Price > worst : level.Price < worst)
                break;
            if (level.Price <= Price.Zero || level.Size <= Shares.Zero)
                continue;
            var take = level.Size.Micros;
            if (shares is { } wanted)
                take = Math.Min(take, wanted - got);
            if (cash is { } budget)
                take = Math.Min(take, (long)Int128.Min(long.MaxValue, (Int128)(budget - moved) * Price.Scale / level.Price.TenThousandths));
            if (take <= 0)
                break;
            var value = (long)((Int128)take * level.Price.TenThousandths / Price.Scale);
            got += take;
            moved += value;
            fee += fees.On(new Shares(take), level.Price).Micros;
            last = level.Price;
        }
        // a cent of cash or of a share is what rounding leaves
        var complete = shares is { } all ? got >= all : moved + 10_000 > cash;
        return new BookWalk(new Shares(got), new Usdc(moved), new Usdc(fee), last, complete && got > 0);
    }
}
