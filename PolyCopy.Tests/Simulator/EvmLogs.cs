using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace PolyCopy.Tests.Simulator;

/// <summary>A log as a reader of the chain sees it: facts on-chain 6 and nothing of the simulator's own code.</summary>
internal sealed record EvmLog(string Address, string[] Topics, BigInteger[] Words, string TransactionHash, string BlockHash, long Block, long Index, bool Removed)
{
    public const string OrderFilled = "0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee";
    public const string OrderFilledV1 = "0xd0a08e8c493f9c94f29311604c9de1b4e8c8d4c06bd0c789af57f2d65bfec0f6";
    public const string OrdersMatched = "0x174b3811690657c217184f89418266767c87e4805d09680c39fc9c031c0cab7c";
    public const string FeeCharged = "0x55bb3cade9d43b798a4fe5ffdd05024b2d7870df53920673bfc7e68047cd0ab1";
    public const string TransferSingle = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62";
    public const string TransferBatch = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb";

    public static EvmLog Read(JsonElement log)
    {
        var data = log.GetProperty("data").GetString()![2..];
        return new EvmLog(
            log.GetProperty("address").GetString()!, [.. log.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()!)],
            [.. Enumerable.Range(0, data.Length / 64).Select(i => BigInteger.Parse("0" + data.Substring(64 * i, 64), NumberStyles.HexNumber, CultureInfo.InvariantCulture))],
            log.GetProperty("transactionHash").GetString()!, log.GetProperty("blockHash").GetString()!, Number(log.GetProperty("blockNumber")), Number(log.GetProperty("logIndex")), log.GetProperty("removed").GetBoolean());
    }

    public static long Number(JsonElement quantity) => long.Parse(quantity.GetString()!.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static string Topic(string address) => "0x" + address[2..].ToLowerInvariant().PadLeft(64, '0');

    public string Account(int topic) => "0x" + Topics[topic][26..];
}

/// <summary>A leader's fill, read by the rules of facts on-chain 6.</summary>
internal sealed record EvmFill(string Leader, bool IsTaker, string Side, string Token, BigInteger Collateral, BigInteger Shares, BigInteger Fee, string OrderHash, string Transaction, long LogIndex)
{
    private static readonly string[] V1 = ["0x4bfb41d5b3570defd03c39a9a4d8de6bd8b8982e", "0xc5d563a36ae78145c45a50134d48a1215220f80a"];
    private static readonly string[] Newer = ["0xe111180000d2663c0091e4f400237545b87b996b", "0xe2222d279d744050d28e00520010520000310f59", "0xe3333700ca9d93003f00f0f71f8515005f6c00aa"];

    public static List<EvmFill> Of(IEnumerable<EvmLog> logs, params string[] watched)
    {
        var fills = new List<EvmFill>();
        foreach (var log in logs)
        {
            var isV1 = V1.Contains(log.Address) && log.Topics[0] == EvmLog.OrderFilledV1;
            if (!isV1 && !(Newer.Contains(log.Address) && log.Topics[0] == EvmLog.OrderFilled))
                continue;
            if (log.Topics.Length != 4 || !watched.Contains(log.Account(2), StringComparer.OrdinalIgnoreCase))
                continue;
            var isTaker = log.Account(3) == log.Address;
            var w = log.Words;
            var buys = isV1 ? w[0].IsZero : w[0].IsZero;
            var (token, given, got, fee) = isV1 ? (buys ? w[1] : w[0], w[2], w[3], w[4]) : (w[1], w[2], w[3], w[4]);
            fills.Add(new EvmFill(log.Account(2), isTaker, buys ? "BUY" : "SELL", token.ToString(CultureInfo.InvariantCulture), buys ? given : got, buys ? got : given, fee, log.Topics[1], log.TransactionHash, log.Index));
        }
        return fills;
    }
}
