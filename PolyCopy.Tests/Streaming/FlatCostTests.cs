using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;

namespace PolyCopy.Tests.Streaming;

/// <summary>The whole tick path, exits and P&amp;L included, with one position on the token and with a hundred thousand.</summary>
public class FlatCostTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_tick_that_crosses_nothing_does_the_same_work_however_many_positions_there_are(int positions)
    {
        var exits = new ExitBook(TimeProvider.System);
        var board = new QuoteBoard();
        var pnl = new PnlBoard(board);
        var path = new TickPath(board, exits, pnl);
        var token = path.Tokens[0];
        var slot = exits.Slot(path.Slots[0], token);
        for (var i = 0; i < positions; i++)
        {
            var id = Ids.New(TimeProvider.System);
            pnl.Apply(new OpenPosition(
                id, i, id, "7", token, "Yes", "active", "manual", Wire.S("100"), Shares.Zero, Wire.S("100"), Wire.S("100"), new Usdc(40_000_000), Usdc.Zero, Usdc.Zero, 1, default));
            var kind = i % 2 == 0 ? ExitKind.TakeProfit : ExitKind.StopLoss;
            exits.Add(new ArmedExit(id, 0, i, id, id, "7", token, slot, kind) { Trigger = Wire.P(kind == ExitKind.TakeProfit ? "0.9" : "0.1") }, ExitState.Armed);
        }
        pnl.Drain(_ => path.Tokens);
        var scanner = new MarketSocketScanner(path.Epoch);
        Send(ScannerTests.Book(token.Digits), ScannerTests.Book(path.Tokens[1].Digits));
        var up = Wire.Change(token, "BUY", "0.745", "50", "0.745", "0.75");
        var down = Wire.Change(token, "BUY", "0.745", "0", "0.74", "0.75");
        for (var i = 0; i < 100; i++)
            Send(up, down);

        var steps = slot.Steps;
        var bytes = Measure();
        slot.Steps.Should().Be(steps, "no exit is looked at");
        bytes.Should().Be(0);
        exits.Firings.Count.Should().Be(0);
        path.Board.Read(path.Slots[0]).Trust.Should().Be(QuoteTrust.Live);

        long Measure()
        {
            var prepared = new[] { up, down }.Select(Prepare).ToArray();
            SendPrepared(prepared, 10);
            var before = GC.GetAllocatedBytesForCurrentThread();
            SendPrepared(prepared, 2_000);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Send(params string[] messages) => SendPrepared([.. messages.Select(Prepare)], 1);

        static byte[] Prepare(string message) => [.. Encoding.UTF8.GetBytes(message), .. new byte[MarketSocketScanner.Slack]];

        unsafe void SendPrepared(byte[][] messages, int times)
        {
            path.Epoch.Begin();
            for (var i = 0; i < times; i++)
            {
                foreach (var message in messages)
                    fixed (byte* start = message)
                        scanner.Scan(start, message.Length - MarketSocketScanner.Slack);
            }
            path.Epoch.End(times * messages.Length);
        }
    }
}
