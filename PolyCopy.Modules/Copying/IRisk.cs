using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying;

/// <summary>Breakers on entries, whoever wants them: global, per user, leader, market and event group. Exits, mirrored sells and closing never ask. Has an HTTP twin.</summary>
/// <remarks>
/// Exposure is what open positions cost and open entries may still spend; too much of it refuses until some is sold. Daily loss (realised and unrealised P&amp;L net of fees, since
/// midnight in the user's zone; UTC for all other scopes) and order rate trip the breaker: it stays until somebody resumes it with a reason. What positions had lost before midnight
/// does not count; where the limit is set later in the day, what they lose from then on does. A leader's loss is that of his copies.
/// </remarks>
public interface IRisk
{
    /// <summary>Sets or, with all three null, clears the limits of a scope. risk.scope, risk.limits.</summary>
    Task<Result<RiskState>> LimitAsync(RiskScope scope, RiskLimits limits, string by, CancellationToken ct);

    /// <summary>Lets entries happen again; a loss counts from here on. risk.not_tripped, risk.reason.</summary>
    Task<Result<RiskState>> ResumeAsync(RiskScope scope, string reason, string by, CancellationToken ct);

    /// <summary>Every scope that has limits or has tripped; with a user only his.</summary>
    Task<IReadOnlyList<RiskState>> ListAsync(long? userId, CancellationToken ct);
}

/// <param name="Kind">global, user, leader, market, event.</param>
/// <param name="Key">Empty for global; else user id, lower-case address, market id or event id.</param>
public sealed record RiskScope(string Kind, string Key)
{
    public static RiskScope Global { get; } = new("global", "");

    public static RiskScope User(long userId) => new("user", userId.ToString(System.Globalization.CultureInfo.InvariantCulture));
}

/// <param name="MaxDailyLoss">pUSD.</param>
/// <param name="MaxExposure">pUSD.</param>
public sealed record RiskLimits(decimal? MaxDailyLoss = null, decimal? MaxExposure = null, int? MaxOrdersPerMinute = null);

/// <param name="Tripped">Why entries are stopped; null when they are not.</param>
/// <param name="TrippedSaid">The same for other languages.</param>
public sealed record RiskState(RiskScope Scope, RiskLimits Limits, string? Tripped, DateTimeOffset? TrippedAt, Said? TrippedSaid = null);
