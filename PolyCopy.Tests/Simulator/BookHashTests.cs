using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Matching;

namespace PolyCopy.Tests.Simulator;

public class BookHashTests
{
    [Fact]
    public void A_book_is_written_key_by_key_and_hashed_over_that_text()
    {
        var book = new BookJson("0xaa", "123", 1791258810641,
            ([new BookRow(7400, 850_250_000), new BookRow(100, 1_500_000_000)], [new BookRow(7500, 220_000_001), new BookRow(9900, 5_000_000_000)]), 5, new Price(100), true, "0.74");

        book.Hash.Should().Be("dc89a44d0db85f5660b79ee4fe9404cca2406c9b", "sha1sum of the same text with an empty hash");
        book.Text().Should().Be($$"""{"market":"0xaa","asset_id":"123","timestamp":"1791258810641","hash":"{{book.Hash}}","bids":[{"price":"0.01","size":"1500"},{"price":"0.74","size":"850.25"}],"asks":[{"price":"0.99","size":"5000"},{"price":"0.75","size":"220.000001"}],"min_order_size":"5","tick_size":"0.01","neg_risk":true,"last_trade_price":"0.74"}""");
    }

    [Fact]
    public void Recorded_books_are_reproduced_byte_by_byte()
    {
        if (Environment.GetEnvironmentVariable("POLYCOPY_FIXTURES") is not { Length: > 0 } folder)
            return;
        foreach (var file in Directory.GetFiles(folder, "clob_book*.json", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file).Trim();
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            string Member(string name) => root.GetProperty(name).GetString()!;
            List<BookRow> Rows(string name) => [.. root.GetProperty(name).EnumerateArray().Reverse().Select(Row)];

            var book = new BookJson(Member("market"), Member("asset_id"), long.Parse(Member("timestamp")), (Rows("bids"), Rows("asks")),
                int.Parse(Member("min_order_size")), PriceOf(Member("tick_size")), root.GetProperty("neg_risk").GetBoolean(), Member("last_trade_price"));

            book.Hash.Should().Be(Member("hash"));
            book.Text().Should().Be(text);
        }
    }

    private static BookRow Row(JsonElement level)
    {
        Shares.TryParse(level.GetProperty("size").GetString(), out var size).Should().BeTrue();
        return new BookRow(PriceOf(level.GetProperty("price").GetString()!).TenThousandths, size.Micros);
    }

    private static Price PriceOf(string text)
    {
        Price.TryParse(text, out var price).Should().BeTrue();
        return price;
    }
}
