using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>What comes into the chain, and what a reorganisation takes out of it.</summary>
internal sealed partial class SimChain
{
    /// <summary>Where shares come from that a control leader sells without having them.</summary>
    private static readonly Address Bank = Address.Parse("0x00000000000000000000000000000000ba4Cba4c");

    /// <summary>Puts back what the ledger remembers.</summary>
    public void Restore()
    {
        var ledger = books.Ledger;
        foreach (var trade in ledger.Trades.Where(trade => trade.State is TradeState.MINED or TradeState.CONFIRMED))
            Include(trade);
        foreach (var traded in ledger.LeaderTrades)
            Include(traded);
        foreach (var moved in ledger.Moves)
            Include(moved);
        IncludeResults();
        foreach (var reorg in ledger.Reorgs)
            Replace(reorg);
    }

    /// <summary>Puts results of markets and what was redeemed since the last call on chain; a redemption follows two blocks later.</summary>
    public void IncludeResults()
    {
        var ledger = books.Ledger;
        foreach (var resolved in ledger.Resolved.Values.Skip(_resolved))
        {
            if (world.FindCondition(resolved.Condition) is { } market)
                Add(new ResolutionTx(new Bytes32(SeededIds.Bytes(world.Seed, "result " + resolved.Condition, 0)).ToString(), resolved.At, market.Market, resolved.Payouts), BlockFor(resolved.At));
        }
        _resolved = ledger.Resolved.Count;
        for (; _redeemed < ledger.Redemptions.Count; _redeemed++)
        {
            var redeemed = ledger.Redemptions[_redeemed];
            if (world.FindToken(redeemed.Token.Digits) is not { } found)
                continue;
            long[] amounts = found.TokenIndex == 0 ? [redeemed.Shares, 0] : [0, redeemed.Shares];
            var hash = new Bytes32(SeededIds.Bytes(world.Seed, "redeem", _redeemed)).ToString();
            Add(new MoveTx(hash, redeemed.At, found.Market.Market, MoveKind.Redeem, redeemed.Wallet, default, amounts, redeemed.Payout), BlockFor(redeemed.At) + 2);
        }
    }

    /// <summary>A match of users was mined.</summary>
    public void Include(VenueTrade trade)
    {
        if (world.FindCondition(trade.Match.Condition) is not { } market || trade.MinedAt is not { } mined)
            return;
        Remove(trade.Match.Transaction); // the tape's print of the same match
        Add(new FillTx(trade.Transaction, trade.Match.At, market.Market, trade.Match.Taker, trade.Match.Makers), BlockFor(mined));
    }

    public void Include(LeaderTraded traded)
    {
        if (world.FindCondition(traded.Condition) is { } market)
            Add(FillOf(traded, market.Market), BlockFor(traded.At));
    }

    /// <summary>A control leader's trade as a transaction.</summary>
    public static FillTx FillOf(LeaderTraded traded, SimMarket market) => new(
        traded.Transaction, traded.At, market, traded.Taker, traded.Makers, traded.Granted > 0 ? new Movement(Bank, traded.Leader, traded.Token, traded.Granted) : null);

    public void Include(HoldingsMoved moved)
    {
        if (world.FindCondition(moved.Condition) is { } market)
            Add(MoveOf(moved, market.Market), BlockFor(moved.At));
    }

    /// <summary>A trade between strangers; kept for a while only.</summary>
    public void IncludeStrangers(FillTx fill, long block)
    {
        if (_places.ContainsKey(fill.Hash))
            return;
        Add(fill, block);
        _strangers.Add(fill.Hash);
        _forget.Enqueue((block, fill.Hash));
        while (_forget.TryPeek(out var oldest) && oldest.Block < Head - StrangersKept)
            Remove(_forget.Dequeue().Hash);
    }

    /// <summary>Takes back what is in no block yet.</summary>
    public void Forget(string hash)
    {
        if (_places.TryGetValue(hash, out var block) && block > Head)
            Remove(hash);
    }

    /// <summary>A settlement was undone: when it is in a block already, that block is replaced by one without it.</summary>
    public void Drop(Books.Entry entry, string hash)
    {
        if (!_places.TryGetValue(hash, out var block))
            return;
        if (block > Head)
            Remove(hash);
        else
            Reorganize(entry, (int)(Head - block + 1), tx => tx.Hash == hash, delay: 0, tells: true);
    }

    /// <summary>Replaces the newest blocks.</summary>
    /// <param name="entry">The command it is part of.</param>
    /// <param name="depth">How many; no finalized one.</param>
    /// <param name="loses">Whether a transaction of these blocks is lost; the others come back.</param>
    /// <param name="delay">How many blocks later they come back.</param>
    /// <param name="tells">Whether subscribers of logs hear that they were removed.</param>
    public ChainReorganized Reorganize(Books.Entry entry, int depth, Func<ChainTx, bool> loses, int delay, bool tells)
    {
        var head = Head;
        var from = head - depth + 1;
        var gone = new List<(MinedTx, string)>();
        var dropped = new List<string>();
        var moved = new Dictionary<string, long>();
        foreach (var block in Blocks(from, head))
        {
            var hash = HashOf(block[0].Block).ToString();
            foreach (var mined in block)
            {
                gone.Add((mined, hash));
                if (loses(mined.Tx))
                    dropped.Add(mined.Tx.Hash);
                else if (delay > 0)
                    moved[mined.Tx.Hash] = head + delay;
            }
        }
        var reorg = new ChainReorganized(from, head, dropped, moved, NowMs);
        entry.Apply(reorg);
        Replace(reorg);
        Reorganized?.Invoke(gone, reorg, tells);
        return reorg;
    }

    private MoveTx MoveOf(HoldingsMoved moved, SimMarket market)
    {
        var tx = new MoveTx(moved.Transaction, moved.At, market, moved.Kind, moved.Wallet, moved.Counterparty, moved.Amounts, moved.Payout);
        return moved.Kind != MoveKind.Convert ? tx : tx with
        {
            Amounts = [0, moved.Amounts[0]],
            Gets = [.. moved.Tokens.Skip(1).Select(token => world.FindToken(token.Digits)?.Market.Market).OfType<SimMarket>()],
        };
    }

    private void Replace(ChainReorganized reorg)
    {
        _laid.Clear();
        foreach (var hash in reorg.Dropped)
        {
            _dropped.Add(hash);
            Remove(hash);
        }
        foreach (var (hash, block) in reorg.Moved)
        {
            var tx = _places.TryGetValue(hash, out var place) ? _blocks[place].Find(tx => tx.Hash == hash) : seeded.BlockOf(hash) is { } at ? seeded.Between(at, at).FirstOrDefault(tx => tx.Hash == hash) : null;
            if (tx is null)
                continue;
            var isStrangers = _strangers.Contains(hash);
            Remove(hash);
            Add(tx, block);
            if (isStrangers)
                _strangers.Add(hash);
        }
    }
}
