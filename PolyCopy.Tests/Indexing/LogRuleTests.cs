using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Indexing;

/// <summary>Which logs count as a leader's trade, and which only look like one.</summary>
public class LogRuleTests
{
    private static readonly Contracts Polygon = new(137);
    private static readonly Address Leader = Address.Parse("0x3229011cf0EFfA1cC64c05C768A3469563370dAA");
    private static readonly Address Taker = Address.Parse("0xf2e730cc4ce2625a3240c85700c349816af9e64e");
    private static readonly Bytes32 OrderHash = Bytes32.Parse("0x" + new string('1', 64));
    private static readonly Address Standard = Exchanges.For(137, 2, false).Address;

    public static TheoryData<string> LookAlikes { get; } =
        ["another contract", "V1 topic from a V2 exchange", "three topics", "six words", "side 2", "no shares", "token zero", "more than 64 bits", "dirty address"];

    [Theory, MemberData(nameof(LookAlikes))]
    public void A_log_that_only_looks_like_a_fill_is_none(string what)
    {
        var contract = what == "another contract" ? Address.Parse("0xe2222d002000ba0053cef3375333610f64600036") : Standard;
        var data = Words(what == "side 2" ? 2 : 0, what == "token zero" ? 0 : 77, 550_000, what == "no shares" ? 0 : 1_000_000, 0, 0, 0);
        if (what == "more than 64 bits")
            data[(3 * 32) + 10] = 1;
        var log = Log(contract, what == "six words" ? data.AsSpan(0, 6 * 32) : data, what == "V1 topic from a V2 exchange" ? FillLog.TopicV1 : FillLog.TopicV2,
            what == "dirty address" ? Bytes32.Parse("0x010000000000000000000000" + Leader.ToLower()[2..]) : FillLog.Topic(Leader), what == "three topics" ? 3 : 4);
        FillLog.TryRead(log, Polygon, out _).Should().BeFalse();
    }

    [Fact]
    public void F39_a_resting_order_is_booked_with_its_own_side_and_token_in_a_mint()
    {
        // the aggressor buys YES (77), the leader's resting BUY of NO (78) meets him: both are buys
        var log = Log(Standard, Words(0, 78, 450_000, 1_000_000, 0, 0, 0), FillLog.TopicV2, FillLog.Topic(Leader), 4);
        FillLog.TryRead(log, Polygon, out var fill).Should().BeTrue();
        (fill.Wallet, fill.Side, fill.Token, fill.Shares, fill.Collateral, fill.IsTaker, fill.Other).Should().Be((Leader, Side.Buy, (UInt256)78, 1_000_000L, 450_000L, false, Taker));
    }

    [Fact]
    public void The_address_in_the_taker_topic_has_not_traded_by_this_log()
    {
        var log = Log(Standard, Words(0, 78, 450_000, 1_000_000, 0, 0, 0), FillLog.TopicV2, FillLog.Topic(Leader), 4);
        FillLog.TryWallet(log, Polygon, out var wallet);
        wallet.Should().Be(Leader).And.NotBe(Taker);
    }

    [Fact]
    public void The_fee_of_a_V1_buy_is_taken_in_shares()
    {
        var exchange = Exchanges.For(137, 1, false).Address;
        var log = Log(exchange, Words(0, 78, 450_000, 1_000_000, 2_000), FillLog.TopicV1, FillLog.Topic(Leader), 4);
        FillLog.TryRead(log, Polygon, out var fill).Should().BeTrue();
        (fill.Version, fill.Side, fill.Token, fill.Fee, fill.FeeInShares).Should().Be((1, Side.Buy, (UInt256)78, 2_000L, true));
    }

    [Fact]
    public void Looking_at_a_log_of_somebody_else_allocates_nothing()
    {
        var data = Words(0, 78, 450_000, 1_000_000, 0, 0, 0);
        var watched = Enumerable.Range(1, 2_000).Select(i => new Address(Keccak.Hash($"wallet {i}").ToString()[..42] is var t ? Hex.Read(t) : [])).ToHashSet();
        var found = Look(data, watched, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        found += Look(data, watched, 10_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        found.Should().Be(0);
    }

    private static int Look(byte[] data, HashSet<Address> watched, int times)
    {
        var found = 0;
        for (var i = 0; i < times; i++)
            if (FillLog.TryWallet(Log(Standard, data, FillLog.TopicV2, FillLog.Topic(Leader), 4), Polygon, out var wallet) && watched.Contains(wallet))
                found++;
        return found;
    }

    private static ChainLog Log(Address contract, ReadOnlySpan<byte> data, Bytes32 topic0, Bytes32 maker, int topics) => new()
    {
        Contract = contract,
        TopicCount = topics,
        Topic0 = topic0,
        Topic1 = OrderHash,
        Topic2 = maker,
        Topic3 = FillLog.Topic(Taker),
        Data = data,
        BlockNumber = 1,
    };

    private static byte[] Words(params long[] values)
    {
        var data = new byte[values.Length * 32];
        for (var i = 0; i < values.Length; i++)
            ((UInt256)values[i]).CopyTo(data.AsSpan(i * 32));
        return data;
    }
}
