using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Api;

/// <summary>What the operator hands out to a user: API keys and links to log in with.</summary>
internal static class CredentialEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.Keys, async (long userId, NewKeyBody? body, IUserCredentials credentials, CancellationToken ct) =>
            (await credentials.CreateKeyAsync(userId, body?.Name, ct)).Try(out var key, out var error) ? TypedResults.Created((string?)null, key) : Problems.Of(error) as IResult).Produces<NewApiKey>(201);
        app.MapGet(Routes.Keys, async (long userId, IUserCredentials credentials, CancellationToken ct) => TypedResults.Ok(new Page<ApiKey>(await credentials.KeysAsync(userId, ct), null)));
        app.MapDelete(Routes.Key, async (long userId, Guid keyId, IUserCredentials credentials, CancellationToken ct) => (await credentials.RevokeKeyAsync(userId, keyId, ct)).ToResult()).Produces<ApiKey>();
        app.MapPost(Routes.Logins, async (long userId, HttpContext http, IUserCredentials credentials, CancellationToken ct) =>
        {
            var login = await credentials.CreateLoginAsync(userId, ct);
            return TypedResults.Created((string?)null, new LoginLink($"{http.Request.Scheme}://{http.Request.Host}/login?token={login.Token}", login.ExpiresAt));
        }).Produces<LoginLink>(201);
    }
}

internal sealed record NewKeyBody(string? Name);

/// <param name="Url">Logs one browser in, once.</param>
internal sealed record LoginLink(string Url, DateTimeOffset ExpiresAt);
