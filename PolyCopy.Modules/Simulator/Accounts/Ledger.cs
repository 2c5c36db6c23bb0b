using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>
/// The venue's books. Nothing changes them but <see cref="Apply"/>, which a restart calls with the same changes in the same order,
/// so what is here after a restart is what was here before. Not thread-safe: the world's gate guards it.
/// </summary>
internal sealed class Ledger
{
    private readonly Dictionary<Address, Account> _accounts = [];
    private readonly Dictionary<Address, Wallet> _wallets = [];
    private readonly Dictionary<string, ApiKey> _keys = [];
    private readonly Dictionary<string, VenueOrder> _orders = [];
    private readonly Dictionary<string, VenueTrade> _trades = [];
    private readonly List<VenueTrade> _tradeList = [];
    private readonly Dictionary<string, Receipt> _receipts = [];
    private readonly List<Receipt> _receiptList = [];
    private readonly Dictionary<TokenId, long> _payouts = [];
    private readonly List<MarketQuoted> _quotes = [];
    private readonly HashSet<string> _proposed = [];
    private readonly Dictionary<string, MarketResolved> _resolved = [];
    private readonly List<LeaderTraded> _leaderTrades = [];
    private readonly List<HoldingsMoved> _moves = [];
    private readonly List<ChainReorganized> _reorgs = [];
    private readonly List<Redemption> _redemptions = [];
    private readonly Dictionary<Address, long> _byHand = [];
    private readonly HashSet<string> _labs = [];

    public string JournalId { get; private set; } = "";

    public long Seed { get; private set; }

    /// <summary>When the journal began, unix ms.</summary>
    public long OpenedAt { get; private set; }

    /// <summary>How often the venue was started again.</summary>
    public int Boots { get; private set; }

    /// <summary>The last movement of the clock; null when nobody touched it.</summary>
    public ClockMoved? Clock { get; private set; }

    /// <summary>How the next trades settle, and how many of them.</summary>
    public (int Count, SettleAs Plan) NextTrades { get; private set; }

    public IReadOnlyDictionary<Address, Account> Accounts => _accounts;

    public IReadOnlyDictionary<Address, Wallet> Wallets => _wallets;

    public IReadOnlyDictionary<string, VenueOrder> Orders => _orders;

    /// <summary>Every trade, oldest first.</summary>
    public IReadOnlyList<VenueTrade> Trades => _tradeList;

    public IReadOnlyList<Receipt> Receipts => _receiptList;

    /// <summary>Every control quote, oldest first: each bent the course for a while, and so the past.</summary>
    public IReadOnlyList<MarketQuoted> Quotes => _quotes;

    public IReadOnlySet<string> Proposed => _proposed;

    public IReadOnlyDictionary<string, MarketResolved> Resolved => _resolved;

    /// <summary>Trades of leaders made by the control route, oldest first.</summary>
    public IReadOnlyList<LeaderTraded> LeaderTrades => _leaderTrades;

    /// <summary>Movements of shares made by the control route, oldest first.</summary>
    public IReadOnlyList<HoldingsMoved> Moves => _moves;

    /// <summary>Shares that turned into cash, in order.</summary>
    public IReadOnlyList<Redemption> Redemptions => _redemptions;

    /// <summary>Wallets the lab let act, and when it first did, unix ms: from then on the seed leaves them alone.</summary>
    public IReadOnlyDictionary<Address, long> ByHand => _byHand;

    /// <summary>Transactions that the lab made.</summary>
    public IReadOnlySet<string> Labs => _labs;

    /// <summary>Every reorganisation of the chain, oldest first.</summary>
    public IReadOnlyList<ChainReorganized> Reorgs => _reorgs;

    public ApiKey? FindKey(string apiKey) => _keys.TryGetValue(apiKey, out var key) && !key.Deleted ? key : null;

    public ApiKey? FindKey(Address account, string nonce) =>
        _accounts.GetValueOrDefault(account)?.Keys.LastOrDefault(key => key.Nonce == nonce && !key.Deleted);

    /// <summary>The generation a new key of this nonce gets.</summary>
    public int NextGeneration(Address account, string nonce) => _accounts.GetValueOrDefault(account)?.Keys.Count(key => key.Nonce == nonce) ?? 0;

    public Wallet? FindWallet(Address address) => _wallets.GetValueOrDefault(address);

    public VenueOrder? FindOrder(string id) => _orders.GetValueOrDefault(id);

    public VenueTrade? FindTrade(string id) => _trades.GetValueOrDefault(id);

