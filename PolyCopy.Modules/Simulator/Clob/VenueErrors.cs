using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Accounts;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The venue's refusals, word for word (facts 2.10 and 2.11).</summary>
internal static class VenueErrors
{
    public const string InvalidPayload = "Invalid order payload";
    public const string NotYourKey = "the order owner has to be the owner of the API KEY";
    public const string NotYourSigner = "the order signer address has to be the address of the API KEY";
    public const string UseDepositWallet = "maker address not allowed, please use the deposit wallet flow";
    public const string NoDepositWallet = "no deposit wallet found for owner";
    public const string InvalidSignature = "invalid signature";
    public const string InvalidProxySignature = "invalid POLY_PROXY signature";
    public const string VersionMismatch = "order_version_mismatch";
    public const string InvalidExpiration = "invalid expiration";
    public const string NotReady = "the market is not yet ready to process new orders";
    public const string PostOnlyCrosses = "invalid post-only order: order crosses book";
    public const string FokKilled = "order couldn't be fully filled. FOK orders are fully filled or killed.";
    public const string FakKilled = "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.";
    public const string MatchDelayed = "order match delayed due to market conditions";
    public const string Unauthorized = "Unauthorized/Invalid api key";
    public const string InvalidL1 = "Invalid L1 Request headers";
    public const string CannotCreateKey = "Could not create api key";
    public const string CannotDeriveKey = "Could not derive api key!";
    public const string InvalidOrderId = "Invalid orderID";
    public const string InvalidOrderParams = "invalid order params payload";
    public const string InvalidTradeParams = "Invalid trade params payload";
    public const string PostOnlyMode = "post-only mode: only post-only orders and cancels are allowed";
    public const string CancelOnlyMode = "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.";
    public const string TradingDisabled = "Trading is currently disabled. Check polymarket.com for updates";
    public const string ServiceNotReady = "Service is not ready";
    public const string CouldNotRun = "could not run the execution";
    public const string AlreadyDone = "already canceled or matched";

    public static string TooMany(int count, int max) => $"Too many orders in payload: {count}, max allowed: {max}";

    public static string NoOrderbook(TokenId token) => $"the orderbook {token} does not exist";

    public static string Duplicated(string id) => $"order {id} is invalid. Duplicated.";

    public static string BreaksTick(string id, string price, Price tick) => $"order {id} is invalid. Price ({price}) breaks minimum tick size rule: {tick}";

    public static string TooSmall(string id, long size, int minimum) => $"order {id} is invalid. Size ({Wire.Amount(size)}) lower than the minimum: {minimum}";

    public static string TooCheap(long notional) => $"invalid amount for a marketable BUY order (${Wire.Amount(notional)}), min size: $1";

    public static string MarketAmounts(Side side) =>
        $"invalid amounts, the market {(side == Side.Buy ? "buy" : "sell")} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals";

    /// <summary>A limit order's cap is on the pUSD side: price decimals plus two.</summary>
    public static string LimitAmounts(Side side, int decimals) => side == Side.Buy
        ? $"invalid amounts, the buy orders maker amount supports a max accuracy of {decimals} decimals, taker amount a max of 2 decimals"
        : $"invalid amounts, the sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of {decimals} decimals";

    /// <summary>The long form, with what is promised already when something is.</summary>
    public static string NotEnough(long balance, long active, long matched, long amount) => (active, matched) switch
    {
        (0, 0) => $"not enough balance / allowance: the balance is not enough -> balance: {balance}, order amount: {amount}",
        (0, _) => $"not enough balance / allowance: the balance is not enough -> balance: {balance}, sum of matched orders: {matched}, order amount (inc. fees): {amount}",
        _ => $"not enough balance / allowance: the balance is not enough -> balance: {balance}, sum of active orders: {active}, sum of matched orders: {matched}, order amount (inc. fees): {amount}",
    };
}
