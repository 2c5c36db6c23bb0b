using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The venue's rules about an order itself: whose it is, what was signed, and whether price, size and precision are allowed (facts 2.3, 2.5, 2.11).</summary>
internal sealed class OrderJudge(FaultBoard faults)
{
    /// <summary>GTD orders die this long before their expiration, and must be posted at least this long before it.</summary>
    public const int SecurityThresholdSeconds = 60;

    private const long MaxUnixSeconds = 253_402_300_799; // the year 9999
    private const long Cent = 10_000;           // micro-units of 2 decimals
    private const long TenThousandth = 100;     // micro-units of 4 decimals

    /// <summary>The signature's recovery is the expensive part: call this without holding the gate.</summary>
    /// <returns>The order's id; or the id as far as it is known, and the refusal.</returns>
    public (string? Id, string? Error) Identify(PostedOrder posted, ApiKey key, Account account, SimMarket market)
    {
        var order = posted.Order;
        if (posted.Owner != key.Id)
            return (null, VenueErrors.NotYourKey);
        if (order.SignatureType == SignatureType.Eoa)
            return (null, order.Maker == account.Address ? VenueErrors.UseDepositWallet : VenueErrors.NotYourSigner);
        var wallets = account.WalletsOf(order.SignatureType);
        if (!wallets.Contains(order.Maker) || order.Signer != (order.SignatureType == SignatureType.DepositWallet ? order.Maker : account.Address))
            return (null, VenueErrors.NotYourSigner);

        var version = faults.Hit("F35", FaultCatalogue.Clob) is not null || market.Version == "v2" ? 3 : 2;
        var exchange = Exchanges.For(Exchanges.Polygon, version, market.NegRisk);
        var id = OrderSigner.OrderHash(order, exchange).ToString();
        if (OrderSigner.RecoverSigner(order, exchange, posted.Signature).Try(out var signer, out _) && signer == account.Address)
            return (id, null);
        return (id, SignedForOtherVersion(posted, account, version) ? VenueErrors.VersionMismatch
            : order.SignatureType == SignatureType.Proxy ? VenueErrors.InvalidProxySignature
            : VenueErrors.InvalidSignature);
    }

    /// <summary>Kind, expiry, precision, tick and minimum.</summary>
    /// <param name="price">The order's price on the market's grid.</param>
    /// <returns>The refusal, or null.</returns>
    public string? Judge(PostedOrder posted, string id, Price tick, int minimum, DateTimeOffset now, out int price)
    {
        price = 0;
        var isMarket = posted.Kind is OrderKind.FOK or OrderKind.FAK;
        if (posted.PostOnly && isMarket)
            return VenueErrors.InvalidPayload;
        var expiration = posted.Order.ExpirationSeconds;
        if (posted.Kind == OrderKind.GTD ? ExpiresAt(posted.Kind, expiration) <= now : expiration != 0)
            return VenueErrors.InvalidExpiration;
        var side = posted.Order.Side;
        var (shares, cash) = side == Side.Buy ? (posted.TakerAmount, posted.MakerAmount) : (posted.MakerAmount, posted.TakerAmount);
        if (isMarket)
        {
            if (posted.MakerAmount % Cent != 0 || posted.TakerAmount % TenThousandth != 0)
                return VenueErrors.MarketAmounts(side);
        }
        else
        {
            var decimals = faults.Hit("F31", FaultCatalogue.Clob) is null ? AmountDecimals(tick) : 4;
            if (shares % Cent != 0 || cash % Unit(decimals) != 0)
                return VenueErrors.LimitAmounts(side, decimals);
        }
        price = Nearest(cash, shares, tick);
        // The amounts of a market order were cut to four decimals, so they imply the price only to within that much; a limit order's are exact.
        var slack = !isMarket ? Price.Scale : TenThousandth * (side == Side.Buy ? price : Price.Scale);
        if (Int128.Abs((Int128)cash * Price.Scale - (Int128)price * shares) > slack || !new Price(price).IsOnTick(tick))
            return VenueErrors.BreaksTick(id, ImpliedText(cash, shares), tick);
        return !isMarket && shares < minimum * Shares.Scale ? VenueErrors.TooSmall(id, shares, minimum) : null;
    }

    /// <summary>The order as the matching engine takes it.</summary>
    public static EngineOrder ForEngine(PostedOrder posted, string id, int tokenIndex) => new(
        id, posted.Order.Maker.ToLower(), tokenIndex, posted.Order.Side, posted.MakerAmount, posted.TakerAmount,
        posted.Kind switch { OrderKind.FOK => TimeInForce.Fok, OrderKind.FAK => TimeInForce.Fak, OrderKind.GTD => TimeInForce.Gtd, _ => TimeInForce.Gtc },
        posted.PostOnly, ExpiresAt(posted.Kind, posted.Order.ExpirationSeconds));

    /// <summary>When a GTD order really ends.</summary>
    public static DateTimeOffset? ExpiresAt(OrderKind kind, long expiration) =>
        kind == OrderKind.GTD ? DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(expiration - SecurityThresholdSeconds, 0, MaxUnixSeconds)) : null;

    private static bool SignedForOtherVersion(PostedOrder posted, Account account, int version)
    {
        var other = version == 3 ? 2 : 3;
        foreach (var negRisk in (bool[])[false, true])
        {
            if (OrderSigner.RecoverSigner(posted.Order, Exchanges.For(Exchanges.Polygon, other, negRisk), posted.Signature).Try(out var signer, out _) && signer == account.Address)
                return true;
        }
        return false;
    }

    // 0.1: 3, 0.01: 4, 0.005 and 0.001: 5, 0.0025 and 0.0001: 6 (facts 2.5).
    private static int AmountDecimals(Price tick)
    {
        var decimals = 4;
        for (var units = tick.TenThousandths; decimals > 1 && units % 10 == 0; units /= 10)
            decimals--;
        return decimals + 2;
    }

    private static long Unit(int decimals)
    {
        var unit = Usdc.Scale;
        for (var i = 0; i < decimals; i++)
            unit /= 10;
        return unit;
    }

    private static int Nearest(long cash, long shares, Price tick)
    {
        var step = (Int128)shares * tick.TenThousandths;
        var ticks = ((Int128)cash * Price.Scale + step / 2) / step;
        return (int)Int128.Min(ticks * tick.TenThousandths, int.MaxValue);
    }

    private static string ImpliedText(long cash, long shares) =>
        decimal.Round((decimal)cash / shares, 6).ToString("0.######", System.Globalization.CultureInfo.InvariantCulture);
}
