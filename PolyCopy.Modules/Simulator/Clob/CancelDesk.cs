using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>What a cancel did: 200 does not mean cancelled (facts 2.7).</summary>
internal sealed record Cancelled(IReadOnlyList<string> Done, IReadOnlyList<(string Id, string Reason)> NotDone);

/// <summary>Takes orders off the book: for their owners, and when the venue itself drops them.</summary>
internal sealed class CancelDesk(SimWorld world, Books books, TradeBooking booking)
{
    private const string Matching = "order is being matched";
    private const string NotFound = "order not found";

    /// <summary>Cancels the named orders of an account.</summary>
    public async Task<Cancelled> CancelAsync(ApiKey key, IEnumerable<string> ids)
    {
        List<string> done = [];
        List<(string, string)> notDone = [];
        Task durable;
        lock (world.Gate)
        {
            using var entry = books.Begin();
            foreach (var id in ids.Distinct())
            {
                if (entry.Ledger.FindOrder(id) is not { } order || order.Terms.Account != key.Account)
                    notDone.Add((id, NotFound));
                else if (order.State == OrderState.DELAYED)
                    notDone.Add((id, Matching)); // in flight: a cancel cannot reach it
                else if (order.State != OrderState.LIVE)
                    notDone.Add((id, VenueErrors.AlreadyDone));
                else
                {
                    Drop(entry, order, OrderState.CANCELED);
                    done.Add(id);
                }
            }
            durable = entry.Commit();
        }
        await durable;
        return new Cancelled(done, notDone);
    }

    /// <summary>Cancels all open orders of an account, or those of one market or token; orders in flight are missed.</summary>
    public Task<Cancelled> CancelAllAsync(ApiKey key, string? condition, string? token)
    {
        List<string> ids;
        lock (world.Gate)
            ids = [.. Open(key).Where(order => (condition is null || order.Terms.Condition.Equals(condition, StringComparison.OrdinalIgnoreCase)) && (token is null || order.Terms.Token.Digits == token)).Select(order => order.Id)];
        return CancelAsync(key, ids);
    }

    /// <summary>How many orders a cancel-all of this key would cancel.</summary>
    public int Count(ApiKey key)
    {
        lock (world.Gate)
            return Open(key).Count();
    }

    /// <summary>The venue drops resting orders by itself: all of them, or those the dice pick.</summary>
    public void DropAll(OrderState state, Func<bool> picked)
    {
        lock (world.Gate)
        {
            using var entry = books.Begin();
            foreach (var account in entry.Ledger.Accounts.Values)
            {
                foreach (var order in account.OpenOrders.Values.Where(order => order.State == OrderState.LIVE).OrderBy(order => order.Sequence).ToList())
                {
                    if (picked())
                        Drop(entry, order, state);
                }
            }
            entry.Commit();
        }
    }

    /// <summary>Ends an order that left the book, or takes it off first.</summary>
    public void Drop(Books.Entry entry, VenueOrder order, OrderState state)
    {
        world.FindCondition(order.Terms.Condition)?.Engine.Cancel(order.Id);
        entry.Apply(new OrderEnded(order.Id, state, null));
        booking.Announce(entry, order, "CANCELLATION");
    }

    private IEnumerable<VenueOrder> Open(ApiKey key) =>
        books.Ledger.Accounts[key.Account].OpenOrders.Values.Where(order => order.State == OrderState.LIVE).OrderBy(order => order.Sequence);
}
