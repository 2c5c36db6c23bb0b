using System.Net.WebSockets;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

public class MarketSocketTests : IAsyncLifetime
{
    private const long Share = 1_000_000;
    private Lab _lab = null!;
    private SimWorld _world = null!;
    private MarketState _market = null!;

    public async ValueTask InitializeAsync()
    {
        _lab = await Lab.DrivenAsync();
        _world = _lab.Service<SimWorld>();
        _market = _world.Markets.Single(m => m.Market.Question.StartsWith("Will a spot Solana ETF"));
    }

    public async ValueTask DisposeAsync() => await _lab.DisposeAsync();

    private string Token(int index) => _market.Market.TokenIds[index];

    private static string First(IEnumerable<string> tokens, bool custom = false) =>
        JsonSerializer.Serialize(new { assets_ids = tokens, type = "market", initial_dump = true, level = 2, custom_feature_enabled = custom });

    private static string Operation(string operation, params string[] tokens) => JsonSerializer.Serialize(new { operation, assets_ids = tokens, level = 2 });

    private async Task<SocketClient> Open(string? first = null)
    {
        var client = await SocketClient.OpenAsync(_lab, "ws/market");
        if (first is not null)
            await client.SendAsync(first);
        return client;
    }

    private static string Kind(JsonElement frame) => frame.ValueKind == JsonValueKind.Array
        ? $"[{string.Join(' ', frame.EnumerateArray().Select(Kind))}]"
        : frame.GetProperty("event_type").GetString()!;

    private void Quote(int bid, int ask, long size = 100)
    {
        lock (_world.Gate)
            _world.SetQuote(_market, 0, bid, ask, size * Share);
    }

    [Fact]
    public async Task A_session_from_dump_to_resolution()
    {
        Quote(4000, 4100);
        await using var client = await Open(First([Token(0), Token(1)], custom: true));

        var dump = await client.NextAsync();
        dump.EnumerateArray().Select(Kind).Should().Equal("book", "book");
        dump.EnumerateArray().Select(b => b.GetProperty("asset_id").GetString()).Should().Equal(Token(0), Token(1));
        var rest = await _lab.GetAsync($"clob/book?token_id={Token(0)}");
        dump[0].GetProperty("hash").GetString().Should().Be(rest.GetProperty("hash").GetString());

        Quote(4000, 4100, 150);
        var change = await client.NextAsync();
        Kind(change).Should().Be("price_change");
        change.GetProperty("price_changes").EnumerateArray().Select(c => (Get(c, "asset_id"), Get(c, "price"), Get(c, "size"), Get(c, "side"), Get(c, "best_bid"), Get(c, "best_ask"))).Should().BeEquivalentTo([
            (Token(0), "0.4", "150", "BUY", "0.4", "0.41"), (Token(1), "0.6", "150", "SELL", "0.59", "0.6"),
            (Token(0), "0.41", "150", "SELL", "0.4", "0.41"), (Token(1), "0.59", "150", "BUY", "0.59", "0.6")]);

        lock (_world.Gate)
            _market.Engine.Place(new EngineOrder("0x1", "a", 0, Side.Buy, 410_000 * 150, 150 * Share, TimeInForce.Gtc));
        var frames = await client.UntilAsync(f => Kind(f) == "best_bid_ask" && Get(f, "asset_id") == Token(1));
        frames.Select(Kind).Should().Equal("last_trade_price", "price_change", "[book]", "book", "best_bid_ask", "best_bid_ask");
        (Get(frames[0], "price"), Get(frames[0], "size"), Get(frames[0], "side"), Get(frames[0], "asset_id")).Should().Be(("0.41", "150", "BUY", Token(0)));
        frames[0].GetProperty("transaction_hash").GetString().Should().MatchRegex("^0x[0-9a-f]{64}$");
        (Get(frames[4], "best_bid"), Get(frames[4], "best_ask")).Should().Be(("0.4", "0"));

        Quote(9700, 9800);
        (await client.NextAsync(f => Kind(f) == "tick_size_change")).GetProperty("new_tick_size").GetString().Should().Be("0.001");

        lock (_world.Gate)
            _world.Resolve(_market, 0);
        var resolved = await client.NextAsync(f => Kind(f) == "market_resolved");
        (Get(resolved, "winning_asset_id"), Get(resolved, "winning_outcome")).Should().Be((Token(0), "Yes"));
    }

