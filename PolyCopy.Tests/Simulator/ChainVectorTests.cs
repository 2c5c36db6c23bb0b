using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.World;
using PolyCopy.Tests.Signing;

namespace PolyCopy.Tests.Simulator;

/// <summary>What the simulated contracts log, held against golden logs of the real layouts.</summary>
public sealed class ChainVectorTests
{
    [Fact]
    public void Our_reader_of_fills_is_the_one_of_the_vectors() => VectorCases.Each("logs", vector =>
    {
        var logs = Logs(vector);
        var watched = vector.Input.GetProperty("watched").EnumerateArray().Select(wallet => wallet.GetString()!.ToLowerInvariant()).ToArray();
        var expected = vector.Expected.GetProperty("trades").EnumerateArray().Select(trade => (
            trade.Text("leader").ToLowerInvariant(), trade.Text("side"), trade.Text("tokenId"), BigInteger.Parse(trade.Text("collateral"), CultureInfo.InvariantCulture),
            BigInteger.Parse(trade.Text("shares"), CultureInfo.InvariantCulture), trade.Text("orderHash"), trade.Text("role") == "taker"));
        EvmFill.Of(logs.Select(EvmLog.Read), watched).Select(fill => (fill.Leader, fill.Side, fill.Token, fill.Collateral, fill.Shares, fill.OrderHash, fill.IsTaker)).Should().Equal(expected);
    });

    [Fact]
    public void A_match_of_two_orders_on_one_token_is_logged_as_the_exchanges_do() => VectorCases.Each("logs", vector =>
    {
        var logs = Logs(vector);
        var fills = logs.Select(EvmLog.Read).Where(log => log.Topics[0] == EvmLog.OrderFilled).ToList();
        if (fills.Count != 2 || logs.Count != 4 || fills[0].Words[1] != fills[1].Words[1] || fills.Any(fill => fill.Address != fills[0].Address))
            return; // V1, mints and merges, and chains of lies: the simulator logs mints and merges with the set that is made or given back
        var exchange = Exchanges.All.First(known => known.ChainId == Exchanges.Polygon && known.Version > 1 && known.Address.ToLower() == fills[0].Address);
        var token = fills[0].Words[1].ToString(CultureInfo.InvariantCulture);
        var market = Market(exchange, token);
        var tx = new FillTx(fills[0].TransactionHash, 0, market, Leg(fills[1], market), [Leg(fills[0], market)]);

        var emitted = tx.Logs().Where(log => log.Address != Contracts.Collateral).ToList();

        Texts(emitted).Should().Equal(logs.Select(log => (log.Text("address"), string.Join(' ', log.GetProperty("topics").EnumerateArray()), log.Text("data"))));
    });

    [Fact]
    public void Transfers_are_logged_as_the_token_contracts_do() => VectorCases.Each("event", vector =>
    {
        if (vector.Expected.Text("name") != "TransferSingle")
            return;
        var args = vector.Expected.GetProperty("args");
        var move = new Movement(Address.Parse(args.Text("from")), Address.Parse(args.Text("to")), TokenId.Parse(args.Text("id")), long.Parse(args.Text("value"), CultureInfo.InvariantCulture));
        Texts([TokenLogs.Single(Address.Parse(args.Text("operator")), move)]).Single()
            .Should().Be((vector.Input.Text("address"), string.Join(' ', vector.Input.GetProperty("topics").EnumerateArray()), vector.Input.Text("data")));
    });

    [Fact]
    public void Batches_are_logged_as_the_token_contracts_do() => VectorCases.Each("event", vector =>
    {
        if (vector.Expected.Text("name") != "TransferBatch" || vector.Expected.GetProperty("args").GetProperty("ids").GetArrayLength() == 0)
            return; // the simulator moves nothing in no batch
        var args = vector.Expected.GetProperty("args");
        var values = args.GetProperty("values").EnumerateArray().Select(value => long.Parse(value.GetString()!, CultureInfo.InvariantCulture)).ToList();
        var moves = args.GetProperty("ids").EnumerateArray().Select((id, i) => new Movement(Address.Parse(args.Text("from")), Address.Parse(args.Text("to")), TokenId.Parse(id.GetString()!), values[i])).ToList();
        // The vectors' ids are drawn at random, so the contract does not follow from them.
        var (_, topics, data) = Texts([TokenLogs.Batch(Address.Parse(args.Text("operator")), moves)]).Single();
        (topics, data).Should().Be((string.Join(' ', vector.Input.GetProperty("topics").EnumerateArray()), vector.Input.Text("data")));
    });

