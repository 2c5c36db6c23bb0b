using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Accounts;

/// <summary>What lets somebody in as one user: API keys, single-use login links, and the page sessions these open. Only hashes are stored; a secret is shown once.</summary>
public interface IUserCredentials
{
    /// <summary>Makes a key. key.name (at most 64 characters), key.limit.</summary>
    Task<Result<NewApiKey>> CreateKeyAsync(long userId, string? name, CancellationToken ct);

    /// <summary>The user's keys, newest first, revoked ones included.</summary>
    Task<IReadOnlyList<ApiKey>> KeysAsync(long userId, CancellationToken ct);

    /// <summary>From now on the key opens nothing. key.unknown.</summary>
    Task<Result<ApiKey>> RevokeKeyAsync(long userId, Guid keyId, CancellationToken ct);

    /// <summary>Whose key it is; null when it is unknown or revoked.</summary>
    Task<long?> KeyOwnerAsync(string key, CancellationToken ct);

    /// <summary>Makes a link that logs one browser in, once, within ten minutes.</summary>
    Task<LoginToken> CreateLoginAsync(long userId, CancellationToken ct);

    /// <summary>Uses a login: the session for the cookie; null when it was used, has run out or is unknown.</summary>
    Task<LoginToken?> LogInAsync(string token, CancellationToken ct);

    /// <summary>Whose session it is; null when it has ended.</summary>
    Task<long?> SessionOwnerAsync(string session, CancellationToken ct);

    /// <summary>Ends a session.</summary>
    Task LogOutAsync(string session, CancellationToken ct);
}

/// <param name="Name">What its owner calls it.</param>
public sealed record ApiKey(Guid Id, string? Name, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <param name="Key">Shown this once.</param>
public sealed record NewApiKey(Guid Id, string Key, string? Name, DateTimeOffset CreatedAt);

/// <param name="Token">The secret itself.</param>
public sealed record LoginToken(string Token, DateTimeOffset ExpiresAt);
