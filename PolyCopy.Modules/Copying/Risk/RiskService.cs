using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying.Risk;

internal sealed class RiskService(RiskBoard board, RiskGuard guard) : IRisk
{
    private static readonly string[] Kinds = ["global", "user", "leader", "market", "event"];

    public async Task<Result<RiskState>> LimitAsync(RiskScope scope, RiskLimits limits, string by, CancellationToken ct)
    {
        if (Check(scope) is not { } known)
            return new Error("risk.scope", "A scope is global, user, leader, market or event, with the key of what is meant.");
        if (limits.MaxDailyLoss <= 0 || limits.MaxExposure < 0 || limits.MaxOrdersPerMinute < 0 || limits.MaxDailyLoss > 1_000_000_000m || limits.MaxExposure > 1_000_000_000m)
            return new Error("risk.limits", "maxDailyLoss is above 0, maxExposure and maxOrdersPerMinute are 0 or more.");
        await board.LimitAsync(known, limits, by, ct);
        return State(known);
    }

    public async Task<Result<RiskState>> ResumeAsync(RiskScope scope, string reason, string by, CancellationToken ct)
    {
        if (Check(scope) is not { } known)
            return new Error("risk.scope", "A scope is global, user, leader, market or event, with the key of what is meant.");
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > 500)
            return new Error("risk.reason", "Say why entries may go on, in at most 500 characters: it is journalled.");
        if (board.Trip(known) is not { ResumedAt: null })
            return new Error("risk.not_tripped", "This breaker has not tripped.");
        return await board.ResumeAsync(known, Math.Max(0, await guard.LossAsync(known, ct)), reason, by, ct) ? State(known) : new Error("risk.not_tripped", "This breaker has not tripped.");
    }

    public Task<IReadOnlyList<RiskState>> ListAsync(long? userId, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<RiskState>>([.. board.Scopes.Where(s => userId is not { } id || s == RiskScope.User(id)).OrderBy(s => s.Kind, StringComparer.Ordinal).ThenBy(s => s.Key, StringComparer.Ordinal).Select(State)]);

    private RiskState State(RiskScope scope)
    {
        var trip = board.Trip(scope) is { ResumedAt: null } open ? open : null;
        return new RiskState(scope, board.Limits(scope) ?? new RiskLimits(), trip?.Reason, trip is null ? null : new DateTimeOffset(trip.TrippedAt, TimeSpan.Zero), trip?.Said);
    }

    private static RiskScope? Check(RiskScope scope) => scope.Kind switch
    {
        "global" => RiskScope.Global,
        "user" when long.TryParse(scope.Key, out var id) && id > 0 => RiskScope.User(id),
        "leader" when FollowService.LeaderOf(scope.Key) is { } leader => new RiskScope("leader", leader),
        "market" or "event" when scope.Key.Length is > 0 and <= 100 && Kinds.Contains(scope.Kind) => scope,
        _ => null,
    };
}
