using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Faults;

/// <summary>The faults of sockets. One frame at a time, on the connection's own sender, so a seeded run repeats.</summary>
internal sealed partial class FaultFrames(FaultBoard board, SimWorld world) : IFrameFilter
{
    private const string StrangeToken = "99999999999999999999999999999999999999999999999999999999999999999999999999997";
    private static readonly TimeSpan Crossed = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Regrid = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<byte[]> _late = new();
    private readonly ConcurrentDictionary<byte[], byte> _own = new(ReferenceEqualityComparer.Instance);

    public bool IsIdle => !board.Any;

    public bool AnswersPing(SimConnection connection) => board.Holding("F2", Target(connection)) is null;

    public string? Incoming(SimConnection connection, string text)
    {
        var target = Target(connection);
        if (board.Holding("F2", target) is not null)
            return null;
        if (board.Holding("F10", target) is { } capped)
            text = Capped(connection, text, int.TryParse(capped.Request.Variant, NumberStyles.None, CultureInfo.InvariantCulture, out var cap) ? cap : MarketSession.MaxTokens);
        if (board.Holding("F11", target) is not null)
            text = WithoutDump(text);
        return text;
    }

    public IEnumerable<ReadOnlyMemory<byte>> Outgoing(SimConnection connection, ReadOnlyMemory<byte> frame)
    {
        if (IsOwn(frame))
            return [frame];
        var target = Target(connection);
        board.Touch(target);
        if (board.Hit("F60", target) is not null || (IsTrade(frame) && board.Hit("F38", target) is not null) || CutsOldEpoch(connection, target, frame))
        {
            connection.Abort();
            return [];
        }
        if (board.Hit("F17", target) is not null)
        {
            connection.Close((WebSocketCloseStatus)1013, "slow consumer: send buffer full");
            return [];
        }
        if (board.Hit("F1", target) is not null || board.Holding("F2", target) is not null || IsBeingRegridded(target, frame))
            return [];
        return Altered(connection, target, frame);
    }

    private static string Target(SimConnection connection) => connection.Channel is FaultCatalogue.Rpc or FaultCatalogue.Rtds ? connection.Channel : "ws/" + connection.Channel;

    private static bool Has(ReadOnlyMemory<byte> frame, ReadOnlySpan<byte> text) => frame.Span.IndexOf(text) >= 0;

    private static bool IsTrade(ReadOnlyMemory<byte> frame) => Has(frame, "\"event_type\":\"trade\""u8);

    private static bool IsPriceChange(ReadOnlyMemory<byte> frame) => Has(frame, "\"event_type\":\"price_change\""u8);

    /// <summary>A frame of ours that heals what another of ours broke is not counted and not broken again.</summary>
    private bool IsOwn(ReadOnlyMemory<byte> frame) =>
        !_own.IsEmpty && MemoryMarshal.TryGetArray(frame, out var segment) && _own.TryRemove(segment.Array!, out _);

    private List<ReadOnlyMemory<byte>> Altered(SimConnection connection, string target, ReadOnlyMemory<byte> frame)
    {
        List<ReadOnlyMemory<byte>> frames = [];
        if (board.Holding("F12", target) is { } epoch && connection.Id > epoch.OpenConnections && connection.Frames == 0)
        {
            while (_late.TryDequeue(out var late))
                frames.Add(late);
        }
        if (board.Hit("F13", target) is not null)
        {
            frames.Add("{\"event_type\":\"book\",\"market\":\"0x"u8.ToArray());
            frames.Add("{\"event_type\":\"volume_burst\",\"market\":\"0x00\",\"score\":1.5e3,\"timestamp\":\"0\"}"u8.ToArray());
        }
        frame = Respelled(target, frame);
        frames.Add(frame);
        if (board.Hit("F41", target) is not null)
            frames.Add(frame);
        if (IsPriceChange(frame) && board.Hit("F14", target) is not null && Crossing(frame) is var (crossed, healed))
        {
            frames.Add(crossed);
            _own[healed] = 0;
            world.Clock.Schedule(world.Clock.GetUtcNow() + Crossed, () => connection.Send(healed));
        }
        return frames;
    }