    public void Apply(Change change)
    {
        switch (change)
        {
            case VenueOpened opened: (JournalId, Seed, OpenedAt) = (opened.JournalId, opened.Seed, opened.At); break;
            case VenueRestarted: Boots++; break;
            case ClockMoved moved: Clock = moved; break;
            case KeyCreated created: Add(new ApiKey(Seed, created.Account, created.Nonce, created.Generation)); break;
            case KeyDeleted deleted: _keys[deleted.ApiKey].Deleted = true; break;
            case WalletFunded funded: WalletOf(funded.Wallet).Cash.Chain += funded.Usdc; break;
            case OrderReceived received: Count(received); break;
            case OrderPlaced placed: Place(placed); break;
            case OrderReleased released: Reserve(Set(_orders[released.Id], OrderState.LIVE)); break;
            case OrderEnded ended: End(ended); break;
            case TradeMatched matched: Match(matched); break;
            case TradeAdvanced advanced: Advance(advanced); break;
            case TradePlanned planned: Plan(planned); break;
            case NextTradesPlanned next: NextTrades = (next.Count, next.Plan); break;
            case MarketQuoted quoted: _quotes.Add(quoted); break;
            case MarketProposed proposed: _proposed.Add(proposed.Condition); break;
            case MarketResolved resolved: Resolve(resolved); break;
            case LeaderTraded traded: Trade(traded); break;
            case HoldingsMoved moved:
                _moves.Add(moved);
                _labs.Add(moved.Transaction);
                _byHand.TryAdd(moved.Wallet, moved.At);
                Move(moved, +1);
                break;
            case ChainReorganized reorg: Reorganize(reorg); break;
            default: throw new InvalidOperationException($"No rule for {change.GetType().Name}.");
        }
    }

    private static VenueOrder Set(VenueOrder order, OrderState state)
    {
        order.State = state;
        return order;
    }

    private Account AccountOf(Address address)
    {
        if (!_accounts.TryGetValue(address, out var account))
            _accounts[address] = account = new Account(address);
        return account;
    }

    private Wallet WalletOf(Address address)
    {
        if (!_wallets.TryGetValue(address, out var wallet))
            _wallets[address] = wallet = new Wallet(address);
        return wallet;
    }

    private void Add(ApiKey key)
    {
        AccountOf(key.Account).Keys.Add(key);
        _keys[key.Id] = key;
    }

    private void Count(OrderReceived received)
    {
        if (!_receipts.TryGetValue(received.Id, out var receipt))
        {
            _receipts[received.Id] = receipt = new Receipt(received.Id, received.Wallet);
            _receiptList.Add(receipt);
        }
        receipt.Received++;
        if (received.Accepted)
            receipt.Accepted++;
    }

    private void Place(OrderPlaced placed)
    {
        var order = new VenueOrder(placed, _orders.Count);
        _orders.Add(order.Id, order);
        AccountOf(placed.Account).OpenOrders.Add(order.Id, order);
        Reserve(order);
    }

    private void End(OrderEnded ended)
    {
        var order = Set(_orders[ended.Id], ended.State);
        AccountOf(order.Terms.Account).OpenOrders.Remove(order.Id);
        Reserve(order);
    }

    /// <summary>Brings what the order keeps promised in line with its state.</summary>
    private void Reserve(VenueOrder order)
    {
        var wallet = WalletOf(order.Terms.Wallet);
        var needed = order.Needed;
        (order.Terms.Side == Side.Buy ? wallet.Cash : wallet.Of(order.Terms.Token)).Active += needed - order.Reserved;
        order.Reserved = needed;
    }

    private void Match(TradeMatched matched)
    {
        var trade = new VenueTrade(matched, _tradeList.Count);
        _trades.Add(trade.Id, trade);
        _tradeList.Add(trade);
        if (matched.FromNext)
            NextTrades = NextTrades with { Count = NextTrades.Count - 1 };
        foreach (var leg in trade.UserLegs)
        {
            var order = _orders[leg.OrderId];
            order.Fill(leg, trade.Id);
            Reserve(order);
            Outgoing(leg).Matched += Leaving(leg);
            var trades = AccountOf(leg.Account).Trades;
            if (trades.Count == 0 || trades[^1] != trade)
                trades.Add(trade);
        }
    }

    private Holding Outgoing(TradeLeg leg) => leg.Side == Side.Buy ? WalletOf(leg.Wallet).Cash : WalletOf(leg.Wallet).Of(leg.Token);

    private static long Leaving(TradeLeg leg) => leg.Side == Side.Buy ? leg.Cash + leg.Fee : leg.Size;

