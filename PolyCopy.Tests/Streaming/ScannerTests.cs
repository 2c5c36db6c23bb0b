using System.Text;
using System.Text.Json.Nodes;
using PolyCopy.Modules.Polymarket;

namespace PolyCopy.Tests.Streaming;

public class ScannerTests
{
    private const string Yes = "71321045679252212594626385532706912750332728571942532289631379312455583992563";
    private const string No = "52114319501245915516055106046884209969926127482827954674443846427813813222426";

    [Fact]
    public void A_price_change_gives_the_changes_of_the_tokens_we_know() =>
        RecordingSink.Of(Change(Yes, No), Yes).Lines.Should().Equal($"change {Yes} Buy 0.74 900.25 best 0.74/0.75 at 1791258811053");

    [Fact]
    public void Both_tokens_of_a_market_come_in_one_message() =>
        RecordingSink.Of(Change(Yes, No), Yes, No).Lines.Should().Equal(
            $"change {Yes} Buy 0.74 900.25 best 0.74/0.75 at 1791258811053", $"change {No} Sell 0.26 900.25 best 0.25/0.26 at 1791258811053");

    [Fact]
    public void Keys_may_come_in_any_order()
    {
        var random = new Random(7);
        var original = JsonNode.Parse(Change(Yes, No))!;
        for (var round = 0; round < 200; round++)
        {
            var shuffled = Shuffle(original, random).ToJsonString(new() { WriteIndented = round % 2 == 0 });
            RecordingSink.Of(shuffled, Yes, No).Lines.Should().HaveCount(2).And.Contain($"change {No} Sell 0.26 900.25 best 0.25/0.26 at 1791258811053");
        }
    }

    [Fact]
    public void Escaped_keys_and_values_are_read()
    {
        var escaped = Change(Yes, No).Replace("\"asset_id\"", "\"\\u0061sset_id\"").Replace("\"BUY\"", "\"\\u0042UY\"").Replace("0xdf9b", "\\\"\\\\\\/0xdf9b\\n\\u00e9");
        RecordingSink.Of(escaped, Yes).Lines.Should().Equal($"change {Yes} Buy 0.74 900.25 best 0.74/0.75 at 1791258811053");
    }

    [Theory]
    [InlineData("\"0.48\"", "0.48")]
    [InlineData("\".48\"", "0.48")]
    [InlineData("0.48", "0.48")]
    [InlineData("\"4.8e-1\"", "0.48")]
    [InlineData("\"0.4801\"", "0.4801")]
    [InlineData("\"0.480000\"", "0.48")]
    [InlineData("9e-4", "0.0009")]
    public void Prices_come_in_many_shapes(string wire, string price) =>
        RecordingSink.Of(Change(Yes, No).Replace("\"price\":\"0.74\"", $"\"price\":{wire}"), Yes).Lines.Single().Should().Contain($"Buy {price} 900.25");

    [Theory]
    [InlineData("\"0\"", "0")]
    [InlineData("0", "0")]
    [InlineData("\"9e-6\"", "0.000009")]
    [InlineData("9e-6", "0.000009")]
    [InlineData("\".5\"", "0.5")]
    [InlineData("\"16069385.26\"", "16069385.26")]
    [InlineData("\"123456789.123456\"", "123456789.123456")]
    [InlineData("\"12345678.123456\"", "12345678.123456")]
    [InlineData("\"1234567890123\"", "1234567890123")]
    [InlineData("\"0.0000019\"", "0.000001")]
    [InlineData("\"136347\"", "136347")]
    [InlineData("\"7838.100000000000000\"", "7838.1")]
    public void Sizes_come_in_many_shapes(string wire, string size) =>
        RecordingSink.Of(Change(Yes, No).Replace("\"size\":\"900.25\",\"side\":\"BUY\"", $"\"size\":{wire},\"side\":\"BUY\""), Yes).Lines.Single().Should().Contain($"Buy 0.74 {size} best");

    [Theory]
    [InlineData("\"best_bid\":\"\",\"best_ask\":\"\"", "0/1")]
    [InlineData("\"best_bid\":\"0\",\"best_ask\":\"1\"", "0/1")]
    [InlineData("\"best_bid\":\"0\",\"best_ask\":\"0\"", "0/1")]
    [InlineData("\"best_bid\":0.5,\"best_ask\":null", "0.5/1")]
    [InlineData("\"other\":{\"best_bid\":[1,{\"a\":\"}\"}]}", "?/?")]
    public void Empty_sides_are_said_in_many_ways(string wire, string best) =>
        RecordingSink.Of(Change(Yes, No).Replace("\"best_bid\":\"0.74\",\"best_ask\":\"0.75\"", wire), Yes).Lines.Single().Should().Contain($"best {best} at");

