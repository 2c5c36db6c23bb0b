using System.Text;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Reading;

namespace PolyCopy.Tests.Positions;

public class HistoryCsvTests
{
    [Fact]
    public void A_sale_is_a_row_with_signs_and_six_decimals()
    {
        var csv = HistoryCsv.Write([Row("Will it rain?")], "demo", m => m);

        csv.Should().StartWith("time,kind,market,outcome,shares,price,amount_usd,fee_usd,realised_pnl_usd,").And.EndWith("\r\n");
        Parse(csv)[1][..11].Should().Equal("2026-11-23T01:02:03Z", "sell", "Will it rain?", "Yes", "-20.5", "0.570001", "11.685021", "0.02", "-1.25", "exit", "demo");
    }

    [Theory]
    [InlineData("=HYPERLINK(\"http://evil\",\"win\")", "'=HYPERLINK(\"http://evil\",\"win\")")]
    [InlineData("+1+1|cmd", "'+1+1|cmd")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'=1")]
    [InlineData("\r\n=1", "'=1")]
    [InlineData("\u202E=1", "'=1")]
    [InlineData("\uFF1D1", "'\uFF1D1")]
    [InlineData("a,b\"c\"\r\nd", "a,b\"c\" d")]
    [InlineData("plain = fine", "plain = fine")]
    public void Foreign_text_stays_one_cell_and_is_no_formula(string hostile, string cell)
    {
        var rows = Parse(HistoryCsv.Write([Row(hostile), Row("next")], "demo", m => m));

        rows.Should().HaveCount(3);
        rows.Should().OnlyContain(r => r.Count == 15);
        (rows[1][2], rows[1][3], rows[1][14]).Should().Be((cell, "Yes", cell));
        rows[2][2].Should().Be("next");
    }

    private static LedgerRow Row(string text) => new()
    {
        Id = Guid.Empty,
        UserId = 1,
        WalletId = Guid.Empty,
        Kind = LedgerKinds.Trade,
        MarketId = text,
        Outcome = "Yes",
        Shares = -20_500_000,
        Usdc = 11_685_021,
        Fee = 20_000,
        Realised = -1_250_000,
        TradeId = "t1",
        Origin = "exit",
        Reason = text,
        At = new DateTime(2026, 11, 23, 1, 2, 3, DateTimeKind.Utc),
    };

    /// <summary>RFC 4180, read strictly.</summary>
    private static List<List<string>> Parse(string csv)
    {
        var (rows, row, cell, quoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < csv.Length; i++)
        {
            if (quoted && csv[i] == '"' && i + 1 < csv.Length && csv[i + 1] == '"')
                cell.Append(csv[i++]);
            else if (csv[i] == '"')
                quoted = !quoted;
            else if (!quoted && csv[i] is ',' or '\r')
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (csv[i] != '\r')
                    continue;
                csv[++i].Should().Be('\n');
                rows.Add(row);
                row = [];
            }
            else
                cell.Append(csv[i]);
        }
        (quoted, cell.Length).Should().Be((false, 0));
        return rows;
    }
}
