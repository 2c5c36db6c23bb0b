using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Turns tickets into committed orders inside the caller's transaction: what may be sent stands in the database first.</summary>
internal sealed class OrderDecisions(IPositionBook book, ITradingVenue venue, TimeProvider clock, IEnumerable<IEntryGuard> guards)
{
    private const int SignInParallelFrom = 8;

    /// <summary>Locks, reserves, signs and inserts with a handful of statements whatever the number. One refused ticket leaves the others alone.</summary>
    /// <returns>In order: the order, or order.duplicate_decision, order.pending_attempt, order.balance, order.not_sellable, order.amount.</returns>
    public async Task<IReadOnlyList<Result<CommittedOrder>>> DecideAsync(PolyContext db, IReadOnlyList<Ticket> tickets, CancellationToken ct)
    {
        // one lock per decision: a repeat, or the next attempt of the same exit, waits here and then sees this one
        await db.LockAsync([.. tickets.Select(t => Lock(t.Decision))], ct);
        var refusals = await RefusalsAsync(db, tickets, ct);
        var chosen = new List<Chosen>(tickets.Count);
        for (var i = 0; i < tickets.Count; i++)
            if (refusals[i] is null)
                chosen.Add(new Chosen(i, tickets[i], Ids.New(clock)));
        await GuardAsync(db, chosen, refusals, ct);
        await ReserveAsync(db, chosen, refusals, ct);
        chosen.RemoveAll(c => refusals[c.Index] is not null);

        var signed = new SignedOrder[chosen.Count];
        if (chosen.Count < SignInParallelFrom)
            for (var i = 0; i < chosen.Count; i++)
                signed[i] = venue.Sign(chosen[i].Ticket.Wallet.Account, chosen[i].Ticket.Draft);
        else
            Parallel.For(0, chosen.Count, i => signed[i] = venue.Sign(chosen[i].Ticket.Wallet.Account, chosen[i].Ticket.Draft));

        var now = clock.GetUtcNow();
        await db.InsertAsync([.. chosen.Select((c, i) => Row(c, signed[i], now.UtcDateTime))], ct);

        var results = new Result<CommittedOrder>[tickets.Count];
        for (var i = 0; i < refusals.Length; i++)
            if (refusals[i] is { } refusal)
                results[i] = refusal;
        for (var i = 0; i < chosen.Count; i++)
        {
            var (index, ticket, id) = chosen[i];
            results[index] = new CommittedOrder(id, ticket.Decision.Key, new OutgoingOrder(ticket.Wallet.Account, signed[i].Hash, signed[i].Body), ticket.Decision, ticket.Amounts.Shares, now);
        }
        return results;
    }

    private static string Lock(Decision decision) => decision.ExitId is { } exit ? $"exit:{exit:N}" : $"order:{decision.Key}";

    private static async Task<Error?[]> RefusalsAsync(PolyContext db, IReadOnlyList<Ticket> tickets, CancellationToken ct)
    {
        var keys = tickets.Select(t => t.Decision.Key).Distinct(StringComparer.Ordinal).ToList();
        var exits = tickets.Select(t => t.Decision.ExitId).Where(e => e is not null).Distinct().ToList();
        var taken = exits.Count == 0
            ? await db.Set<OrderRow>().AsNoTracking().Where(o => keys.Contains(o.DecisionKey)).Select(o => new { o.DecisionKey, o.ExitId, Open = false }).ToListAsync(ct)
            : await db.Set<OrderRow>().AsNoTracking().Where(o => keys.Contains(o.DecisionKey) || exits.Contains(o.ExitId) && o.TerminalAt == null)
                .Select(o => new { o.DecisionKey, o.ExitId, Open = o.TerminalAt == null }).ToListAsync(ct);
        var seen = taken.Select(t => t.DecisionKey).ToHashSet(StringComparer.Ordinal);
        var pending = taken.Where(t => t.Open && t.ExitId is not null).Select(t => t.ExitId!.Value).ToHashSet();
        return [.. tickets.Select(t =>
            !seen.Add(t.Decision.Key) ? new Error("order.duplicate_decision", "This was decided before.")
            : t.Decision.ExitId is { } exit && !pending.Add(exit) ? new Error("order.pending_attempt", "An earlier attempt of this exit may still fill.")
            : null)];
    }