    [Theory]
    [InlineData("\"price\":\"0.74\"", "\"price\":\"abc\"")]
    [InlineData("\"price\":\"0.74\"", "\"price\":\"\"")]
    [InlineData("\"price\":\"0.74\"", "\"price\":\"-0.1\"")]
    [InlineData("\"price\":\"0.74\"", "\"price\":\"0.00005\"")]
    [InlineData("\"price\":\"0.74\"", "\"price\":\"NaN\"")]
    [InlineData("\"price\":\"0.74\"", "\"price\":\"0.7a\"")]
    [InlineData("\"size\":\"900.25\",\"side\":\"BUY\"", "\"size\":\"-1\",\"side\":\"BUY\"")]
    [InlineData("\"size\":\"900.25\",\"side\":\"BUY\"", "\"size\":\"9e99\",\"side\":\"BUY\"")]
    [InlineData("\"size\":\"900.25\",\"side\":\"BUY\"", "\"size\":\"1,5\",\"side\":\"BUY\"")]
    [InlineData("\"size\":\"900.25\",\"side\":\"BUY\"", "\"size\":\"900.25\"")]
    [InlineData("\"side\":\"BUY\"", "\"side\":\"HOLD\"")]
    [InlineData("\"price_changes\":[", "\"price_changes\":[7,")]
    [InlineData("\"BUY\"", "\"BUY")]
    public void A_message_that_cannot_be_read_changes_nothing(string good, string bad) =>
        RecordingSink.Of(Change(Yes, No).Replace(good, bad), Yes, No).Lines.Should().Equal("malformed");

    [Fact]
    public void A_broken_number_of_a_token_we_do_not_follow_is_none_of_our_business() =>
        RecordingSink.Of(Change(Yes, No).Replace("\"price\":\"0.74\"", "\"price\":\"abc\""), No).Lines.Should().ContainSingle().Which.Should().StartWith($"change {No}");

    [Theory]
    [InlineData("PONG", "pong")]
    [InlineData("NO NEW ASSETS", "notice NO NEW ASSETS")]
    [InlineData("INVALID OPERATION", "notice INVALID OPERATION")]
    [InlineData("[]", "notice []")]
    [InlineData("{\"event_type\":\"comet\",\"asset_id\":\"1\",\"price_changes\":{}}", "notice comet")]
    [InlineData("{}", "notice ")]
    [InlineData("{\"event_type\":\"price_change\",\"changes\":[{\"price\":\"0.5\"}]}", "notice price_change without price_changes")]
    [InlineData("{\"event_type\":\"market_resolved\",\"market\":\"0xab\",\"assets_ids\":[\"1\",\"2\"],\"winning_asset_id\":\"2\",\"winning_outcome\":\"No\"}", "resolved 0xab 2")]
    [InlineData("{\"event_type\":\"tick_size_change\",\"asset_id\":\"1\",\"old_tick_size\":\"0.01\",\"new_tick_size\":\"0.001\",\"timestamp\":\"1791258812641\"}", "tick 1 0.001 at 1791258812641")]
    [InlineData("{\"event_type\":\"last_trade_price\",\"asset_id\":\"1\",\"price\":\"0.456\",\"size\":\"50\",\"side\":\"BUY\",\"timestamp\":\"1791258811621\"}", "trade 1 0.456 at 1791258811621")]
    [InlineData("{\"event_type\":\"last_trade_price\",\"asset_id\":\"1\",\"price\":\"0.45678\",\"timestamp\":\"1791258811621\"}", "trade 1 0.4568 at 1791258811621")]
    [InlineData("", "notice ")]
    [InlineData("[", "malformed")]
    [InlineData("{", "malformed")]
    [InlineData("[{}", "malformed")]
    [InlineData("{}{}", "malformed")]
    [InlineData("[7]", "malformed")]
    [InlineData("{\"event_type\":\"last_trade_price\",\"price\":\"0.456\"}", "malformed")]
    public void Other_messages(string message, string said) => RecordingSink.Of(message, "1").Lines.Last().Should().Be(said);

