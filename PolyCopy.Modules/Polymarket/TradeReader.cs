using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>A trade as RTDS (camelCase) and the Data API (snake_case) write it.</summary>
internal static class TradeReader
{
    public static Names Camel { get; } = new("proxyWallet", "transactionHash", ["asset", "tokenId"], "conditionId");

    public static Names Snake { get; } = new("proxy_wallet", "transaction_hash", ["token_id", "asset"], "condition_id");

    private static readonly System.Diagnostics.Metrics.Counter<long> Combos = Meters.Instance.CreateCounter<long>("polycopy.feeds.combo_trades");

    /// <summary>Null when something a trade needs is missing, and for combos, which are no market's trades (62-digit condition ids that begin with 03).</summary>
    public static FeedTrade? Read(JsonElement row, Names names, string wallet, string type)
    {
        var condition = row.Text(names.Condition);
        if (condition is { Length: 64 } && condition.StartsWith("0x03", StringComparison.OrdinalIgnoreCase))
        {
            Combos.Add(1);
            return null;
        }
        TokenId? token = null;
        foreach (var name in names.Token)
            token ??= row.Token(name);
        if (token is not { } known || row.Text(names.Transaction) is not { Length: 66 } transaction || row.Micros("size") is not { } micros || micros == 0
            || row.Decimal("price") is not { } price || price is < 0 or > 1 || row.Date("timestamp") is not { } at)
            return null;
        Side? side = row.Text("side")?.ToUpperInvariant() switch { "BUY" => Side.Buy, "SELL" => Side.Sell, _ => null };
        if (side is null)
            return null;
        return new FeedTrade(wallet, transaction.ToLowerInvariant(), known, Wire.Condition(condition), row.Text("outcome", 100), side.Value, new Shares(micros), price, 0, type, at, row.Text("name", 60));
    }

    /// <param name="Token">In order of preference.</param>
    internal sealed record Names(string Wallet, string Transaction, IReadOnlyList<string> Token, string Condition);
}
