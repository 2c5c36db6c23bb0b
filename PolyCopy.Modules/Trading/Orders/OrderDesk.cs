using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Decides and sends for code.</summary>
internal sealed class OrderDesk(
    WorkerScope workers, OrderDecisions decisions, OrderSender sender, OrderCanceller canceller, TradingWallets wallets, KillSwitch pauses, UserChannels channels, IMarketCatalog catalog) : IOrderDesk
{
    public async Task<IReadOnlyList<Result<CommittedOrder>>> DecideAsync(IReadOnlyList<Decision> batch, CancellationToken ct)
    {
        if (batch.Count == 0)
            return [];
        var results = new Result<CommittedOrder>[batch.Count];
        var tickets = new List<Ticket>(batch.Count);
        var places = new List<int>(batch.Count);
        var accounts = await wallets.FindAsync([.. batch.Select(d => d.WalletId)], ct);
        for (var i = 0; i < batch.Count; i++)
        {
            if (!(await TicketAsync(batch[i], accounts[i], ct)).Try(out var ticket, out var error))
            {
                results[i] = error;
                continue;
            }
            tickets.Add(ticket);
            places.Add(i);
        }
        if (tickets.Count == 0)
            return results;
        var decided = await workers.WriteAsync((db, token) => decisions.DecideAsync(db, tickets, token), ct);
        for (var i = 0; i < decided.Count; i++)
            results[places[i]] = decided[i];
        foreach (var wallet in tickets.Select(t => t.Wallet).DistinctBy(w => w.Id))
            channels.Need(wallet);
        return results;
    }

    public Task<IReadOnlyList<OrderOutcome>> SendAsync(IReadOnlyList<CommittedOrder> orders, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested(); // from here on nothing is cancelled: a lost answer is doubt
        return sender.SendAsync(orders);
    }

    public async Task CancelSellsAsync(Guid walletId, TokenId token, CancellationToken ct)
    {
        var open = await workers.ReadAsync((db, t) => db.Set<OrderRow>().AsNoTracking()
            .Where(o => o.WalletId == walletId && o.TokenId == token && o.TerminalAt == null && o.Side == Side.Sell).ToListAsync(t), ct);
        if (open.Count > 0)
            await canceller.CancelAsync(open, ct);
    }

    public async Task CancelAsync(IReadOnlyCollection<Guid> orderIds, CancellationToken ct)
    {
        var open = await workers.ReadAsync((db, t) => db.Set<OrderRow>().AsNoTracking().Where(o => orderIds.Contains(o.Id) && o.TerminalAt == null).ToListAsync(t), ct);
        if (open.Count > 0)
            await canceller.CancelAsync(open, ct);
    }

    public async Task<IReadOnlyDictionary<string, OrderOutcome>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var rows = await workers.ReadAsync((db, t) => db.Set<OrderRow>().AsNoTracking().Where(o => keys.Contains(o.DecisionKey)).ToListAsync(t), ct);
        return rows.ToDictionary(r => r.DecisionKey, r => OrderRecorder.Outcome(r, null), StringComparer.Ordinal);
    }

    public async Task<IReadOnlySet<string>> OwnAsync(IReadOnlyCollection<string> orderHashes, CancellationToken ct) =>
        await workers.ReadAsync((db, t) => db.Set<OrderRow>().Where(o => orderHashes.Contains(o.OrderHash)).Select(o => o.OrderHash).ToHashSetAsync(t), ct);

    private async ValueTask<Result<Ticket>> TicketAsync(Decision decision, Result<TradingWallet> account, CancellationToken ct)
    {
        if (!account.Try(out var wallet, out var error))
            return error;
        if (wallet.UserId != decision.UserId)
            return new Error("wallet.unknown", "The wallet is another user's.");
        if (decision.Side == Side.Buy && pauses.Reason(decision.UserId) is { } reason)
            return Reasons.Paused.Refuse("trading.paused", reason);
        try
        {
            var market = catalog.TryGet(decision.MarketId) ?? await catalog.FindAsync(decision.MarketId, ct);
            return market is null ? new Error("market.unknown", "The market is not known.") : Ticket.Of(decision, market, wallet);
        }
        catch (VenueException)
        {
            return new Error("venue.unavailable", "The venue cannot be asked about the market now.");
        }
    }
}
