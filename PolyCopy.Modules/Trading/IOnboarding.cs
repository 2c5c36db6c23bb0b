using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading;

/// <summary>Makes somebody able to trade: the user, his wallet, and in Demo and Paper its 1,000 pUSD.</summary>
public interface IOnboarding
{
    /// <summary>Idempotent; a step that a crash cut off is done by the next call. user.invalid, user.closed, venue.unreachable.</summary>
    Task<Result<User>> WelcomeAsync(long userId, string? username, CancellationToken ct);
}
