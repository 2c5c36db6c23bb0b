using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>A transaction of the venue's contracts; its logs are made when somebody asks.</summary>
/// <param name="Hash">0x and 64 hex.</param>
/// <param name="MatchedMs">When it was decided off chain, unix ms; the block comes later.</param>
internal abstract record ChainTx(string Hash, long MatchedMs)
{
    /// <summary>The block, where the seed has fixed it.</summary>
    public long SeededBlock { get; init; }

    /// <summary>The contract that was called.</summary>
    public abstract Address To { get; }

    public abstract IEnumerable<ChainLog> Logs();

    /// <summary>True when it moves something of this wallet.</summary>
    public abstract bool Concerns(Address wallet);

    /// <summary>How much of a token (no token: pUSD) the wallet has more afterwards, micro-units.</summary>
    public long Change(Address wallet, TokenId token)
    {
        var sum = 0L;
        foreach (var move in Moves())
        {
            if (move.Token == token)
                sum += (move.To == wallet ? move.Amount : 0) - (move.From == wallet ? move.Amount : 0);
        }
        return sum;
    }

    /// <summary>Every movement of tokens and pUSD, in order.</summary>
    public abstract IEnumerable<Movement> Moves();
}

/// <summary>Tokens, or pUSD when there is no token, from one holder to another; the zero address makes and destroys.</summary>
internal readonly record struct Movement(Address From, Address To, TokenId Token, long Amount);

/// <summary>One match settled by an exchange: for each resting order its fill, then the aggressor's own, summed (facts on-chain 6).</summary>
/// <param name="Grant">Shares a control leader gets first, so that he has what he sells.</param>
internal sealed record FillTx(string Hash, long MatchedMs, SimMarket Market, TradeLeg Taker, IReadOnlyList<TradeLeg> Makers, Movement? Grant = null) : ChainTx(Hash, MatchedMs)
{
    public override Address To => Exchange;

    public Address Exchange => Exchanges.ForMarket(Exchanges.Polygon, Market.Version, Market.NegRisk).Address;

    public override bool Concerns(Address wallet) => Taker.Wallet == wallet || Makers.Any(maker => maker.Wallet == wallet);

    public override IEnumerable<ChainLog> Logs()
    {
        var exchange = Exchange;
        if (Grant is { } grant)
            yield return TokenLogs.Single(grant.From, grant);
        foreach (var maker in Makers)
        {
            foreach (var log in Settle(exchange, maker))
                yield return log;
            yield return Filled(exchange, maker, Taker.Wallet);
        }
        if (Taker.Fee > 0)
        {
            yield return TokenLogs.Collateral(new Movement(Taker.Wallet, Contracts.FeeReceiver, default, Taker.Fee));
            yield return new ChainLog(exchange, [Topics.FeeCharged, Abi.Word(Contracts.FeeReceiver)], Abi.Data(Abi.Word(Taker.Fee)));
        }
        yield return Filled(exchange, Taker, exchange);
        var (given, got) = Amounts(Taker);
        yield return new ChainLog(exchange, [Topics.OrdersMatched, Bytes32.Parse(Taker.OrderId), Abi.Word(Taker.Wallet)],
            Abi.Data(SideWord(Taker), TokenWord(Taker), Abi.Word(given), Abi.Word(got)));
    }

    public override IEnumerable<Movement> Moves()
    {
        if (Grant is { } grant)
            yield return grant;
        foreach (var maker in Makers)
        {
            foreach (var move in MovesOf(maker))
                yield return move;
        }
        if (Taker.Fee > 0)
            yield return new Movement(Taker.Wallet, Contracts.FeeReceiver, default, Taker.Fee);
    }

    private IEnumerable<ChainLog> Settle(Address exchange, TradeLeg maker)
    {
        var moves = MovesOf(maker).ToList();
        for (var i = 0; i < moves.Count; i++)
        {
            if (!moves[i].Token.HasValue)
                yield return TokenLogs.Collateral(moves[i]);
            else if (moves[i].From == Address.Zero || moves[i].To == Address.Zero)
                yield return TokenLogs.Batch(exchange, moves[i], moves[++i]); // a full set is made or given back at once
            else
                yield return TokenLogs.Single(exchange, moves[i]);
        }
    }

