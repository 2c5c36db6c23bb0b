using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Trading.Exits;

/// <summary>What the venue does with an order.</summary>
internal sealed record Reply(decimal Fill = 0, decimal Price = 0, bool Terminal = true, bool Held = false, string? Error = null, TimeSpan? RetryAfter = null);

/// <summary>Commits decisions into the orders table as the real desk does; the test says what the venue answers.</summary>
internal sealed class FakeDesk(WorkerScope workers, FakePositions positions, TimeProvider clock, Func<IEnumerable<IOrderListener>> listeners) : IOrderDesk
{
    private readonly Dictionary<Guid, Shares> _open = [];
    private long _sequence;

    /// <summary>Fills all of it at the worst price until the test says otherwise.</summary>
    public Func<CommittedOrder, Reply> Venue { get; set; } = order => new Reply(order.Shares.ToDecimal(), order.Decision.WorstPrice.ToDecimal());

    public List<IReadOnlyList<Decision>> Batches { get; } = [];

    public List<CommittedOrder> Sent { get; } = [];

    public List<(Guid WalletId, TokenId Token)> CancelledSells { get; } = [];

    /// <summary>No decision is made, for this reason.</summary>
    public Error? Refuse { get; set; }

    public Action? BeforeDecide { get; set; }

    /// <summary>What happens between sending and the answer.</summary>
    public Func<CommittedOrder, Task>? BeforeAnswer { get; set; }

    /// <summary>The database answers after the commit with a broken connection.</summary>
    public bool LoseDecisions { get; set; }

    /// <summary>The process dies after the commit: nothing is sent.</summary>
    public bool DieBeforeSend { get; set; }

    public Action<Guid, TokenId>? OnCancelSells { get; set; }

