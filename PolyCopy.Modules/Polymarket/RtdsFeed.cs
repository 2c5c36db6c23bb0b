using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket;

/// <summary>The venue's live trades over one connection.</summary>
/// <remarks>
/// What recordings of 2026 teach: each subscription in a frame of its own, for a bad one poisons its whole array; "action" must be there; no filter, for a space in it
/// silences everything and there is none by wallet; a text PING every 5 s, or the feed stops after 360 s; no answer proves life but trades themselves.
/// </remarks>
internal sealed partial class RtdsFeed(IVenueEndpoints endpoints, TimeProvider clock, ILogger<RtdsFeed> logger) : ITradeFeed
{
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(30);
    private static readonly byte[][] Subscriptions =
    [
        """{"action":"subscribe","subscriptions":[{"topic":"activity","type":"trades"}]}"""u8.ToArray(),
        """{"action":"subscribe","subscriptions":[{"topic":"activity","type":"orders_matched"}]}"""u8.ToArray(),
    ];
    private static readonly System.Diagnostics.Metrics.Counter<long> Frames = Meters.Instance.CreateCounter<long>("polycopy.rtds.frames");
    private static readonly System.Diagnostics.Metrics.Counter<long> Unread = Meters.Instance.CreateCounter<long>("polycopy.rtds.unread_frames");

    public async Task<string> RunAsync(ITradeFeedListener listener, CancellationToken ct)
    {
        using var socket = new VenueSocket(clock);
        try
        {
            await socket.OpenAsync(endpoints.Rtds, Subscriptions, TimeSpan.Zero, ct);
            await socket.HoldAsync(ct, stop => ReadAsync(socket, listener, stop), stop => socket.PingAsync(PingPeriod, SilentAfter, stop));
            return "stopped";
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return "stopped";
        }
        catch (Exception e) when (VenueSocket.Reason(e) is not null)
        {
            return VenueSocket.Reason(e)!;
        }
    }

    private async Task ReadAsync(VenueSocket socket, ITradeFeedListener listener, CancellationToken ct)
    {
        var numbers = new Numbers();
        while (true)
        {
            var frame = await socket.ReadAsync(ct);
            Frames.Add(1);
            if (frame.Length > 4 && frame.Span[0] == (byte)'{') // else "", PONG or a notice
                Read(frame, listener, socket, numbers);
        }
    }

    private void Read(ReadOnlyMemory<byte> frame, ITradeFeedListener listener, VenueSocket socket, Numbers numbers)
    {
        try
        {
            using var json = JsonDocument.Parse(frame);
            var root = json.RootElement;
            if (root.Long("statusCode") is { } status and not 200)
            {
                Log.Refused(logger, status, ForeignText.Clean(root.Field("body")?.Text("message")));
                return;
            }
            if (root.Text("type") is not ("trades" or "orders_matched") || root.Field("payload") is not { ValueKind: JsonValueKind.Object } payload)
                return;
            var type = root.Text("type")!;
            socket.Alive();
            listener.Alive(type);
            if (payload.Text("proxyWallet")?.ToLowerInvariant() is not { } wallet || !listener.Wants(wallet))
                return;
            if (TradeReader.Read(payload, TradeReader.Camel, wallet, type) is not { } trade)
            {
                Unread.Add(1);
                return;
            }
            listener.Trade(trade with { Occurrence = numbers.Next((trade.Transaction, wallet, trade.Token, trade.Side, trade.Shares, type)) });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Unread.Add(1);
        }
    }

    /// <summary>Tells identical fills of one transaction apart. They come close together, so what was seen long ago is forgotten.</summary>
    internal sealed class Numbers
    {
        public const int Remembered = 5_000;
        private Dictionary<(string, string, TokenId, Side, Shares, string), int> _recent = [];
        private Dictionary<(string, string, TokenId, Side, Shares, string), int> _before = [];

        public int Count => _recent.Count + _before.Count;

        /// <returns>How many such fills came before this one.</returns>
        public int Next((string Transaction, string Wallet, TokenId Token, Side Side, Shares Shares, string Type) fill)
        {
            if (_recent.Count >= Remembered)
                (_before, _recent) = (_recent, []);
            var number = _recent.TryGetValue(fill, out var known) || _before.TryGetValue(fill, out known) ? known : 0;
            _recent[fill] = number + 1;
            return number;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Polymarket + 40, LogLevel.Warning, "RTDS refuses a subscription with {Status}: {Reason}")]
        public static partial void Refused(ILogger logger, long status, string reason);
    }
}