    [Fact]
    public async Task Both_tokens_come_in_price_change_but_books_only_for_what_was_asked()
    {
        Quote(4000, 4100);
        await using var client = await Open(First([Token(1)]));
        (await client.NextAsync()).GetArrayLength().Should().Be(1);

        lock (_world.Gate)
            _market.Engine.Place(new EngineOrder("0x1", "a", 1, Side.Buy, 6_000_000, 10 * Share, TimeInForce.Gtc));

        var frames = await client.UntilAsync(f => Kind(f) == "book");
        frames.Select(Kind).Should().Equal("last_trade_price", "price_change", "book");
        frames[1].GetProperty("price_changes").EnumerateArray().Select(c => Get(c, "asset_id")).Should().Equal(Token(0), Token(1));
        Get(frames[2], "asset_id").Should().Be(Token(1));
    }

    [Fact]
    public async Task Subscriptions_are_answered_like_the_venue_does()
    {
        await using var client = await Open(First([]));
        (await client.NextTextAsync()).Should().Be("[]");

        await client.SendAsync("PING");
        (await client.NextTextAsync()).Should().Be("PONG");
        await client.SendAsync(Operation("subscribe", Token(0)));
        (await client.NextAsync()).GetArrayLength().Should().Be(1);
        await client.SendAsync(Operation("subscribe", Token(0)));
        (await client.NextTextAsync()).Should().Be("NO NEW ASSETS");
        await client.SendAsync(Operation("subscribe", "1"));
        (await client.NextTextAsync()).Should().Be("[]");
        await client.SendAsync("{\"operation\":\"subscribe\",\"assets_ids\":[\"2\"]}");
        (await client.NextTextAsync()).Should().Be("[]");
        foreach (var nonsense in (string[])["nonsense", "[]", "{}", "{\"operation\":\"fly\",\"assets_ids\":[]}", "{\"type\":\"market\"}"])
        {
            await client.SendAsync(nonsense);
            (await client.NextTextAsync()).Should().Be("INVALID OPERATION");
        }
        await client.SendAsync(Operation("unsubscribe", Token(0)));
        await client.SendAsync(Operation("subscribe", Token(0)));
        (await client.NextAsync()).GetArrayLength().Should().Be(1, "a fresh snapshot takes unsubscribe and subscribe");
    }

    [Theory]
    [InlineData("{\"assets_ids\":[\"T\"],\"type\":\"market\"}")]
    [InlineData("{\"assets_ids\":[\"T\"],\"type\":\"market\",\"level\":2}")]
    [InlineData("{\"assets_ids\":[\"T\"],\"type\":\"market\",\"initial_dump\":true}")]
    [InlineData("{\"assets_ids\":[\"T\"],\"type\":\"market\",\"initial_dump\":false,\"level\":2}")]
    public async Task A_first_subscription_that_leaves_something_out_gets_no_books_but_changes(string first)
    {
        Quote(4000, 4100);
        await using var client = await Open(first.Replace("\"T\"", $"\"{Token(0)}\""));
        await client.SendAsync("PING");
        (await client.NextTextAsync()).Should().Be("PONG");

        Quote(4000, 4200);

        Kind(await client.NextAsync()).Should().Be("price_change");
    }

    [Fact]
    public async Task Tokens_beyond_five_hundred_are_ignored_without_a_word()
    {
        var many = Enumerable.Range(1, MarketSession.MaxTokens - 1).Select(i => i.ToString());
        await using var client = await Open(First([.. many, Token(0), Token(1)]));

        (await client.NextAsync()).EnumerateArray().Select(b => Get(b, "asset_id")).Should().Equal(Token(0));
        _lab.Service<ConnectionRegistry>().Open.Single().Tokens.Should().HaveCount(500).And.NotContain(Token(1));
    }

    [Fact]
    public async Task New_markets_are_told_to_all_who_asked_for_them()
    {
        await using var client = await Open(First([], custom: true));
        (await client.NextTextAsync()).Should().Be("[]");
        await using var plain = await Open(First([]));
        (await plain.NextTextAsync()).Should().Be("[]");

        await _lab.AdvanceAsync(900);

        var born = await client.NextAsync(f => Kind(f) == "new_market");
        born.GetProperty("clob_token_ids").GetArrayLength().Should().Be(2);
        born.GetProperty("fee_schedule").GetProperty("rate").GetString().Should().Be("0.07");
        born.GetProperty("active").GetBoolean().Should().BeTrue();
        await plain.SendAsync("PING");
        (await plain.NextTextAsync()).Should().Be("PONG");
    }

