using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Brings the ledger to what the venue says a wallet holds, by appended rows that say why: deposits, transfers, trades made elsewhere that no list shows.</summary>
internal sealed partial class WalletBalances(
    WorkerScope workers, IPositionBook book, IPositionFeed feed, ITradingVenue venue, IMarketCatalog catalog, TimeProvider clock, ILogger<WalletBalances> logger)
{
    /// <summary>Differences up to this are rounding: cent ticks truncate, fees round per level.</summary>
    private const long Dust = 10_000;

    /// <summary>Asks for the wallet's cash and books what came or went.</summary>
    /// <returns>Whether the ledger changed.</returns>
    public async Task<bool> RefreshCashAsync(TradingWallet wallet, CancellationToken ct)
    {
        try
        {
            return await CompareAsync(wallet, null, ct);
        }
        catch (VenueException e)
        {
            Log.NotRead(logger, wallet.UserId, e.Failure, e);
            return false;
        }
    }

    /// <summary>The venue surprised us over a balance: it reads the chain again, and the ledger is compared. In the background; never throws.</summary>
    public async Task RecheckAsync(TradingWallet wallet, params IReadOnlyList<TokenId?> tokens)
    {
        foreach (var token in tokens)
            try
            {
                // the venue believes its own cache until it is asked to look (facts F21 to F23)
                await venue.BalanceAsync(wallet.Account, token, refresh: true, CancellationToken.None);
                await CompareAsync(wallet, token, CancellationToken.None);
            }
            catch (VenueException e)
            {
                Log.NotRead(logger, wallet.UserId, e.Failure, e);
            }
            catch (Exception e)
            {
                Log.NotCompared(logger, wallet.UserId, e);
            }
    }

    /// <summary>Compares cash, or one token.</summary>
    /// <returns>Whether an adjustment was booked.</returns>
    /// <exception cref="VenueException">The balance cannot be read now.</exception>
    public async Task<bool> CompareAsync(TradingWallet wallet, TokenId? token, CancellationToken ct)
    {
        if (await SettledTotalAsync(wallet, token, ct) is not { } mine)
            return false; // on its way to the chain: the venue's number may or may not hold it already
        var theirs = await venue.BalanceAsync(wallet.Account, token, refresh: true, ct);
        if (Math.Abs(theirs - mine) <= Dust)
            return false;
        // one answer proves nothing, least of all an empty one
        if (await venue.BalanceAsync(wallet.Account, token, refresh: true, ct) != theirs)
            return false;
        var market = token is { } held ? catalog.ByToken(held) : null;
        if (token is not null && market is null)
            return false;
        var now = clock.GetUtcNow();
        var booked = await workers.WriteAsync(async (db, t) =>
        {
            await db.LockAsync([token is { } id ? Locks.Token(wallet.Id, id) : Locks.Cash(wallet.Id)], t);
            var funds = await book.FundsAsync(db, wallet.Id, token, t);
            if (funds.Total != mine || await InMotionAsync(db, wallet, token, t))
                return null; // something moved between the two readings: the next sync looks again
            var reason = $"The venue reports {theirs / 1_000_000m}, the ledger said {mine / 1_000_000m}.";
            var booked = await book.AdjustAsync(db, new Adjustment(
                wallet.UserId, wallet.Id, market?.Id, market?.ConditionId, token, market?.Outcomes[market.TokenIndex(token!.Value)], theirs - mine, null,
                token is null ? "transfer" : "adjust", $"sync:{Ids.New(clock):N}", reason, now), t);
            await db.SaveChangesAsync(t);
            return booked;
        }, ct);
        if (booked is null)
            return false;
        feed.Publish([booked]);
        Log.Adjusted(logger, wallet.UserId, token?.Digits ?? "pUSD", mine, theirs);
        return true;
    }

    private Task<long?> SettledTotalAsync(TradingWallet wallet, TokenId? token, CancellationToken ct) => workers.ReadAsync<long?>(
        async (db, t) => await InMotionAsync(db, wallet, token, t) ? null : (await book.FundsAsync(db, wallet.Id, token, t)).Total, ct);

    private async Task<bool> InMotionAsync(PolyContext db, TradingWallet wallet, TokenId? token, CancellationToken ct) =>
        (await book.UnsettledAsync(db, wallet.Id, ct)).Any(f => token is null || f.Token == token);

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 55, LogLevel.Warning, "The balance of user {User} cannot be read now: {Failure}")]
        public static partial void NotRead(ILogger logger, long user, VenueFailure failure, Exception e);

        [LoggerMessage(EventIds.Trading + 57, LogLevel.Warning, "The balance of user {User} could not be compared now")]
        public static partial void NotCompared(ILogger logger, long user, Exception e);

        [LoggerMessage(EventIds.Trading + 56, LogLevel.Warning, "User {User}: {Asset} adjusted from {Mine} to {Theirs} micro-units, as the venue reports")]
        public static partial void Adjusted(ILogger logger, long user, string asset, long mine, long theirs);
    }
}