    /// <summary>A sale of one token; two buyers of opposite tokens, for whom a set is made; or two sellers, whose set is given back.</summary>
    private IEnumerable<Movement> MovesOf(TradeLeg maker)
    {
        var exchange = Exchange;
        var takerCash = maker.Token == Taker.Token ? maker.Cash : maker.Size - maker.Cash;
        if (maker.Token == Taker.Token)
        {
            var (buyer, seller) = Taker.Side == Side.Buy ? (Taker, maker) : (maker, Taker);
            yield return new Movement(buyer.Wallet, seller.Wallet, default, takerCash);
            yield return new Movement(seller.Wallet, buyer.Wallet, Taker.Token, maker.Size);
        }
        else if (Taker.Side == Side.Buy)
        {
            yield return new Movement(maker.Wallet, exchange, default, maker.Cash);
            yield return new Movement(Taker.Wallet, exchange, default, takerCash);
            yield return new Movement(Address.Zero, exchange, Taker.Token, maker.Size);
            yield return new Movement(Address.Zero, exchange, maker.Token, maker.Size);
            yield return new Movement(exchange, maker.Wallet, maker.Token, maker.Size);
            yield return new Movement(exchange, Taker.Wallet, Taker.Token, maker.Size);
        }
        else
        {
            yield return new Movement(maker.Wallet, exchange, maker.Token, maker.Size);
            yield return new Movement(Taker.Wallet, exchange, Taker.Token, maker.Size);
            yield return new Movement(exchange, Address.Zero, Taker.Token, maker.Size);
            yield return new Movement(exchange, Address.Zero, maker.Token, maker.Size);
            yield return new Movement(exchange, maker.Wallet, default, maker.Cash);
            yield return new Movement(exchange, Taker.Wallet, default, takerCash);
        }
    }

    private static ChainLog Filled(Address exchange, TradeLeg leg, Address counterparty)
    {
        var (given, got) = Amounts(leg);
        return new ChainLog(exchange, [Topics.OrderFilled, Bytes32.Parse(leg.OrderId), Abi.Word(leg.Wallet), Abi.Word(counterparty)],
            Abi.Data(SideWord(leg), TokenWord(leg), Abi.Word(given), Abi.Word(got), Abi.Word(leg.Fee), default, default));
    }

    private static (long Given, long Got) Amounts(TradeLeg leg) => leg.Side == Side.Buy ? (leg.Cash, leg.Size) : (leg.Size, leg.Cash);

    private static Bytes32 SideWord(TradeLeg leg) => Abi.Word(leg.Side == Side.Buy ? 0 : 1);

    private static Bytes32 TokenWord(TradeLeg leg) => Abi.Word((UInt256)leg.Token);
}

/// <summary>Transfers as ERC-20 and ERC-1155 log them.</summary>
internal static class TokenLogs
{
    public static ChainLog Collateral(Movement move) => new(Contracts.Collateral, [Topics.Transfer, Abi.Word(move.From), Abi.Word(move.To)], Abi.Data(Abi.Word(move.Amount)));

    public static ChainLog Single(Address by, Movement move) => new(
        Contracts.KeeperOf((UInt256)move.Token), [Topics.TransferSingle, Abi.Word(by), Abi.Word(move.From), Abi.Word(move.To)], Abi.Data(Abi.Word((UInt256)move.Token), Abi.Word(move.Amount)));

    /// <summary>Several tokens between the same holders.</summary>
    public static ChainLog Batch(Address by, params IReadOnlyList<Movement> moves)
    {
        List<Bytes32> words = [Abi.Word(0x40), Abi.Word(0x60 + Bytes32.Size * moves.Count), Abi.Word(moves.Count)];
        words.AddRange(moves.Select(move => Abi.Word((UInt256)move.Token)));
        words.Add(Abi.Word(moves.Count));
        words.AddRange(moves.Select(move => Abi.Word(move.Amount)));
        return new ChainLog(Contracts.KeeperOf((UInt256)moves[0].Token), [Topics.TransferBatch, Abi.Word(by), Abi.Word(moves[0].From), Abi.Word(moves[0].To)], Abi.Data([.. words]));
    }
}
