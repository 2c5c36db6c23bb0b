using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Cancels resting orders and learns what they had filled by then.</summary>
internal sealed partial class OrderCanceller(ITradingVenue venue, OrderRecorder recorder, OrderResolver resolver, TradingWallets wallets, ILogger<OrderCanceller> logger)
{
    private const int PerRequest = 100; // a cancel-all may cost more than the signer's bucket ever holds (facts F48)

    /// <returns>Why orders were not cancelled, by hash; those cancelled are missing.</returns>
    public async Task<IReadOnlyDictionary<string, Error>> CancelAsync(IReadOnlyList<OrderRow> orders, CancellationToken ct)
    {
        var refused = new Dictionary<string, Error>(StringComparer.Ordinal);
        foreach (var group in orders.GroupBy(o => o.WalletId))
        {
            if (!(await wallets.FindAsync(group.Key, ct)).Try(out var wallet, out var error))
            {
                foreach (var order in group)
                    refused[order.OrderHash] = error;
                continue;
            }
            foreach (var chunk in group.Chunk(PerRequest))
                await CancelAsync(wallet, chunk, refused, ct);
        }
        return refused;
    }

    private async Task CancelAsync(TradingWallet wallet, OrderRow[] orders, Dictionary<string, Error> refused, CancellationToken ct)
    {
        IReadOnlyList<CancelAnswer> answers;
        try
        {
            answers = await venue.CancelAsync(wallet.Account, [.. orders.Select(o => o.OrderHash)], ct);
        }
        catch (VenueException e)
        {
            Log.NotCancelled(logger, orders.Length, wallet.UserId, e.Failure, e);
            foreach (var order in orders)
                refused[order.OrderHash] = new Error("venue.unavailable", "The venue does not answer; the order may still rest.");
            return;
        }
        foreach (var answer in answers)
        {
            // 200 is not "cancelled": a leg may have matched meanwhile. The reads say with what it ended.
            await resolver.CheckAsync(answer.Hash, ct);
            if (answer.Error is { } error)
                refused[answer.Hash] = error with { Code = "order.not_cancellable" };
            else
                await recorder.RecordAsync([new CancelTaken(answer.Hash)], ct);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 25, LogLevel.Warning, "{Count} orders of user {User} could not be cancelled: {Failure}")]
        public static partial void NotCancelled(ILogger logger, int count, long user, VenueFailure failure, Exception e);
    }
}