    [Fact]
    public async Task A_client_that_keeps_its_own_book_agrees_with_the_venue()
    {
        var tokens = _world.Markets.Where(m => m.AcceptsOrders && m.Market.Model.Liveliness >= 1).Take(20).SelectMany(m => m.Market.TokenIds).ToList();
        await using var client = await Open(First(tokens));
        var books = (await client.NextAsync()).EnumerateArray().ToDictionary(b => Get(b, "asset_id"), Levels);

        await _lab.AdvanceAsync(60);
        await client.SendAsync("PING");
        var changes = 0;
        while (await client.NextTextAsync() is var text && text != "PONG")
        {
            var frame = JsonDocument.Parse(text).RootElement;
            foreach (var single in frame.ValueKind == JsonValueKind.Array ? frame.EnumerateArray().ToArray() : [frame])
            {
                if (Kind(single) == "book")
                    books[Get(single, "asset_id")].Should().BeEquivalentTo(Levels(single), "a book after a trade says nothing new");
                else if (Kind(single) == "price_change")
                    changes += Apply(books, single);
            }
        }

        changes.Should().BeGreaterThan(500);
        foreach (var token in tokens.Where(t => _world.FindToken(t)!.Value.Market.AcceptsOrders))
            books[token].Should().BeEquivalentTo(Levels(await _lab.GetAsync($"clob/book?token_id={token}")));
    }

    [Fact]
    public async Task A_reader_too_slow_is_closed_with_1013()
    {
        using var socket = new ClientWebSocket();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await socket.ConnectAsync(new UriBuilder(new Uri(_lab.Http.BaseAddress!, "ws/market")) { Scheme = "ws" }.Uri, deadline.Token);
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(First([Token(0)])), WebSocketMessageType.Text, true, deadline.Token);
        while (_lab.Service<ConnectionRegistry>().Open is not [{ Frames: > 0 }])
            await Task.Yield();

        // More than the queue and the buffers of both ends hold, while nobody reads.
        for (var i = 0; i < 40_000 && _lab.Service<ConnectionRegistry>().Open is [{ IsClosing: false }]; i++)
            Quote(4000, 4100 + (i % 2) * 100);

        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
            part = await socket.ReceiveAsync(buffer, deadline.Token);
        while (part.MessageType != WebSocketMessageType.Close);
        ((int)part.CloseStatus!.Value, part.CloseStatusDescription).Should().Be((1013, "slow consumer: send buffer full"));
    }

    private static int Apply(Dictionary<string, Dictionary<(string, string), string>> books, JsonElement frame)
    {
        var changes = frame.GetProperty("price_changes").EnumerateArray().ToList();
        foreach (var change in changes)
        {
            var book = books[Get(change, "asset_id")];
            var key = (Get(change, "side"), Get(change, "price"));
            if (Get(change, "size") == "0")
                book.Remove(key).Should().BeTrue();
            else
                book[key] = Get(change, "size");
        }
        foreach (var change in changes)
            Best(books[Get(change, "asset_id")]).Should().Be((Get(change, "best_bid"), Get(change, "best_ask")));
        return changes.Count;
    }

    private static (string, string) Best(Dictionary<(string Side, string Price), string> book) => (
        book.Keys.Where(k => k.Side == "BUY").MaxBy(k => decimal.Parse(k.Price)).Price ?? "0",
        book.Keys.Where(k => k.Side == "SELL").MinBy(k => decimal.Parse(k.Price)).Price ?? "0");

    private static Dictionary<(string, string), string> Levels(JsonElement book) =>
        book.GetProperty("bids").EnumerateArray().Select(l => (Key: ("BUY", Get(l, "price")), Size: Get(l, "size")))
            .Concat(book.GetProperty("asks").EnumerateArray().Select(l => (Key: ("SELL", Get(l, "price")), Size: Get(l, "size"))))
            .ToDictionary(l => l.Key, l => l.Size);

    private static string Get(JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