    /// <summary>Same news, other bytes: F15, F37, F55, F59.</summary>
    private ReadOnlyMemory<byte> Respelled(string target, ReadOnlyMemory<byte> frame)
    {
        var (hash, words, numbers) = (board.Hit("F15", target), board.Hit("F37", target), board.Hit("F55", target));
        var stranger = IsPriceChange(frame) ? board.Hit("F59", target) : null;
        if ((hash, words, numbers, stranger) == (null, null, null, null))
            return frame;
        var text = Encoding.UTF8.GetString(frame.Span);
        if (hash is not null)
            text = Spelling.WrongHashes(text);
        if (words is not null)
            text = Spelling.LongWords(text);
        if (numbers is not null)
            text = Spelling.OddNumbers(text);
        if (stranger is not null)
            text = text.Replace("\"price_changes\":[", $"\"price_changes\":[{{\"asset_id\":\"{StrangeToken}\",\"price\":\"0.5\",\"size\":\"100\",\"side\":\"BUY\",\"hash\":\"{new string('a', 40)}\",\"best_bid\":\"0.5\",\"best_ask\":\"0.51\"}},", StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>F12: the connections that were open are cut at their next delta, which turns up late in the next epoch.</summary>
    private bool CutsOldEpoch(SimConnection connection, string target, ReadOnlyMemory<byte> frame)
    {
        if (!IsPriceChange(frame) || board.Holding("F12", target) is not { } fault || connection.Id > fault.OpenConnections || board.Hit("F12", target) is null)
            return false;
        _late.Enqueue(frame.ToArray());
        return true;
    }

    /// <summary>F18: the market's tick gets finer at its next frame; but for the news of that it is silent for two seconds.</summary>
    private bool IsBeingRegridded(string target, ReadOnlyMemory<byte> frame)
    {
        if (board.Holding("F18", target) is not { } fault || MarketOf(frame) is not { } condition || Has(frame, "\"event_type\":\"tick_size_change\""u8))
            return false;
        lock (world.Gate)
        {
            var now = world.Clock.GetUtcNow();
            if (fault.Marks.TryGetValue(condition, out var since))
                return now < since + Regrid;
            if (world.FindCondition(condition) is not { Tick.TenThousandths: >= 10 } market || board.Hit("F18", target) is null)
                return false;
            fault.Marks[condition] = now;
            world.ChangeTick(market, new Price(market.Tick.TenThousandths / 10));
            return true;
        }
    }

    private static string? MarketOf(ReadOnlyMemory<byte> frame)
    {
        var match = MarketField().Match(Encoding.UTF8.GetString(frame.Span));
        return match.Success ? match.Groups[1].Value : null;
    }

    /// <summary>A bid at the best ask on both tokens of a price_change, and the frame that takes it away again.</summary>
    private static (byte[] Crossed, byte[] Healed)? Crossing(ReadOnlyMemory<byte> frame)
    {
        if (JsonNode.Parse(frame.Span) is not JsonObject root || root["price_changes"] is not JsonArray { Count: >= 2 } changes)
            return null;
        var first = changes[0]!.AsObject();
        var second = changes.FirstOrDefault(change => (string)change!["asset_id"]! != (string)first["asset_id"]!)?.AsObject();
        if (second is null || !Price.TryParse((string?)first["best_ask"], out var ask) || !Price.TryParse((string?)first["best_bid"], out var bid) || ask.TenThousandths is <= 0 or >= Price.Scale || bid >= ask)
            return null;
        byte[] Frame(string size, Price shownBid) => Wire.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("market"u8, (string)root["market"]!);
            json.WriteStartArray("price_changes"u8);
            Change(json, (string)first["asset_id"]!, ask, size, "BUY", shownBid, ask);
            Change(json, (string)second["asset_id"]!, ask.Complement, size, "SELL", ask.Complement, shownBid.Complement);
            json.WriteEndArray();
            json.WriteString("timestamp"u8, (string)root["timestamp"]!);
            json.WriteString("event_type"u8, "price_change"u8);
            json.WriteEndObject();
        });
        return (Frame("10", ask), Frame("0", bid));
    }

    private static void Change(Utf8JsonWriter json, string token, Price price, string size, string side, Price bestBid, Price bestAsk)
    {
        json.WriteStartObject();
        json.WriteString("asset_id"u8, token);
        json.WriteString("price"u8, price.ToString());
        json.WriteString("size"u8, size);
        json.WriteString("side"u8, side);
        json.WriteString("hash"u8, new string('0', 40));
        json.WriteString("best_bid"u8, bestBid.ToString());
        json.WriteString("best_ask"u8, bestAsk.ToString());
        json.WriteEndObject();
    }

    private static string Capped(SimConnection connection, string text, int cap)
    {
        if (Parse(text) is not { } root || root["assets_ids"] is not JsonArray tokens || (string?)root["operation"] == "unsubscribe")
            return text;
        var room = Math.Max(0, cap - connection.Tokens.Count);
        while (tokens.Count > room)
            tokens.RemoveAt(tokens.Count - 1);
        return root.ToJsonString();
    }

    private static string WithoutDump(string text)
    {
        if (Parse(text) is not { } root || root["assets_ids"] is null)
            return text;
        root["initial_dump"] = false;
        return root.ToJsonString();
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex("\"market\":\"(0x[0-9a-f]+)\"")]
    private static partial Regex MarketField();
}
