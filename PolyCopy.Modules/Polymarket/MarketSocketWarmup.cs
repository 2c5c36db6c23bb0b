using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Reads made-up messages before the first connection, so that the reader is compiled when real ones come.</summary>
internal static class MarketSocketWarmup
{
    private static readonly Lazy<int> Messages = new(Read);

    /// <summary>Once a process.</summary>
    public static void Once() => _ = Messages.Value;

    private static int Read()
    {
        var frames = new MarketSocketFrames(new MarketSocketScanner(new Nobody()));
        var read = 0;
        ReadOnlySpan<byte[]> messages =
        [
            """[{"event_type":"book","market":"0x","asset_id":"1","timestamp":"1791258810641","hash":"00","bids":[{"price":"0.44","size":"100"}],"asks":[{"price":"0.46","size":"8.5"}],"min_order_size":"5","tick_size":"0.01","neg_risk":false}]"""u8.ToArray(),
            """{"market":"0x","price_changes":[{"asset_id":"1","price":"0.74","size":"900.25","side":"BUY","hash":"00","best_bid":"0.74","best_ask":"0.75"}],"timestamp":"1791258811053","event_type":"price_change"}"""u8.ToArray(),
            """{"event_type":"price_change","timestamp":"1791258811053","price_changes":[{"side":"SELL","asset_id":"1","price":".5","size":"9e-6","best_bid":"","best_ask":"1"}]}"""u8.ToArray(),
            """{"event_type":"last_trade_price","market":"0x","asset_id":"1","price":"0.456","size":"50","side":"BUY","timestamp":"1791258811621"}"""u8.ToArray(),
            "PONG"u8.ToArray(),
        ];
        foreach (var message in messages)
        {
            byte[] frame = message.Length < 126 ? [0x81, (byte)message.Length, .. message] : [0x81, 126, (byte)(message.Length >> 8), (byte)message.Length, .. message];
            frame.CopyTo(frames.Free);
            read += frames.Add(frame.Length);
        }
        return read;
    }

    private sealed class Nobody : IMarketSink
    {
        public void Begin() { }
        public void End(int frames) { }
        public int Find(ReadOnlySpan<byte> token) => 0;
        public void Book(in BookMessage book) { }
        public void Changes(ReadOnlySpan<LevelChange> changes, long venueMs) { }
        public void Trade(int token, Price price, long venueMs) { }
        public void TickSize(int token, Price tick, long venueMs) { }
        public void Resolved(ReadOnlySpan<byte> conditionId, ReadOnlySpan<byte> winner) { }
        public void Pong() { }
        public void Notice(ReadOnlySpan<byte> text) { }
        public void Malformed(ReadOnlySpan<byte> message) { }
    }
}