    public Task CancelAsync(IReadOnlyCollection<Guid> orderIds, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyDictionary<string, OrderOutcome>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlySet<string>> OwnAsync(IReadOnlyCollection<string> orderHashes, CancellationToken ct) => throw new NotSupportedException();

    public async Task<IReadOnlyList<Result<CommittedOrder>>> DecideAsync(IReadOnlyList<Decision> batch, CancellationToken ct)
    {
        BeforeDecide?.Invoke();
        Batches.Add(batch);
        var results = new List<Result<CommittedOrder>>();
        await workers.WriteAsync(async (db, token) =>
        {
            var keys = batch.Select(d => d.Key).ToList();
            var exits = batch.Select(d => d.ExitId).ToList();
            var known = await db.Set<OrderRow>().Where(o => keys.Contains(o.DecisionKey) || exits.Contains(o.ExitId)).ToListAsync(token);
            foreach (var decision in batch)
                results.Add(Decide(db, decision, known));
            return await db.SaveChangesAsync(token);
        }, ct);
        return LoseDecisions ? throw new IOException("connection lost") : results;
    }

    public async Task<IReadOnlyList<OrderOutcome>> SendAsync(IReadOnlyList<CommittedOrder> orders, CancellationToken ct)
    {
        if (DieBeforeSend)
            throw new IOException("killed");
        Sent.AddRange(orders);
        var outcomes = new List<OrderOutcome>();
        foreach (var order in orders)
        {
            if (BeforeAnswer is { } before)
                await before(order);
            outcomes.Add(await RecordAsync(order.OrderId, Venue(order)));
        }
        return outcomes;
    }

    public Task CancelSellsAsync(Guid walletId, TokenId token, CancellationToken ct)
    {
        CancelledSells.Add((walletId, token));
        OnCancelSells?.Invoke(walletId, token);
        return workers.WriteAsync((db, t) => db.Set<OrderRow>().Where(o => o.WalletId == walletId && o.TokenId == token && o.Status == OrderStatus.Live)
            .ExecuteUpdateAsync(s => s.SetProperty(o => o.Status, OrderStatus.Cancelled).SetProperty(o => o.TerminalAt, clock.GetUtcNow().UtcDateTime), t), ct);
    }

    /// <summary>The venue's word on an order comes later.</summary>
    public async Task SayAsync(Guid orderId, Reply reply)
    {
        var outcome = await RecordAsync(orderId, reply);
        foreach (var listener in listeners())
            await listener.OrderChangedAsync(outcome, default);
    }

    public Task RestAsync(PolyCopy.Modules.Positions.OpenPosition position, decimal shares) => workers.WriteAsync((db, ct) =>
    {
        db.Add(Row(new Decision($"manual:{++_sequence}", position.UserId, position.WalletId, position.MarketId, position.Token, Side.Sell, OrderType.Gtc, Build.S(shares), null, Build.P(0.9m), "manual", position.Id, null, 0, 0), Ids.New(clock), Build.S(shares), OrderStatus.Live));
        return db.SaveChangesAsync(ct);
    }, default);

    private Result<CommittedOrder> Decide(PolyContext db, Decision decision, List<OrderRow> known)
    {
        if (Refuse is not null)
            return Refuse;
        if (known.Exists(o => o.DecisionKey == decision.Key))
            return new Error("order.duplicate_decision", "again");
        if (known.Exists(o => o.ExitId == decision.ExitId && o.TerminalAt is null))
            return new Error("order.pending_attempt", "earlier");
        var shares = Shares.Min(decision.Shares!.Value, positions.Free(decision.PositionId!.Value));
        if (shares.Micros < 10_000)
            return new Error("order.not_sellable", "nothing");
        positions.Reserve(decision.PositionId.Value, shares.Micros);
        var row = Row(decision, Ids.New(clock), shares, OrderStatus.Planned);
        known.Add(row);
        db.Add(row);
        _open[row.Id] = shares;
        return new CommittedOrder(row.Id, decision.Key, new OutgoingOrder(null!, row.OrderHash, default), decision, shares, clock.GetUtcNow());
    }

    private async Task<OrderOutcome> RecordAsync(Guid orderId, Reply reply)
    {
        var row = await workers.WriteAsync(async (db, ct) =>
        {
            var order = await db.Set<OrderRow>().SingleAsync(o => o.Id == orderId, ct);
            order.Filled += Build.S(reply.Fill);
            order.Collateral += Usdc.Floor(reply.Fill * reply.Price);
            order.SubmittedAt ??= clock.GetUtcNow().UtcDateTime;
            order.AckedAt ??= clock.GetUtcNow().UtcDateTime;
            order.Accepted |= !reply.Held && (reply.Fill > 0 || !reply.Terminal);
            order.ReasonCode = reply.Error;
            order.Reason = reply.Error;
            order.Status = reply.Held ? OrderStatus.Rejected : !reply.Terminal ? OrderStatus.Unknown : reply.Fill > 0 ? OrderStatus.PartiallyFilled : OrderStatus.Cancelled;
            order.TerminalAt = reply.Terminal || reply.Held ? clock.GetUtcNow().UtcDateTime : null;
            await db.SaveChangesAsync(ct);
            return order;
        }, default);
        if (row.TerminalAt is not null && _open.Remove(orderId, out var reserved))
            positions.Reserve(row.PositionId!.Value, -reserved.Micros);
        if (reply.Fill > 0)
            positions.Change(row.PositionId!.Value, -Build.S(reply.Fill).Micros);
        return new OrderOutcome(row.Id, row.OrderHash, row.Status.Word(), row.IsTerminal, reply.Held, reply.RetryAfter, row.Filled, row.Collateral,
            reply.Error is null ? null : new Error(reply.Error, reply.Error), row.ToDecision(), row.SubmittedAt, row.AckedAt);
    }

    private static OrderRow Row(Decision decision, Guid id, Shares shares, OrderStatus status) => new()
    {
        Id = id,
        UserId = decision.UserId,
        WalletId = decision.WalletId,
        MarketId = decision.MarketId,
        ConditionId = "0x07",
        TokenId = decision.Token,
        Outcome = "Yes",
        Side = Side.Sell,
        Type = decision.Type,
        Origin = decision.Origin,
        DecisionKey = decision.Key,
        ExitId = decision.ExitId,
        ExitArming = decision.ExitId is null ? null : decision.ExitArming,
        ExitAttempt = decision.ExitId is null ? null : decision.ExitAttempt,
        OrderHash = $"0x{id:N}",
        Body = [],
        Price = decision.WorstPrice,
        Shares = shares,
        Status = status,
        PositionId = decision.PositionId,
        DecidedAt = DateTime.UnixEpoch,
        TickReceivedAt = decision.TickReceivedAt?.UtcDateTime,
        UpdatedAt = DateTime.UnixEpoch,
    };
}