    [Fact]
    public void Events_we_have_no_use_for_are_passed_over()
    {
        RecordingSink.Of("{\"event_type\":\"best_bid_ask\",\"asset_id\":\"1\",\"best_bid\":\"0.74\"}", "1").Lines.Should().BeEmpty();
        RecordingSink.Of("{\"event_type\":\"new_market\",\"id\":\"9\",\"assets_ids\":[\"1\"],\"event_message\":{\"a\":[1,2,{\"b\":null}]},\"active\":true}", "1").Lines.Should().BeEmpty();
    }

    [Fact]
    public void A_dump_is_an_array_of_books_whose_levels_keep_their_order()
    {
        var lines = RecordingSink.Of($"[{Book(Yes)},{Book(No)}]", Yes, No).Lines;
        lines.Should().Equal(
            $"book {Yes} bids [0.01 1500][0.73 1200][0.74 850.25] asks [0.99 5000][0.76 410.1][0.75 220] tick 0.01 min 5 at 1791258810641",
            $"book {No} bids [0.01 1500][0.73 1200][0.74 850.25] asks [0.99 5000][0.76 410.1][0.75 220] tick 0.01 min 5 at 1791258810641");
    }

    [Fact]
    public void A_book_without_one_of_its_sides_is_malformed() =>
        RecordingSink.Of(Book(Yes).Replace("\"asks\":[", "\"other\":["), Yes).Lines.Should().Equal("malformed");

    [Fact]
    public void Every_cut_of_a_message_is_malformed_and_no_cut_crashes()
    {
        foreach (var whole in new[] { Change(Yes, No), $"[{Book(Yes)},{Book(No)}]" })
            for (var length = 1; length < whole.Length; length++)
                RecordingSink.Of(whole[..length], Yes, No).Lines.Last().Should().Be("malformed", "of {0}", whole[..length]);
    }

    [Fact]
    public void Garbage_never_crashes_the_scanner()
    {
        var random = new Random(11);
        var seeds = new[] { Change(Yes, No), $"[{Book(Yes)},{Book(No)}]" }.Select(Encoding.UTF8.GetBytes).ToArray();
        var scanner = new MarketSocketScanner(new RecordingSink(Yes, No));
        for (var round = 0; round < 50_000; round++)
        {
            var message = (byte[])seeds[round % 2].Clone();
            for (var hits = random.Next(1, 8); hits > 0; hits--)
            {
                var at = random.Next(message.Length);
                message[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => "\"\\{}[],:0.9e-"u8[random.Next(13)], _ => message[random.Next(message.Length)] };
            }
            RecordingSink.Scan(scanner, message.AsSpan(0, random.Next(1, message.Length + 1)));
        }
    }

    internal static string Change(string yes, string no) =>
        $$"""{"market":"0xdf9bf27ee5757c55b44b8b9826ddc9ec3a8809aa3278634c45edbb7fc8f1a3e3","price_changes":[{"asset_id":"{{yes}}","price":"0.74","size":"900.25","side":"BUY","hash":"c5ef6247cebe4b4969c2e63d0ec730d2b91d226a","best_bid":"0.74","best_ask":"0.75"},{"asset_id":"{{no}}","price":"0.26","size":"900.25","side":"SELL","hash":"425459e1f21213e67210d30932e2573e69d2565e","best_bid":"0.25","best_ask":"0.26"}],"timestamp":"1791258811053","event_type":"price_change"}""";

    internal static string Book(string token) =>
        $$"""{"event_type":"book","market":"0xdf9b","asset_id":"{{token}}","timestamp":"1791258810641","hash":"d9ea","bids":[{"price":"0.01","size":"1500"},{"price":"0.73","size":"1200"},{"price":"0.74","size":"850.25"}],"asks":[{"price":"0.99","size":"5000"},{"price":"0.76","size":"410.1"},{"price":"0.75","size":"220"}],"min_order_size":"5","tick_size":"0.01","neg_risk":true,"last_trade_price":""}""";

    private static JsonNode Shuffle(JsonNode node, Random random) => node switch
    {
        JsonObject o => new JsonObject(o.OrderBy(_ => random.Next()).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Shuffle(p.Value!, random)))),
        JsonArray a => new JsonArray([.. a.Select(e => Shuffle(e!, random))]),
        _ => node.DeepClone(),
    };
}
