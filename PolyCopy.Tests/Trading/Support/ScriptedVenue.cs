using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Trading.Support;

/// <summary>What the venue does with the next order it is sent.</summary>
internal enum Act
{
    /// <summary>Matches <see cref="ScriptedVenue.Fraction"/> of it at once.</summary>
    Match,
    Rest,
    Delay,
    Reject,
    Hold,

    /// <summary>Takes it, matches it, and the answer is lost.</summary>
    LoseAnswer,

    /// <summary>Takes it, lets it rest, and the answer is lost.</summary>
    RestAndLoseAnswer,

    /// <summary>The request is lost.</summary>
    LoseRequest,

    /// <summary>Answers when told to.</summary>
    Hang,
}

/// <summary>A small venue in memory: accounts, orders, trades with settlement, duplicates by hash, a user channel per account. What it does is scripted; what it knows it never forgets.</summary>
internal sealed class ScriptedVenue(TimeProvider clock) : ITradingVenue, IUserChannel, IVenueClock
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Order> _orders = [];
    private readonly List<Trade> _trades = [];
    private readonly Dictionary<(Guid, TokenId?), long> _balances = [];
    private readonly ConcurrentDictionary<Guid, Channel<object>> _channels = new();
    private readonly ConcurrentQueue<Act> _script = new();
    private long _numbers;

    public Act Default { get; set; } = Act.Match;

    /// <summary>How much of an order matches.</summary>
    public decimal Fraction { get; set; } = 1;

    /// <summary>Where it matches; null: at the order's worst price.</summary>
    public Price? FillPrice { get; set; }

    /// <summary>Into how many trades a match is cut.</summary>
    public int TradesPerMatch { get; set; } = 1;

    public Error Rejection { get; set; } = new("order.no_match", "no orders found to match with FAK order");

    public TimeSpan HoldFor { get; set; } = TimeSpan.FromSeconds(79);

    /// <summary>Reads fail as on a dead line.</summary>
    public bool ReadsFail { get; set; }

    /// <summary>Trades are not listed yet.</summary>
    public bool TradesHidden { get; set; }

    /// <summary>Whether user channels connect; off, tests see what REST alone does.</summary>
    public bool ChannelOnline { get; set; }

    /// <summary>The user channel says nothing.</summary>
    public bool ChannelMute { get; set; }

    /// <summary>What the next balance reads say, whatever is true.</summary>
    public ConcurrentQueue<long> FlakyBalances { get; } = new();

    public TaskCompletionSource Release { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimeSpan Skew { get; set; }

    public DateTimeOffset UtcNow => clock.GetUtcNow() + Skew;

    public int BalanceReads { get; private set; }

    public int BalanceRefreshes { get; private set; }

    public int Lookups { get; private set; }

    public List<string> Cancelled { get; } = [];

    public ConcurrentQueue<string> Received { get; } = new();

    public void Script(params Act[] acts)
    {
        foreach (var act in acts)
            _script.Enqueue(act);
    }

    public void ClearScript() => _script.Clear();

    public void Fund(Guid wallet, decimal pusd)
    {
        lock (_lock)
            _balances[(wallet, null)] = _balances.GetValueOrDefault((wallet, null)) + (long)(pusd * 1_000_000);
    }

    public void Give(Guid wallet, TokenId token, decimal shares)
    {
        lock (_lock)
            _balances[(wallet, token)] = _balances.GetValueOrDefault((wallet, token)) + (long)(shares * 1_000_000);
    }

    public SignedOrder Sign(ITradingAccount account, OrderDraft draft)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Wire(Interlocked.Increment(ref _numbers), account.WalletId, draft.ConditionId, draft.Token.Digits, draft.Side, draft.Type, draft.MakerAmount, draft.TakerAmount, draft.PostOnly, draft.Expiration));
        return new SignedOrder("0x" + Convert.ToHexStringLower(SHA256.HashData([.. body, .. Salt])), body);
    }

    public async Task<IReadOnlyList<PostAnswer>> PostAsync(IReadOnlyList<OutgoingOrder> batch, CancellationToken ct) =>
        await Task.WhenAll(batch.Select(PostAsync));

    public Task<OrderLookup> LookupAsync(ITradingAccount account, string hash, DateTimeOffset since, CancellationToken ct)
    {
        lock (_lock)
        {
            Lookups++;
            Readable();
            return Task.FromResult(new OrderLookup(
                _orders.GetValueOrDefault(hash) is { IsOpen: true } order ? View(order) : null,
                TradesHidden ? [] : [.. _trades.Where(t => t.Hash == hash).Select(View)]));
        }
    }

    public Task<IReadOnlyList<CancelAnswer>> CancelAsync(ITradingAccount account, IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        hashes.Count.Should().BeLessThanOrEqualTo(100, "a batch that costs more than the signer's bucket never succeeds");
        lock (_lock)
        {
            Readable();
            var answers = new List<CancelAnswer>();
            foreach (var hash in hashes)
            {
                var order = _orders.GetValueOrDefault(hash);
                if (order is { IsOpen: true })
                {
                    order.Status = VenueOrderStatus.Cancelled;
                    Cancelled.Add(hash);
                    Push(order.Wallet, View(order));
                }
                answers.Add(new CancelAnswer(hash, Cancelled.Contains(hash) ? null : new Error("order.gone", "already canceled or matched")));
            }
            return Task.FromResult<IReadOnlyList<CancelAnswer>>(answers);
        }
    }

    public Task<IReadOnlyList<VenueOrder>> OpenOrdersAsync(ITradingAccount account, CancellationToken ct)
    {
        lock (_lock)
        {
            Readable();
            return Task.FromResult<IReadOnlyList<VenueOrder>>([.. _orders.Values.Where(o => o.Wallet == account.WalletId && o.IsOpen).Select(View)]);
        }
    }

    public Task<IReadOnlyList<VenueFill>> FillsAsync(ITradingAccount account, DateTimeOffset? after, CancellationToken ct)
    {
        lock (_lock)
        {
            Readable();
            return Task.FromResult<IReadOnlyList<VenueFill>>(TradesHidden ? [] : [.. _trades.Where(t => t.Wallet == account.WalletId && (after is null || t.At >= after)).Select(View)]);
        }
    }

    public Task<long> BalanceAsync(ITradingAccount account, TokenId? token, bool refresh, CancellationToken ct)
    {
        lock (_lock)
        {
            Readable();
            BalanceReads++;
            BalanceRefreshes += refresh ? 1 : 0;
            return Task.FromResult(FlakyBalances.TryDequeue(out var flaky) ? flaky : Settled(account.WalletId, token));
        }
    }

    async Task IUserChannel.RunAsync(ITradingAccount account, IUserChannelListener listener, CancellationToken ct)
    {
        if (!ChannelOnline)
        {
            await Task.Delay(Timeout.Infinite, ct);
            return;
        }
        var events = Channel.CreateUnbounded<object>();
        _channels[account.WalletId] = events;
        Connections++;
        try
        {
            await listener.ConnectedAsync(ct);
            await foreach (var item in events.Reader.ReadAllAsync(ct))
                switch (item)
                {
                    case VenueOrder order:
                        await listener.OrderAsync(order, ct);
                        break;
                    case VenueFill fill:
                        await listener.FillAsync(fill, ct);
                        break;
                    case TaskCompletionSource mark:
                        mark.SetResult();
                        break;
                }
        }
        finally
        {
            _channels.TryRemove(KeyValuePair.Create(account.WalletId, events));
        }
    }

    public int Connections { get; private set; }

    public bool IsConnected(Guid wallet) => _channels.ContainsKey(wallet);

    /// <summary>Cuts the wallet's channel.</summary>
    public void Disconnect(Guid wallet)
    {
        if (_channels.TryRemove(wallet, out var channel))
            channel.Writer.Complete();
    }

    /// <summary>When everything pushed so far has been heard.</summary>
    public Task HeardAsync(Guid wallet)
    {
        var mark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_channels.TryGetValue(wallet, out var channel) || !channel.Writer.TryWrite(mark))
            return Task.CompletedTask;
        return mark.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void LetGo()
    {
        Release.TrySetResult();
        Release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public IReadOnlyList<VenueFill> Trades(string? hash = null)
    {
        lock (_lock)
            return [.. _trades.Where(t => hash is null || t.Hash == hash).Select(View)];
    }

    public IReadOnlyList<(string Hash, int Received, int Accepted)> Orders()
    {
        lock (_lock)
            return [.. Received.GroupBy(h => h).Select(g => (g.Key, g.Count(), _orders.TryGetValue(g.Key, out var o) ? o.Accepted : 0))];
    }

    public VenueOrderStatus? StatusOf(string hash)
    {
        lock (_lock)
            return _orders.GetValueOrDefault(hash)?.Status;
    }

    /// <summary>A resting or delayed order meets somebody.</summary>
    public void Hit(string hash, decimal shares, Price? price = null)
    {
        lock (_lock)
            Match(_orders[hash], (long)(shares * 1_000_000), price, isTaker: false);
    }

    /// <summary>The venue ends an order by itself.</summary>
    public void Drop(string hash, VenueOrderStatus status, string text, bool push = true)
    {
        lock (_lock)
        {
            _orders[hash].Status = status;
            if (push)
                Push(_orders[hash].Wallet, View(_orders[hash]) with { StatusText = text });
        }
    }

    /// <summary>A trade of the wallet that we did not order.</summary>
    public VenueFill Foreign(Guid wallet, string conditionId, TokenId token, Side side, decimal shares, Price price, bool push = true)
    {
        lock (_lock)
        {
            var trade = new Trade(NewTradeId(), "0x" + Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(++_numbers))), wallet, conditionId, token, side, (long)(shares * 1_000_000), (long)(shares * price.ToDecimal() * 1_000_000), true, UtcNow);
            _trades.Add(trade);
            if (push)
                Push(wallet, View(trade));
            return View(trade);
        }
    }

    public void Settle(SettlementStatus status, string? hash = null, bool push = true)
    {
        lock (_lock)
            foreach (var trade in _trades.Where(t => (hash is null || t.Hash == hash) && t.Status is not (SettlementStatus.Confirmed or SettlementStatus.Failed)))
            {
                trade.Status = status;
                trade.Transaction = "0x" + trade.Id.Replace("-", "", StringComparison.Ordinal);
                if (push)
                    Push(trade.Wallet, View(trade));
            }
    }

    /// <summary>Tells everything about an order again.</summary>
    public void Repeat(string hash)
    {
        lock (_lock)
            foreach (var trade in _trades.Where(t => t.Hash == hash))
                Push(trade.Wallet, View(trade));
    }

    /// <summary>What the wallet would have once every match that has not failed is settled; micro-units.</summary>
    public long Matched(Guid wallet, TokenId? token)
    {
        lock (_lock)
            return _balances.GetValueOrDefault((wallet, token)) + _trades.Where(t => t.Wallet == wallet && t.Status != SettlementStatus.Failed).Sum(t => Effect(t, token));
    }

    private static readonly byte[] Salt = RandomNumberGenerator.GetBytes(8);

    private async Task<PostAnswer> PostAsync(OutgoingOrder order)
    {
        Received.Enqueue(order.Hash);
        var act = _script.TryDequeue(out var scripted) ? scripted : Default;
        if (act == Act.Hang)
        {
            await Release.Task;
            act = Act.Match;
        }
        lock (_lock)
            return Take(order, act);
    }

    private PostAnswer Take(OutgoingOrder outgoing, Act act)
    {
        var hash = outgoing.Hash;
        if (act == Act.LoseRequest)
            return Answer(hash, PostStatus.Unknown);
        if (_orders.TryGetValue(hash, out var known))
        {
            known.Duplicates++;
            return Answer(hash, PostStatus.Duplicate);
        }
        if (act == Act.Reject)
            return Answer(hash, PostStatus.Rejected) with { Error = Rejection };
        if (act == Act.Hold)
            return Answer(hash, PostStatus.Held) with { Error = new Error("venue.not_ready", "post-only mode"), RetryAfter = HoldFor };
        var wire = JsonSerializer.Deserialize<Wire>(outgoing.Body.Span)!;
        var order = new Order(hash, wire) { Accepted = 1 };
        _orders.Add(hash, order);
        switch (act)
        {
            case Act.Delay:
                order.Status = VenueOrderStatus.Delayed;
                return Answer(hash, PostStatus.Delayed);
            case Act.Rest or Act.RestAndLoseAnswer:
                Push(order.Wallet, View(order));
                return Answer(hash, act == Act.Rest ? PostStatus.Live : PostStatus.Unknown);
        }
        var before = _trades.Count;
        Match(order, (long)(order.Shares(FillPrice) * Fraction), FillPrice, isTaker: true);
        if (order.Type.IsImmediateForTests() && order.Status == VenueOrderStatus.Live)
            order.Status = VenueOrderStatus.Cancelled; // the rest of a FAK
        if (act == Act.LoseAnswer)
            return Answer(hash, PostStatus.Unknown);
        var mine = _trades.Skip(before).ToList();
        var (shares, cash) = (mine.Sum(t => t.Shares), mine.Sum(t => t.Cash));
        return new PostAnswer(hash, PostStatus.Matched, order.Side == Side.Buy ? cash : shares, order.Side == Side.Buy ? shares : cash, [.. mine.Select(t => t.Id)], null, null);
    }

    private void Match(Order order, long shares, Price? price, bool isTaker)
    {
        if (shares <= 0)
            return;
        var parts = Math.Max(1, TradesPerMatch);
        for (var i = 0; i < parts; i++)
        {
            var part = i == parts - 1 ? shares - shares / parts * (parts - 1) : shares / parts;
            var cash = price is { } at ? (long)((Int128)part * at.TenThousandths / Price.Scale) : (long)((Int128)part * order.Cash / order.Limit);
            _trades.Add(new Trade(NewTradeId(), order.Hash, order.Wallet, order.ConditionId, order.Token, order.Side, part, cash, isTaker, UtcNow));
            order.Matched += part;
            order.MatchedCash += cash;
            Push(order.Wallet, View(_trades[^1]));
        }
        if (order.IsComplete)
            order.Status = VenueOrderStatus.Matched;
        Push(order.Wallet, View(order));
    }

    private void Push(Guid wallet, object item)
    {
        if (!ChannelMute && _channels.TryGetValue(wallet, out var channel))
            channel.Writer.TryWrite(item);
    }

    private void Readable()
    {
        if (ReadsFail)
            throw new VenueException(VenueFailure.Unreachable, "The line is dead.");
    }

    private long Settled(Guid wallet, TokenId? token) =>
        _balances.GetValueOrDefault((wallet, token)) + _trades.Where(t => t.Wallet == wallet && t.Status is SettlementStatus.Mined or SettlementStatus.Confirmed).Sum(t => Effect(t, token));

    private static long Effect(Trade trade, TokenId? token)
    {
        var sign = trade.Side == Side.Buy ? 1 : -1;
        return token is null ? -sign * trade.Cash : token == trade.Token ? sign * trade.Shares : 0;
    }

    private string NewTradeId() => new Guid((int)++_numbers, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10).ToString();

    private static PostAnswer Answer(string hash, PostStatus status) => new(hash, status, 0, 0, [], null, null);

    private static VenueOrder View(Order order) => new(
        order.Hash, order.ConditionId, order.Token, order.Side, null, new Shares(order.Limit), new Shares(order.Matched), order.Status, order.Status.ToString().ToUpperInvariant(), [], null);

    private static VenueFill View(Trade t) => new(t.Hash, t.Id, t.ConditionId, t.Token, t.Side, new Shares(t.Shares), new Usdc(t.Cash), t.IsTaker, t.Status, t.At, t.Transaction);

    private sealed record Wire(long Number, Guid Wallet, string ConditionId, string Token, Side Side, OrderType Type, long Maker, long Taker, bool PostOnly, DateTimeOffset? Expiration);

    private sealed class Order(string hash, Wire wire)
    {
        public string Hash => hash;
        public Guid Wallet => wire.Wallet;
        public string ConditionId => wire.ConditionId;
        public TokenId Token { get; } = TokenId.Parse(wire.Token);
        public Side Side => wire.Side;
        public OrderType Type => wire.Type;
        public long Limit => Side == Side.Buy ? wire.Taker : wire.Maker;
        public long Cash => Side == Side.Buy ? wire.Maker : wire.Taker;
        public long Matched { get; set; }
        public long MatchedCash { get; set; }
        public int Accepted { get; init; }
        public int Duplicates { get; set; }
        public VenueOrderStatus Status { get; set; } = VenueOrderStatus.Live;
        public bool IsOpen => Status is VenueOrderStatus.Live or VenueOrderStatus.Delayed;
        public bool IsComplete => Type.IsImmediateForTests() && Side == Side.Buy ? MatchedCash >= wire.Maker - 10_000 : Matched >= Limit;

        /// <summary>FAK and FOK buys spend their pUSD, whatever the price.</summary>
        public long Shares(Price? price) =>
            Type.IsImmediateForTests() && Side == Side.Buy && price is { } at ? (long)((Int128)wire.Maker * Price.Scale / at.TenThousandths) : Limit;
    }

    private sealed class Trade(string id, string hash, Guid wallet, string conditionId, TokenId token, Side side, long shares, long cash, bool isTaker, DateTimeOffset at)
    {
        public string Id => id;
        public string Hash => hash;
        public Guid Wallet => wallet;
        public string ConditionId => conditionId;
        public TokenId Token => token;
        public Side Side => side;
        public long Shares => shares;
        public long Cash => cash;
        public bool IsTaker => isTaker;
        public DateTimeOffset At => at;
        public SettlementStatus Status { get; set; } = SettlementStatus.Matched;
        public string? Transaction { get; set; }
    }
}

internal static class TestOrderTypes
{
    public static bool IsImmediateForTests(this OrderType type) => type is OrderType.Fak or OrderType.Fok;
}
