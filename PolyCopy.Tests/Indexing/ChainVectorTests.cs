using System.Globalization;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Polymarket.Rpc;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Signing;

namespace PolyCopy.Tests.Indexing;

public class ChainVectorTests
{
    private static readonly Contracts Polygon = new(137);

    [Fact]
    public void Logs_vectors() => VectorCases.Each("logs", c =>
    {
        var watched = c.Input.GetProperty("watched").EnumerateArray().Select(a => Address.Parse(a.GetString())).ToHashSet();
        var fills = new List<(Fill Fill, bool Removed)>();
        ReadLogs(c.Input.GetProperty("logs"), (in ChainLog log) =>
        {
            if (FillLog.TryWallet(log, Polygon, out var wallet) && watched.Contains(wallet) && FillLog.TryRead(log, Polygon, out var fill))
                fills.Add((fill, log.Removed));
        });
        Check(fills.Where(f => !f.Removed), c.Expected.GetProperty("trades"));
        if (c.Expected.TryGetProperty("withdrawn", out var withdrawn) && withdrawn.ValueKind == JsonValueKind.Array)
            Check(fills.Where(f => f.Removed), withdrawn);
    });

    [Fact]
    public void Event_vectors() => VectorCases.Each("event", c =>
    {
        var topics = c.Input.GetProperty("topics").EnumerateArray().Select(t => Bytes32.Parse(t.GetString())).ToList();
        var log = new ChainLog
        {
            Contract = Address.Parse(c.Input.Text("address")),
            TopicCount = topics.Count,
            Topic0 = topics[0],
            Topic1 = topics.ElementAtOrDefault(1),
            Topic2 = topics.ElementAtOrDefault(2),
            Topic3 = topics.ElementAtOrDefault(3),
            Data = Hex.Read(c.Input.Text("data")),
        };
        var arguments = ChainEvents.Decode(log, out var name);
        (arguments is null).Should().BeFalse();
        name.Should().Be(c.Expected.Text("name"));
        ChainEvents.NameOf(log).Should().Be(name);
        foreach (var expected in c.Expected.GetProperty("args").EnumerateObject())
        {
            if (expected.Value.ValueKind == JsonValueKind.Array)
                arguments![expected.Name].Should().BeEquivalentTo(expected.Value.EnumerateArray().Select(v => v.GetString()).ToList(), o => o.WithStrictOrdering());
            else
                Convert.ToString(arguments![expected.Name], CultureInfo.InvariantCulture).Should().BeEquivalentTo(expected.Value.ToString());
        }
        arguments!.Count.Should().Be(c.Expected.GetProperty("args").EnumerateObject().Count());
        if (name is not ("TransferSingle" or "TransferBatch"))
            return;
        var moved = TransferLog.Read(log);
        var ids = name == "TransferSingle" ? [(string)arguments["id"]] : (IEnumerable<string>)arguments["ids"];
        moved.Select(m => m.Token.ToString()).Should().Equal(ids);
    });

    [Fact]
    public void Topic0_vectors() => VectorCases.Each("topic0", c => Keccak.Hash(c.Input.Text("signature")).ToString().Should().Be(c.Expected.Text("topic0")));

    [Fact]
    public void PositionId_vectors() => VectorCases.Each("positionId", c =>
    {
        var id = PositionId.Of(UInt256.Parse(c.Input.Text("id")));
        (id is not null).Should().Be(c.Expected.Flag("isV2"));
        if (c.Expected.Has("exchangeVersion"))
            (id is null ? 2 : 3).Should().Be((int)c.Expected.Integer("exchangeVersion"));
        if (id is null)
            return;
        (id.Module, id.BaseHash, id.Arity, id.ConditionIndex, id.OutcomeIndex, id.ConditionId).Should().Be((
            (int)c.Expected.Integer("moduleId"), c.Expected.Text("baseHash"), (int)c.Expected.Integer("arity"), (int)c.Expected.Integer("conditionIndex"),
            (int)c.Expected.Integer("outcomeIndex"), c.Expected.Text("conditionId31")));
    });

    [Fact]
    public void The_topics_in_use_are_those_of_the_contracts()
    {
        FillLog.TopicV1.Should().Be(Keccak.Hash("OrderFilled(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)"));
        FillLog.TopicV2.Should().Be(Keccak.Hash("OrderFilled(bytes32,address,address,uint8,uint256,uint256,uint256,uint256,bytes32,bytes32)"));
        TransferLog.Single.Should().Be(Keccak.Hash("TransferSingle(address,address,address,uint256,uint256)"));
        TransferLog.Batch.Should().Be(Keccak.Hash("TransferBatch(address,address,address,uint256[],uint256[])"));
    }

    private static void Check(IEnumerable<(Fill Fill, bool Removed)> fills, JsonElement expected) =>
        fills.Select(f => Spelled(f.Fill)).Order(StringComparer.Ordinal).Should().Equal(expected.EnumerateArray().Select(Spelled).Order(StringComparer.Ordinal));

    private static string Spelled(Fill f) => string.Join(' ',
        f.Wallet, f.Exchange, f.Version, f.IsTaker ? "taker" : "maker", f.Side == PolyCopy.Modules.Kernel.Side.Buy ? "BUY" : "SELL", f.Token, f.Shares, f.Collateral,
        decimal.Round(f.Collateral / (decimal)f.Shares, 6, MidpointRounding.AwayFromZero).ToString("0.000000", CultureInfo.InvariantCulture), f.Fee, f.FeeInShares ? "shares" : "collateral",
        f.OrderHash, f.Transaction, f.LogIndex, f.BlockNumber);

    private static string Spelled(JsonElement t) => string.Join(' ',
        t.Text("leader"), t.Text("exchange"), t.Integer("exchangeVersion"), t.Text("role"), t.Text("side"), t.Text("tokenId"), t.Text("shares"), t.Text("collateral"),
        t.Text("price6"), t.Text("fee"), t.Text("feeAsset"), t.Text("orderHash"), t.Text("txHash"), t.Integer("logIndex"), t.Integer("blockNumber"));

    private static void ReadLogs(JsonElement logs, ChainLogReader read)
    {
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(logs.GetRawText()));
        json.Read();
        new LogJson().ReadArray(ref json, read);
    }
}