    [Fact]
    public void First_topics_are_those_of_the_signatures() => VectorCases.Each("topic0", vector =>
    {
        var known = new Dictionary<string, Bytes32>
        {
            ["OrderFilled(bytes32,address,address,uint8,uint256,uint256,uint256,uint256,bytes32,bytes32)"] = Topics.OrderFilled,
            ["TransferSingle(address,address,address,uint256,uint256)"] = Topics.TransferSingle,
            ["TransferBatch(address,address,address,uint256[],uint256[])"] = Topics.TransferBatch,
            ["Transfer(address,address,uint256)"] = Topics.Transfer,
            ["FeeCharged(address,uint256)"] = Topics.FeeCharged,
            ["OrdersMatched(bytes32,address,uint8,uint256,uint256,uint256)"] = Topics.OrdersMatched,
            ["PositionSplit(address,address,bytes32,bytes32,uint256[],uint256)"] = Topics.PositionSplit,
            ["PositionsMerge(address,address,bytes32,bytes32,uint256[],uint256)"] = Topics.PositionsMerge,
            ["PayoutRedemption(address,address,bytes32,bytes32,uint256[],uint256)"] = Topics.PayoutRedemption,
            ["ConditionResolution(bytes32,address,bytes32,uint256,uint256[])"] = Topics.ConditionResolution,
        };
        Keccak.Hash(vector.Input.Text("signature")).ToString().Should().Be(vector.Expected.Text("topic0"));
        if (known.TryGetValue(vector.Input.Text("signature"), out var topic))
            topic.ToString().Should().Be(vector.Expected.Text("topic0"));
    });

    [Theory]
    [InlineData(false, "0xe111180000d2663c0091e4f400237545b87b996b", "0x4d97dcd97ec945f40cf65f87097ace5ea0476045")]
    [InlineData(true, "0xe3333700ca9d93003f00f0f71f8515005f6c00aa", "0x006f54f7f9a22e0000cc2ab60031000000ae9fef")]
    public void A_market_of_version_2_settles_on_exchange_v3(bool isNew, string exchange, string keeper)
    {
        var market = Market(Exchanges.For(Exchanges.Polygon, isNew ? 3 : 2, false), isNew ? "871333629512230353272164412017524547064013606963857316963904121609706799104" : "110364787166928161861600414752034169426262571159319513462977121978995964624991");
        var hash = "0x" + new string('1', 64);
        TradeLeg Side(Modules.Kernel.Side side, byte wallet) => new(hash, null, default, new Address([.. Enumerable.Repeat(wallet, 20)]), TokenId.Parse(market.TokenIds[0]), 0, "Yes", side, 5_000, 2_000_000, 1_000_000, 0);
        var logs = new FillTx(hash, 0, market, Side(Modules.Kernel.Side.Buy, 1), [Side(Modules.Kernel.Side.Sell, 2)]).Logs().ToList();
        logs.Where(log => log.Topics[0] == Topics.OrderFilled).Should().HaveCount(2).And.OnlyContain(log => log.Address.ToLower() == exchange);
        logs.Where(log => log.Topics[0] == Topics.TransferSingle).Should().ContainSingle().Which.Address.ToLower().Should().Be(keeper);
    }

    private static List<JsonElement> Logs(VectorCase vector) => [.. vector.Input.GetProperty("logs").EnumerateArray()];

    private static List<(string, string, string)> Texts(IEnumerable<ChainLog> logs) => [.. logs.Select(log => (log.Address.ToLower(), string.Join(' ', log.Topics), Hex.Write(log.Data)))];

    private static TradeLeg Leg(EvmLog log, SimMarket market)
    {
        var buys = log.Words[0].IsZero;
        var (given, got) = ((long)log.Words[2], (long)log.Words[3]);
        return new TradeLeg(log.Topics[1], null, default, Address.Parse(log.Account(2)), TokenId.Parse(market.TokenIds[0]), 0, "Yes", buys ? Side.Buy : Side.Sell, 0, buys ? got : given, buys ? given : got, (long)log.Words[4]);
    }

    private static SimMarket Market(Exchange exchange, string token) => new()
    {
        Id = "1",
        ConditionId = "0x" + new string('2', 64),
        QuestionId = "0x" + new string('3', 64),
        Slug = "m",
        Question = "?",
        Description = "",
        Outcomes = ["Yes", "No"],
        TokenIds = [token, token + "1"],
        Event = new SimEvent { Id = "1", Slug = "e", Title = "?", Description = "", NegRisk = exchange.NegRisk, Category = "Tech", Tags = [], StartDate = Lab.Start, EndDate = Lab.Start },
        Tick = new Price(100),
        Fees = FeeSchedule.Zero,
        StartDate = Lab.Start,
        EndDate = Lab.Start,
        Version = exchange.Version == 3 ? "v2" : "v1",
        Model = new Settled { Key = 1, Value = 0.5 },
    };
}
