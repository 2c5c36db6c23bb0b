using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Api;

/// <summary>Who may call. Demo on loopback needs no key; everywhere else X-Api-Key must be the operator's, the bot's, or a user's own: that one opens this user's routes and what is everybody's to read.</summary>
internal sealed class Access(IConfiguration settings, IVenueEndpoints venue, IAccounts accounts, IUserCredentials credentials)
{
    private readonly byte[]? _key = Hashed(settings["Api:Key"]);
    private readonly byte[]? _botKey = Hashed(settings["Bot:BackendKey"]);
    private readonly ConcurrentDictionary<long, bool> _known = new();

    /// <summary>The refusal, or null when the request may go on.</summary>
    public async ValueTask<Error?> RefuseAsync(HttpContext context)
    {
        if (_key is null)
            return venue.Profile == Profile.Demo ? null : new Error("auth.missing", "Outside Demo the API needs Api:Key to be set, and X-Api-Key in every request.");
        return Refuse(context, _key, _botKey) is not { } refusal ? null
            : refusal.Code == "auth.missing" || await credentials.KeyOwnerAsync(context.Request.Headers["X-Api-Key"].ToString(), context.RequestAborted) is not { } owner ? refusal
            : IsOpenTo(owner, context) ? null
            : new Error("auth.forbidden", "This key opens the routes of its own user only.");
    }

    /// <summary>The refusal of what only the operator may do (or the bot for him), or null: a user's key cannot make keys.</summary>
    public Error? RefuseUser(HttpContext context) => _key is null ? null : Refuse(context, _key, _botKey);

    /// <summary>Whether a request that was let in came with a user's own key: it may lower his limits, not raise them.</summary>
    public bool IsUsersKey(HttpContext context) => RefuseUser(context) is not null;

    /// <summary>The refusal of what is served beside the API, or null: outside Demo the reference and its document want a key or the cookie of the pages, the meters the operator's key.</summary>
    public async ValueTask<Error?> RefuseBesideAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (venue.Profile == Profile.Demo)
            return null;
        if (path.StartsWithSegments("/metrics"))
            return await RefuseAsync(context) ?? RefuseUser(context);
        if (!path.StartsWithSegments("/openapi") && !path.StartsWithSegments("/reference"))
            return null;
        return context.Request.Cookies[Routes.SessionCookie] is { } session && await credentials.SessionOwnerAsync(session, context.RequestAborted) is not null ? null : await RefuseAsync(context);
    }

    /// <summary>The refusal of what only the bot may do, or null. Without a key only a Demo that nobody outside can reach takes it: one that can has Api:Key.</summary>
    public Error? RefuseBot(HttpContext context) =>
        _botKey is not null ? Refuse(context, _botKey)
        : _key is null && venue.Profile == Profile.Demo ? null
        : new Error("auth.missing", "The bot's backend needs Bot:BackendKey to be set here, and X-Api-Key in every request.");

    /// <summary>Users are never removed, so a yes is remembered.</summary>
    public async ValueTask<bool> IsUserAsync(long userId, CancellationToken ct)
    {
        if (_known.ContainsKey(userId))
            return true;
        if (await accounts.FindAsync(userId, ct) is null)
            return false;
        _known[userId] = true;
        return true;
    }

    /// <summary>The refusal of a request that sends none of these keys, or null.</summary>
    public static Error? Refuse(HttpContext context, params ReadOnlySpan<byte[]?> keys)
    {
        var given = context.Request.Headers["X-Api-Key"].ToString();
        if (given.Length == 0)
            return new Error("auth.missing", "Send the header X-Api-Key.");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        foreach (var key in keys)
            if (key is not null && CryptographicOperations.FixedTimeEquals(hash, key))
                return null;
        return new Error("auth.forbidden", "This key is not valid here.");
    }

    public static byte[]? Hashed(string? key) => key is { Length: > 0 } ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;

    private static bool IsOpenTo(long owner, HttpContext context) => context.Request.RouteValues["userId"] is string text
        ? long.TryParse(text, out var userId) && userId == owner
        : HttpMethods.IsGet(context.Request.Method);
}

internal static class AccessFilters
{
    /// <summary>Guards the reference, its document and the meters, which are no endpoints of ours.</summary>
    public static async Task Beside(HttpContext context, RequestDelegate next)
    {
        var access = (Access)context.RequestServices.GetService(typeof(Access))!;
        if (await access.RefuseBesideAsync(context) is { } error)
            await Problems.Of(error).ExecuteAsync(context);
        else
            await next(context);
    }

    /// <summary>Refuses callers without a valid key.</summary>
    public static async ValueTask<object?> Key(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var access = (Access)context.HttpContext.RequestServices.GetService(typeof(Access))!;
        return await access.RefuseAsync(context.HttpContext) is { } error ? Problems.Of(error) : await next(context);
    }

    /// <summary>Refuses users' own keys.</summary>
    public static async ValueTask<object?> OperatorKey(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var access = (Access)context.HttpContext.RequestServices.GetService(typeof(Access))!;
        return access.RefuseUser(context.HttpContext) is { } error ? Problems.Of(error) : await next(context);
    }

    /// <summary>Refuses everybody but the bot.</summary>
    public static async ValueTask<object?> BotKey(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var access = (Access)context.HttpContext.RequestServices.GetService(typeof(Access))!;
        return access.RefuseBot(context.HttpContext) is { } error ? Problems.Of(error) : await next(context);
    }

    /// <summary>Refuses paths of users who do not exist, before anything else is looked at.</summary>
    public static async ValueTask<object?> KnownUser(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var access = (Access)http.RequestServices.GetService(typeof(Access))!;
        if (http.Request.RouteValues["userId"] is string text && long.TryParse(text, out var userId) && !await access.IsUserAsync(userId, http.RequestAborted))
            return Problems.Of(Problems.UnknownUser);
        return await next(context);
    }
}
