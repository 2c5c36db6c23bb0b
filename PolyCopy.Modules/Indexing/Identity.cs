using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing;

/// <summary>What makes a trade the same trade whoever tells it: transaction, wallet, token, side, micro-shares, and the how-manieth such fill of the transaction. No price: sources round it.</summary>
internal static class Identity
{
    /// <summary>32 hexadecimal digits.</summary>
    public static string Trade(string transaction, string wallet, TokenId token, Side side, long shares, int occurrence) =>
        Short(string.Create(CultureInfo.InvariantCulture, $"{transaction}|{wallet}|{token.Digits}|{(side == Side.Buy ? "BUY" : "SELL")}|{shares}|{occurrence}"));

    public static string Transfer(string transaction, string wallet, TokenId token) => Short($"{transaction}|{wallet}|{token.Digits}");

    /// <summary>Two leaders may be given whose wallet is the same: each has his own row of it.</summary>
    public static string Of(string key, string leader, string wallet) => leader == wallet ? key : $"{key}-{leader[2..10]}";

    private static string Short(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