    /// <summary>Every entry of the product passes here, whoever wants it; exits do not.</summary>
    private async Task GuardAsync(PolyContext db, List<Chosen> chosen, Error?[] refusals, CancellationToken ct)
    {
        foreach (var guard in guards)
        {
            var entries = chosen.Where(c => c.Ticket.Decision.Side == Side.Buy).ToList();
            if (entries.Count == 0)
                return;
            var judged = await guard.RefuseAsync(db, [.. entries.Select(c => Entry(c.Ticket))], ct);
            for (var i = 0; i < entries.Count; i++)
                refusals[entries[i].Index] = judged[i];
            chosen.RemoveAll(c => refusals[c.Index] is not null);
        }
    }

    private static Entry Entry(Ticket t) => new(
        t.Decision.UserId, t.Wallet.Id, t.Market.Id, t.Market.EventId, t.Decision.Token, new Usdc(t.ToReserve), t.Decision.Origin, t.Decision.FollowId);

    private async Task ReserveAsync(PolyContext db, List<Chosen> chosen, Error?[] refusals, CancellationToken ct)
    {
        if (chosen.Count == 0)
            return;
        var reserved = await book.ReserveAsync(db, [.. chosen.Select(Request)], ct);
        var shrink = new List<int>();
        for (var i = 0; i < chosen.Count; i++)
            if (reserved[i].Error is { } error)
            {
                if (chosen[i].Ticket.MayShrink)
                    shrink.Add(i);
                else
                    refusals[chosen[i].Index] = error;
            }
        // code sells what is there: one after the other, since two of them may share the wallet's shares
        foreach (var i in shrink)
        {
            var (index, ticket, _) = chosen[i];
            var funds = await book.FundsAsync(db, ticket.Wallet.Id, ticket.Decision.Token, ct);
            if (!ticket.Shrink(new Shares(Math.Min(funds.Free, ticket.Amounts.Shares.Micros))).Try(out var smaller, out _))
            {
                refusals[index] = new Error("order.not_sellable", "Nothing of it can be sold now.");
                continue;
            }
            chosen[i] = chosen[i] with { Ticket = smaller };
            refusals[index] = (await book.ReserveAsync(db, [Request(chosen[i])], ct))[0].Error;
        }
    }

    private static Reserve Request(Chosen c) => new(c.OrderId, c.Ticket.Decision.UserId, c.Ticket.Wallet.Id, c.Ticket.ReservedToken, c.Ticket.ToReserve);

    private static OrderRow Row(Chosen chosen, SignedOrder signed, DateTime now)
    {
        var (_, ticket, id) = chosen;
        var decision = ticket.Decision;
        return new OrderRow
        {
            Id = id,
            UserId = decision.UserId,
            WalletId = ticket.Wallet.Id,
            MarketId = ticket.Market.Id,
            ConditionId = ticket.Market.ConditionId,
            TokenId = decision.Token,
            Outcome = ticket.Market.Outcomes[ticket.Market.TokenIndex(decision.Token)],
            Side = decision.Side,
            Type = decision.Type,
            Origin = decision.Origin,
            DecisionKey = decision.Key,
            ExitId = decision.ExitId,
            ExitArming = decision.ExitId is null ? null : decision.ExitArming,
            ExitAttempt = decision.ExitId is null ? null : decision.ExitAttempt,
            FollowId = decision.FollowId,
            LeaderTradeId = decision.LeaderTradeId,
            OrderHash = signed.Hash,
            Body = signed.Body,
            MakerAmount = (long)ticket.Amounts.MakerAmount,
            TakerAmount = (long)ticket.Amounts.TakerAmount,
            Price = decision.WorstPrice,
            Shares = ticket.Amounts.Shares,
            PostOnly = ticket.PostOnly,
            ExpiresAt = ticket.ExpiresAt?.UtcDateTime,
            FeeReserve = ticket.FeeReserve,
            Status = OrderStatus.Planned,
            TakeProfit = ticket.TakeProfit,
            StopLoss = ticket.StopLoss,
            PositionId = decision.PositionId,
            DecidedAt = now,
            TickReceivedAt = decision.TickReceivedAt?.UtcDateTime,
            UpdatedAt = now,
        };
    }

    private readonly record struct Chosen(int Index, Ticket Ticket, Guid OrderId);
}
