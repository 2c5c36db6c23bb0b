using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Posts committed orders and records the answers as they come: one slow answer keeps no other waiting.</summary>
internal sealed partial class OrderSender(ITradingVenue venue, OrderRecorder recorder, OrderWatch watch, WalletBalances balances, TimeProvider clock, ILogger<OrderSender> logger)
{
    /// <summary>Sends each order once. An order decided too long ago is not sent: the resolver ends it.</summary>
    /// <returns>In the order given. Status unknown where no answer came, or where it could not be recorded; the resolver goes on from there.</returns>
    public async Task<IReadOnlyList<OrderOutcome>> SendAsync(IReadOnlyList<CommittedOrder> orders)
    {
        var outcomes = new Dictionary<string, OrderOutcome>(StringComparer.Ordinal);
        var now = clock.GetUtcNow();
        var fresh = new List<CommittedOrder>(orders.Count);
        foreach (var order in orders)
            if (now < order.DecidedAt + OrderRow.SendWindow - OrderRow.Turn && watch.BeginSend(order.Outgoing.Hash))
                fresh.Add(order);
            else
                watch.Hurry(order.Outgoing.Hash, OrderStatus.Planned);

        var answers = Channel.CreateUnbounded<Answered>(new UnboundedChannelOptions { SingleReader = true }); // holds this call's answers, no more
        var posts = Task.WhenAll(fresh.GroupBy(o => o.Outgoing.Account.WalletId).Select(wallet => PostAsync([.. wallet.Select(o => o.Outgoing)], answers.Writer)));
        await foreach (var batch in answers.BatchesAsync(posts))
            foreach (var outcome in await RecordAsync(batch))
                outcomes[outcome.OrderHash] = outcome;
        await posts;
        foreach (var order in fresh)
            if (outcomes.GetValueOrDefault(order.Outgoing.Hash)?.Error?.Code == "order.balance")
                _ = Task.Run(() => balances.RecheckAsync(new TradingWallet(order.Decision.WalletId, order.Decision.UserId, order.Outgoing.Account), order.Decision.Side == Side.Buy ? null : order.Decision.Token));
        return [.. orders.Select(o => outcomes.GetValueOrDefault(o.Outgoing.Hash) ?? Unknown(o))];
    }

    /// <summary>Sends the same bytes again, after the fact was written down.</summary>
    public async Task ResendAsync(OutgoingOrder order, CancellationToken ct)
    {
        if (!watch.BeginSend(order.Hash))
            return;
        var mine = false;
        try
        {
            // under the row's lock: a refusal that came while the venue was asked stands, and nothing is sent over it
            mine = (await recorder.RecordAsync([new Resending(order.Hash)], ct)).Outcomes is [{ Status: "submitted" }];
        }
        finally
        {
            if (!mine)
                watch.EndSend(order.Hash);
        }
        if (!mine)
            return;
        Log.Again(logger, order.Hash);
        var answers = Channel.CreateBounded<Answered>(1); // one answer
        await PostAsync([order], answers.Writer);
        if (answers.Reader.TryRead(out var answer))
            await RecordAsync([answer]);
    }

    private async Task PostAsync(IReadOnlyList<OutgoingOrder> orders, ChannelWriter<Answered> answers, bool again = true)
    {
        var sent = clock.GetUtcNow();
        IReadOnlyList<PostAnswer> heard;
        try
        {
            heard = await venue.PostAsync(orders, CancellationToken.None); // cancelling would only lose the answer
        }
        catch (Exception e)
        {
            Log.Lost(logger, orders.Count, e);
            heard = [.. orders.Select(o => new PostAnswer(o.Hash, PostStatus.Unknown, 0, 0, [], new Error("venue.unreachable", "The venue did not answer."), null))];
        }
        // refused for a reason that is mended already (a 401 after the clocks had drifted): the same bytes, once more
        if (again && heard.Where(a => a is { Status: PostStatus.Held, RetryAfter.Ticks: 0 }).Select(a => a.Hash).ToHashSet(StringComparer.Ordinal) is { Count: > 0 } mended)
        {
            heard = [.. heard.Where(a => !mended.Contains(a.Hash))];
            await PostAsync([.. orders.Where(o => mended.Contains(o.Hash))], answers, again: false);
        }
        foreach (var answer in heard)
            await answers.WriteAsync(new Answered(answer, sent), CancellationToken.None);
    }

    private async Task<IReadOnlyList<OrderOutcome>> RecordAsync(IReadOnlyList<Evidence> batch)
    {
        try
        {
            return (await recorder.RecordAsync(batch, CancellationToken.None)).Outcomes;
        }
        catch (Exception e)
        {
            Log.NotRecorded(logger, batch.Count, e);
            foreach (var item in batch)
                watch.Hurry(item.Hash, OrderStatus.Planned); // the rows still say planned: the resolver reads the venue
            return [];
        }
        finally
        {
            foreach (var item in batch)
                watch.EndSend(item.Hash);
        }
    }

    private static OrderOutcome Unknown(CommittedOrder order) => new(
        order.OrderId, order.Outgoing.Hash, OrderStatus.Unknown.Word(), Terminal: false, Held: false, null, Shares.Zero, Usdc.Zero, null, order.Decision, null, null);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 10, LogLevel.Warning, "{Count} orders have no answer; they are looked up")]
        public static partial void Lost(ILogger logger, int count, Exception e);

        [LoggerMessage(EventIds.Trading + 11, LogLevel.Warning, "The answers of {Count} orders could not be stored; they are read again from the venue")]
        public static partial void NotRecorded(ILogger logger, int count, Exception e);

        [LoggerMessage(EventIds.Trading + 12, LogLevel.Information, "Order {Hash} is unknown to the venue: the same bytes are sent again")]
        public static partial void Again(ILogger logger, string hash);
    }
}