    private void Advance(TradeAdvanced advanced)
    {
        var trade = _trades[advanced.Id];
        if (trade.IsOver)
            throw new InvalidOperationException($"Trade {trade.Id} was settled already.");
        var wasMined = trade.State is TradeState.MINED;
        (trade.State, trade.Transaction, trade.UpdatedAt) = (advanced.State, advanced.Transaction, advanced.At);
        (trade.MineAt, trade.ConfirmAt) = (advanced.MineAt, advanced.ConfirmAt);
        if (advanced.State is TradeState.RETRYING)
            trade.Plan = SettleAs.Confirm; // a retry is tried once more and then succeeds
        if (advanced.State is TradeState.MINED)
            trade.MinedAt = advanced.At;
        foreach (var leg in trade.UserLegs)
        {
            var wallet = WalletOf(leg.Wallet);
            switch (advanced.State)
            {
                case TradeState.MINED:
                    Outgoing(leg).Matched -= Leaving(leg);
                    Move(wallet, leg, +1);
                    break;
                case TradeState.FAILED or TradeState.RETRYING when wasMined:
                    Move(wallet, leg, -1);
                    if (advanced.State is TradeState.RETRYING)
                        Outgoing(leg).Matched += Leaving(leg);
                    break;
                case TradeState.FAILED:
                    Outgoing(leg).Matched -= Leaving(leg);
                    break;
            }
            Redeem(wallet, leg.Token, advanced.At);
        }
    }

    /// <summary>Moves the money and the shares of a leg on chain, or back.</summary>
    private static void Move(Wallet wallet, TradeLeg leg, int sign)
    {
        var (cash, shares) = leg.Side == Side.Buy ? (-(leg.Cash + leg.Fee), leg.Size) : (leg.Cash - leg.Fee, -leg.Size);
        wallet.Cash.Chain += sign * cash;
        wallet.Of(leg.Token).Chain += sign * shares;
    }

    /// <summary>A leader's holdings may go below zero here: what the seed gave him is not in the ledger.</summary>
    private void Trade(LeaderTraded traded)
    {
        _leaderTrades.Add(traded);
        _labs.Add(traded.Transaction);
        _byHand.TryAdd(traded.Leader, traded.At);
        WalletOf(traded.Leader).Cash.Chain += traded.Funded;
        Settle(traded, +1);
    }

    private void Settle(LeaderTraded traded, int sign)
    {
        foreach (var leg in traded.Makers.Prepend(traded.Taker).Where(leg => leg.Wallet == traded.Leader))
            Move(WalletOf(leg.Wallet), leg, sign);
        WalletOf(traded.Leader).Of(traded.Token).Chain += sign * traded.Granted;
    }

    /// <summary>What the lab made and a reorganisation lost is undone.</summary>
    private void Reorganize(ChainReorganized reorg)
    {
        _reorgs.Add(reorg);
        foreach (var hash in reorg.Dropped)
        {
            if (_leaderTrades.Find(trade => trade.Transaction == hash) is { } traded)
                Settle(traded, -1);
            else if (_moves.Find(move => move.Transaction == hash) is { } moved)
                Move(moved, -1);
        }
    }

    private void Move(HoldingsMoved moved, int direction)
    {
        var sign = direction * (moved.Kind is MoveKind.Receive or MoveKind.Split ? 1 : -1);
        for (var i = 0; i < moved.Tokens.Count; i++)
        {
            WalletOf(moved.Wallet).Of(moved.Tokens[i]).Chain += (moved.Kind == MoveKind.Convert && i > 0 ? -sign : sign) * moved.Amounts[i];
            if (moved.Kind is MoveKind.Transfer or MoveKind.Receive)
                WalletOf(moved.Counterparty).Of(moved.Tokens[i]).Chain -= sign * moved.Amounts[i];
        }
        WalletOf(moved.Wallet).Cash.Chain += direction * moved.Kind switch
        {
            MoveKind.Split => -moved.Amounts[0],
            MoveKind.Merge => moved.Amounts[0],
            MoveKind.Redeem => moved.Payout,
            _ => 0L,
        };
    }

    private void Plan(TradePlanned planned)
    {
        var trade = _trades[planned.Id];
        (trade.Plan, trade.MineAt, trade.ConfirmAt) = (planned.Plan, planned.MineAt, planned.ConfirmAt);
    }

    private void Resolve(MarketResolved resolved)
    {
        _resolved[resolved.Condition] = resolved;
        for (var i = 0; i < resolved.Tokens.Count; i++)
            _payouts[resolved.Tokens[i]] = resolved.Payouts[i];
        foreach (var wallet in _wallets.Values)
        {
            foreach (var token in resolved.Tokens)
                Redeem(wallet, token, resolved.At);
        }
    }

    /// <summary>Turns the shares of a resolved token into cash, except those that a match still owes to somebody.</summary>
    private void Redeem(Wallet wallet, TokenId token, long at)
    {
        if (!_payouts.TryGetValue(token, out var payout) || wallet.Find(token) is not { } shares || shares.Chain <= shares.Matched)
            return;
        var redeemed = shares.Chain - shares.Matched;
        shares.Chain -= redeemed;
        var cash = (long)((Int128)redeemed * payout / Usdc.Scale);
        wallet.Cash.Chain += cash;
        _redemptions.Add(new Redemption(wallet.Address, token, redeemed, cash, at));
    }
}

/// <summary>micro-shares of a resolved token that became micro-pUSD.</summary>
internal sealed record Redemption(Address Wallet, TokenId Token, long Shares, long Payout, long At);
