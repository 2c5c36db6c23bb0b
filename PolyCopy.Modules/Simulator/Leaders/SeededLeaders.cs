using System.Buffers.Binary;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>Matches of the seed by the time they were made.</summary>
internal interface ISeededMatches
{
    IEnumerable<FillTx> Matched(long afterMs, long throughMs);
}

/// <summary>
/// The leaders of the seed and everything they did since seven days before the venue opened. Nothing is stored: an hour of a leader's
/// life is made when somebody asks for it, and kept once it is past. Called under the world's gate.
/// </summary>
internal sealed class SeededLeaders : ISeededChain, ILeaderRoster, ISeededMatches
{
    private const long HourMs = 3_600_000;
    private const long PastMs = 7 * 24 * HourMs;

    /// <summary>From a match to its block, on average.</summary>
    private const long SettleMs = 2_200;

    private readonly SimWorld _world;
    private readonly Books _books;
    private readonly Lazy<IReadOnlyList<SeededLeader>> _leaders;
    private readonly Dictionary<(int Leader, long Number), Episode?> _episodes = [];
    private readonly Dictionary<(int Leader, long Hour), (List<FillTx> Fills, long Bends, bool IsPast)> _hours = [];
    private readonly Dictionary<(int Leader, string Condition), MoveTx?> _redeemed = [];
    private readonly Dictionary<string, IReadOnlyList<MarketState>> _markets = [];

    public SeededLeaders(SimWorld world, Books books)
    {
        (_world, _books) = (world, books);
        _leaders = new(() => [.. LeaderStyle.All.Select((style, i) => new SeededLeader(world.Seed, i, style))]);
    }

    public IReadOnlyList<SeededLeader> All => _leaders.Value;

    /// <summary>When the first of them began, unix ms.</summary>
    public long GenesisMs => _books.Ledger.OpenedAt - PastMs;

    public SeededLeader? Find(Address wallet) => All.FirstOrDefault(leader => leader.Wallet == wallet);

    public bool IsWallet(Address address) => All.Any(leader => leader.Wallet == address || (leader.Style.Washes && leader.Partner == address));

    public long Seeded(Address wallet, TokenId token, long block)
    {
        if (Find(wallet) is not { } leader)
            return 0;
        var sum = token.HasValue ? 0 : leader.Capital;
        foreach (var tx in Of(leader, block))
            sum += tx.Change(wallet, token);
        return sum;
    }

    /// <summary>Everything a leader did up to a block, oldest first.</summary>
    public IEnumerable<ChainTx> Of(SeededLeader leader, long block) => Settled(leader, SettlementTimes.BlockAt(GenesisMs), block);

    /// <summary>Leaders and their lasting counterparties.</summary>
    public IEnumerable<ChainTx> Of(Address wallet, long block) =>
        Find(wallet) is { } leader ? Of(leader, block)
        : All.FirstOrDefault(washer => washer.Style.Washes && washer.Partner == wallet) is { } other ? Of(other, block).Where(tx => tx.Concerns(wallet))
        : [];

    public IEnumerable<ChainTx> Between(long from, long to) => All.SelectMany(leader => Settled(leader, from, to));

    public IEnumerable<FillTx> Matched(long afterMs, long throughMs) =>
        All.SelectMany(leader => Fills(leader, afterMs, throughMs).Where(fill => Stands(leader, fill))).Where(fill => fill.MatchedMs > afterMs && fill.MatchedMs <= throughMs).OrderBy(fill => fill.MatchedMs);

