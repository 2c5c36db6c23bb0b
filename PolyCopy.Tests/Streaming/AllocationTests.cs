using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Tests.Streaming;

public class AllocationTests
{
    private const int Messages = 100_000;
    private const int Parts = 5;

    [Fact]
    public void A_hundred_thousand_messages_allocate_nothing()
    {
        var counted = new Counting();
        var path = new TickPath(counted);
        var frames = new MarketSocketFrames(new MarketSocketScanner(path.Epoch));
        Feed(frames, path, Frame($"[{ScannerTests.Book(path.Tokens[0].Digits)},{ScannerTests.Book(path.Tokens[1].Digits)}]"));
        // Two messages that undo each other, so that the book stays as it is; then a print.
        var round = Frame(Both(path, "0.7", "31.5", "0.74", "0.75")).Concat(Frame(Both(path, "0.7", "0", "0.74", "0.75"))).Concat(Frame(
            $$"""{"event_type":"last_trade_price","asset_id":"{{path.Tokens[0]}}","price":"0.74","size":"5","side":"BUY","timestamp":"1791258811053"}""")).ToArray();
        for (var warm = 0; warm < 2_000; warm++)
            Feed(frames, path, round);

        // What the runtime itself allocates now and then (a method that is compiled anew) is in one part only; a message's own would be in each.
        var least = long.MaxValue;
        for (var part = 0; part < Parts; part++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var sent = 0; sent < Messages / Parts; sent += 3)
                Feed(frames, path, round);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        least.Should().Be(0);
        counted.Quotes.Should().BeGreaterThan(2 * Messages);
        path.Counters.Errors.Should().Be(0);
        path.Board.Read(path.Slots[0]).Trust.Should().Be(QuoteTrust.Live);
    }

    [Fact]
    public void A_token_that_is_not_followed_costs_less_than_150_bytes_on_the_board()
    {
        const int count = 200_000;
        var tokens = Enumerable.Range(0, count).Select(i => TokenId.Parse($"71321045679252212594626385532706912750332728571942532289631379312455583{i:000000}")).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var board = new QuoteBoard();
        foreach (var token in tokens)
            board.Slot(token, new Shares(5 * Shares.Scale));
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count;
        board.Slot(tokens[^1], Shares.Zero).Should().Be(count - 1);
        bytes.Should().BeLessThan(150);
        GC.KeepAlive(tokens);
    }

    private static string Both(TickPath path, string price, string size, string bid, string ask) =>
        $$"""{"market":"0xab","price_changes":[{"asset_id":"{{path.Tokens[0]}}","price":"{{price}}","size":"{{size}}","side":"BUY","hash":"00","best_bid":"{{bid}}","best_ask":"{{ask}}"},{"asset_id":"{{path.Tokens[1]}}","price":"{{price}}","size":"{{size}}","side":"BUY","hash":"00","best_bid":"{{bid}}","best_ask":"{{ask}}"}],"timestamp":"1791258811053","event_type":"price_change"}""";

    private static void Feed(MarketSocketFrames frames, TickPath path, byte[] bytes)
    {
        bytes.CopyTo(frames.Free);
        path.Epoch.Begin();
        path.Epoch.End(frames.Add(bytes.Length));
    }

    private static byte[] Frame(string message)
    {
        var payload = Encoding.UTF8.GetBytes(message);
        return payload.Length < 126 ? [0x81, (byte)payload.Length, .. payload] : [0x81, 126, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];
    }

    private sealed class Counting : IQuoteListener
    {
        public long Quotes { get; private set; }

        public int Order => 0;

        public void OnQuote(in Quote quote) => Quotes++;
    }
}
