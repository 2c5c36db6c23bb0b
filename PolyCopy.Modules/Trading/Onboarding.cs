using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Trading;

/// <summary>Each step looks whether it is done already, so a crash between two of them costs nothing.</summary>
internal sealed class Onboarding(IAccounts accounts, IWallets wallets, ITradingVenue venue, IPositionBook book, WorkerScope database, TimeProvider clock, IEnumerable<IWalletFunding> funding) : IOnboarding
{
    private static readonly Usdc Welcome = new(1_000 * Usdc.Scale);

    public async Task<Result<User>> WelcomeAsync(long userId, string? username, CancellationToken ct)
    {
        if (!(await accounts.RegisterAsync(userId, username, ct)).Try(out var user, out var refused))
            return refused;
        var wallet = await wallets.EnsureAsync(userId, ct);
        if (funding.FirstOrDefault() is not { } play)
            return user;
        try
        {
            return await FundAsync(play, wallet, ct) is { } error ? error : user;
        }
        catch (VenueException)
        {
            return new Error("venue.unreachable", "The venue cannot be reached: the account stands, its money follows with the next call.");
        }
    }

    private async Task<Error?> FundAsync(IWalletFunding play, Wallet wallet, CancellationToken ct)
    {
        var key = $"welcome:{wallet.Id:N}";
        if (await database.ReadAsync((db, token) => book.IsAdjustedAsync(db, key, token), ct))
            return null;
        if (!(await wallets.TradingAccountAsync(wallet.Id, ct)).Try(out var account, out var error))
            return error;
        if (await venue.BalanceAsync(account, null, refresh: true, ct) == 0)
            await play.FundAsync(wallet.Funder, Welcome, ct);
        var balance = await venue.BalanceAsync(account, null, refresh: true, ct);
        await database.WriteAsync(async (db, token) =>
        {
            await db.LockAsync([Locks.Cash(wallet.Id)], token);
            var known = await book.FundsAsync(db, wallet.Id, null, token); // a reconciliation may have seen the money first
            return await book.AdjustAsync(db, new Adjustment(wallet.UserId, wallet.Id, null, null, null, null, balance - known.Total, null, "transfer", key, "play money of the simulated venue", clock.GetUtcNow()), token);
        }, ct);
        return null;
    }
}
