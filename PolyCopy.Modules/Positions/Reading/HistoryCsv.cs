using System.Globalization;
using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions.Ledger;

namespace PolyCopy.Modules.Positions.Reading;

/// <summary>A wallet's ledger as CSV (RFC 4180): times in UTC, numbers with a point, money in and out of the wallet signed.</summary>
internal static class HistoryCsv
{
    private const string Header = "time,kind,market,outcome,shares,price,amount_usd,fee_usd,realised_pnl_usd,origin,venue,order_hash,trade_id,transaction,reason";

    public static string Write(IEnumerable<LedgerRow> rows, string venue, Func<string, string?> question)
    {
        var csv = new StringBuilder(Header).Append("\r\n");
        foreach (var r in rows)
            csv.AppendJoin(',',
            [
                DateTime.SpecifyKind(r.At, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                r.Kind != LedgerKinds.Trade ? Text(r.Kind) : r.Shares > 0 ? "buy" : "sell",
                Text(r.MarketId is { } id ? question(id) ?? id : null), Text(r.Outcome),
                Micros(r.Shares), r.Shares == 0 ? "" : decimal.Round(Math.Abs(r.Usdc / (decimal)r.Shares), 6).ToString("0.######", CultureInfo.InvariantCulture),
                Micros(r.Usdc), Micros(r.Fee), Micros(r.Realised), Text(r.Origin), Text(venue), Text(r.OrderHash), Text(r.TradeId), Text(r.TransactionHash), Text(r.Reason),
            ]).Append("\r\n");
        return csv.ToString();
    }

    private static string Micros(long micros) => (micros / 1_000_000m).ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>Foreign text in a cell. A spreadsheet takes what begins like a formula for one, also between quotes: an apostrophe makes it text.</summary>
    /// <remarks>owasp.org/www-community/attacks/CSV_Injection, 2026-11: = + - @, and their full-width forms.</remarks>
    private static string Text(string? foreign)
    {
        var text = ForeignText.Clean(foreign, 500);
        if (text.Length > 0 && "=+-@\uFF1D\uFF0B\uFF0D\uFF20".Contains(text[0]))
            text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