    /// <summary>The block is written into the hash.</summary>
    public long? BlockOf(string hash)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.Size];
        if (!Hex.TryRead(hash, bytes))
            return null;
        var block = BinaryPrimitives.ReadInt64BigEndian(bytes[24..]) ^ BinaryPrimitives.ReadInt64BigEndian(bytes);
        return block > 0 && SettlementTimes.TimeOf(block) >= GenesisMs && SettlementTimes.TimeOf(block) <= _world.NowMs + HourMs ? block : null;
    }

    private IEnumerable<ChainTx> Settled(SeededLeader leader, long from, long to)
    {
        var (fromMs, toMs) = (SettlementTimes.TimeOf(from) - 4 * SettleMs, SettlementTimes.TimeOf(to));
        foreach (var fill in Fills(leader, fromMs, toMs))
        {
            if (fill.SeededBlock >= from && fill.SeededBlock <= to && Stands(leader, fill))
                yield return fill;
        }
        foreach (var redeemed in Redemptions(leader))
        {
            if (redeemed.SeededBlock >= from && redeemed.SeededBlock <= to)
                yield return redeemed;
        }
    }

    /// <summary>Fills matched in a time, in order.</summary>
    private IEnumerable<FillTx> Fills(SeededLeader leader, long fromMs, long toMs)
    {
        fromMs = Math.Max(fromMs, GenesisMs);
        for (var hour = fromMs / HourMs; hour <= toMs / HourMs; hour++)
        {
            foreach (var fill in Hour(leader, hour))
                yield return fill;
        }
    }

    private List<FillTx> Hour(SeededLeader leader, long hour)
    {
        if (_hours.TryGetValue((leader.Number, hour), out var kept) && (kept.IsPast || kept.Bends == _world.Bends))
            return kept.Fills;
        var (from, to) = (hour * HourMs, (hour + 1) * HourMs);
        var fills = new List<FillTx>();
        var longest = leader.Style.HoldMinutes.To * 60_000L + 2 * Episode.OrderMs;
        for (var number = Episode.FirstFrom(leader, Math.Max(GenesisMs, from - longest)); Episode.StartOf(leader, number) < to; number++)
        {
            if (Episode.StartOf(leader, number) < GenesisMs || EpisodeOf(leader, number) is not { } episode)
                continue;
            foreach (var side in (Side[])[Side.Buy, Side.Sell])
            {
                foreach (var (index, at, size) in episode.Fills(side))
                {
                    if (at >= from && at < to && size > 0)
                        fills.Add(Make(episode, side, index, at, size));
                }
            }
        }
        fills.Sort((a, b) => (a.MatchedMs, a.Hash).CompareTo((b.MatchedMs, b.Hash)));
        // What lies ahead may still be bent by a quote.
        _hours[(leader.Number, hour)] = (fills, _world.Bends, to < _world.NowMs);
        return fills;
    }

    private Episode? EpisodeOf(SeededLeader leader, long number)
    {
        if (!_episodes.TryGetValue((leader.Number, number), out var episode))
            _episodes[(leader.Number, number)] = episode = Episode.Make(leader, number, MarketsOf(leader), _books.Ledger.OpenedAt);
        return episode;
    }

    /// <summary>Standing markets of the leader's taste; slots come and go too fast for a pure past.</summary>
    private IReadOnlyList<MarketState> MarketsOf(SeededLeader leader)
    {
        var category = leader.Style.Category ?? "";
        if (!_markets.TryGetValue(category, out var markets))
        {
            _markets[category] = markets = [.. _world.Markets.Where(market => market.Market is { Active: true, BornResolved: null, Model: Wander or GroupShare } && (category.Length == 0 || market.Market.Event.Category == category))];
        }
        return markets;
    }

    private FillTx Make(Episode episode, Side side, int index, long at, long size)
    {
        var leader = episode.Leader;
        var market = episode.Market.Market;
        var dice = Noise.Mix(episode.Dice, (ulong)index, side == Side.Buy ? 20UL : 21UL);
        var price = episode.PriceAt(side, at);
        var name = $"{leader.Name} {episode.Number} {side}";
        var order = Bytes(name, -1);
        var rests = episode.Rests(side);
        var block = SimChain.BlockFor(at + SettleMs - 700 + (long)(dice % 1_400));
        var hash = SeededIds.Bytes(_world.Seed, name, index);
        BinaryPrimitives.WriteInt64BigEndian(hash.AsSpan(24), block ^ BinaryPrimitives.ReadInt64BigEndian(hash));

        // Most meet somebody who trades the same token; some a buyer or a seller of the other one.
        var crosses = !leader.Style.Washes && dice / 4 % 4 == 0;
        var (outcome, theirSide, theirPrice) = crosses
            ? (1 - episode.Outcome, side, Price.Scale - price)
            : (episode.Outcome, side == Side.Buy ? Side.Sell : Side.Buy, price);
        var cash = Money.CostFloor(size, price);
        var theirCash = crosses ? size - cash : cash;
        var own = Leg(market, order, leader.Wallet, episode.Outcome, side, price, size, cash, rests ? 0 : Fees.Of(market.Fees, size, price));
        var stranger = leader.Style.Washes ? leader.Partner : new Address(SeededIds.Bytes(_world.Seed, name + " counterparty", index).AsSpan(0, Address.Size));
        var theirs = Leg(market, Bytes(name + " counter", index), stranger, outcome, theirSide, theirPrice, size, theirCash, rests ? Fees.Of(market.Fees, size, theirPrice) : 0);
        var text = new Bytes32(hash).ToString();
        if (rests || dice / 16 % 3 != 0 || leader.Style.Washes)
            return new FillTx(text, at, market, rests ? theirs : own, [rests ? own : theirs]) { SeededBlock = block };

        // One of three takings meets two resting orders.
        var (first, firstCash) = (size / 2, 0L);
        firstCash = Money.CostFloor(first, theirPrice);
        var second = Leg(market, Bytes(name + " other", index), new Address(SeededIds.Bytes(_world.Seed, name + " other", index).AsSpan(0, Address.Size)), outcome, theirSide, theirPrice, size - first, theirCash - firstCash, 0);
        return new FillTx(text, at, market, own, [theirs with { Size = first, Cash = firstCash }, second]) { SeededBlock = block };
    }

    /// <summary>What a leader held of a market when it was resolved turns into pUSD.</summary>
    private IEnumerable<ChainTx> Redemptions(SeededLeader leader)
    {
        foreach (var resolved in _books.Ledger.Resolved.Values)
        {
            if (!_redeemed.TryGetValue((leader.Number, resolved.Condition), out var redeemed))
                _redeemed[(leader.Number, resolved.Condition)] = redeemed = Redeem(leader, resolved);
            if (redeemed is not null)
                yield return redeemed;
        }
    }

    private MoveTx? Redeem(SeededLeader leader, MarketResolved resolved)
    {
        if (_world.FindCondition(resolved.Condition) is not { } market || !MarketsOf(leader).Contains(market) || TakenAt(leader.Wallet) <= resolved.At)
            return null;
        var amounts = new long[resolved.Tokens.Count];
        foreach (var fill in Fills(leader, GenesisMs, resolved.At).Where(fill => Stands(leader, fill)))
        {
            for (var i = 0; i < amounts.Length; i++)
                amounts[i] += fill.Change(leader.Wallet, resolved.Tokens[i]);
        }
        if (amounts.All(amount => amount == 0))
            return null;
        var block = SimChain.BlockFor(resolved.At) + 3;
        var hash = SeededIds.Bytes(_world.Seed, $"{leader.Name} redeems {resolved.Condition}", 0);
        BinaryPrimitives.WriteInt64BigEndian(hash.AsSpan(24), block ^ BinaryPrimitives.ReadInt64BigEndian(hash));
        var payout = amounts.Select((amount, i) => (long)((Int128)amount * resolved.Payouts[i] / Usdc.Scale)).Sum();
        return new MoveTx(new Bytes32(hash).ToString(), resolved.At, market.Market, MoveKind.Redeem, leader.Wallet, default, amounts, payout) { SeededBlock = block };
    }

    /// <summary>Not after the market's end, and not after the lab took the leader into its own hand.</summary>
    private bool Stands(SeededLeader leader, FillTx fill) =>
        (!_books.Ledger.Resolved.TryGetValue(fill.Market.ConditionId, out var resolved) || fill.MatchedMs < resolved.At) && fill.MatchedMs < TakenAt(leader.Wallet);

    private long TakenAt(Address wallet) => _books.Ledger.ByHand.GetValueOrDefault(wallet, long.MaxValue);

    private string Bytes(string name, int index) => new Bytes32(SeededIds.Bytes(_world.Seed, name, index)).ToString();

    private static TradeLeg Leg(SimMarket market, string order, Address wallet, int outcome, Side side, int price, long size, long cash, long fee) =>
        new(order, null, default, wallet, TokenId.Parse(market.TokenIds[outcome]), outcome, market.Outcomes[outcome], side, price, size, cash, fee);
}
