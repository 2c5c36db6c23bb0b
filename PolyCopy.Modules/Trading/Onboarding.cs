using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Trading;

/// <summary>Each step looks whether it is done already, so a crash between two of them costs nothing.</summary>
internal sealed class Onboarding(IAccounts accounts, IWallets wallets, IPositionBook book, WorkerScope database, TimeProvider clock, IEnumerable<IWalletFunding> funding) : IOnboarding
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
            await FundAsync(play, wallet, ct);
            return user;
        }
        catch (VenueException)
        {
            return new Error("venue.unreachable", "The venue cannot be reached: the account stands, its money follows with the next call.");
        }
    }

    /// <summary>Asks the simulated venue by its control route, not by its CLOB: API keys and balances are limited to a few a second there, and a thousand people may come in one minute.</summary>
    private async Task FundAsync(IWalletFunding play, Wallet wallet, CancellationToken ct)
    {
        var key = $"welcome:{wallet.Id:N}";
        if (await database.ReadAsync((db, token) => book.IsAdjustedAsync(db, key, token), ct))
            return;
        var held = await play.OpenAsync(wallet.Funder, Welcome, ct);
        await database.WriteAsync(async (db, token) =>
        {
            await db.LockAsync([Locks.Cash(wallet.Id)], token);
            var known = await book.FundsAsync(db, wallet.Id, null, token); // a reconciliation may have seen the money first
            return await book.AdjustAsync(db, new Adjustment(wallet.UserId, wallet.Id, null, null, null, null, held.Micros - known.Total, null, "transfer", key, "play money of the simulated venue", clock.GetUtcNow()), token);
        }, ct);
    }
}
