using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>API keys (facts 2.2). The EOA logs in by signature (L1); a key that exists for a nonce is derived, not made again.</summary>
internal sealed class AuthRoutes(SimWorld world, Books books, ClobAuth auth)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<AuthRoutes>();
        var clob = app.MapGroup("/clob/auth");
        clob.MapPost("/api-key", routes.CreateAsync);
        clob.MapGet("/derive-api-key", routes.DeriveAsync);
        clob.MapGet("/api-keys", routes.ListAsync);
        clob.MapDelete("/api-key", routes.DeleteAsync);
        clob.MapGet("/ban-status/closed-only", routes.BanStatusAsync);
    }

    private Task CreateAsync(HttpContext context)
    {
        if (auth.Level1(context.Request) is not var (account, nonce))
            return Reply.Error(context, StatusCodes.Status401Unauthorized, VenueErrors.InvalidL1);
        ApiKey? key = null;
        Task durable;
        lock (world.Gate)
        {
            using var entry = books.Begin();
            if (entry.Ledger.FindKey(account, nonce) is null)
            {
                entry.Apply(new KeyCreated(account, nonce, entry.Ledger.NextGeneration(account, nonce)));
                key = entry.Ledger.FindKey(account, nonce);
            }
            durable = entry.Commit();
        }
        return key is null ? Reply.Error(context, StatusCodes.Status400BadRequest, VenueErrors.CannotCreateKey) : Reply.Json(context, Write(key), durable);
    }

    private Task DeriveAsync(HttpContext context)
    {
        if (auth.Level1(context.Request) is not var (account, nonce))
            return Reply.Error(context, StatusCodes.Status401Unauthorized, VenueErrors.InvalidL1);
        ApiKey? key;
        lock (world.Gate)
            key = books.Ledger.FindKey(account, nonce);
        return key is null ? Reply.Error(context, StatusCodes.Status400BadRequest, VenueErrors.CannotDeriveKey) : Reply.Json(context, Write(key), books.Flush());
    }

    private Task ListAsync(HttpContext context)
    {
        if (auth.Level2(context.Request, default) is not { } key)
            return Reply.Error(context, StatusCodes.Status401Unauthorized, VenueErrors.Unauthorized);
        lock (world.Gate)
        {
            var ids = books.Ledger.Accounts[key.Account].Keys.Where(known => !known.Deleted).Select(known => known.Id).ToList();
            return Reply.Json(context, Wire.Json(json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("apiKeys"u8);
                foreach (var id in ids)
                    json.WriteStringValue(id);
                json.WriteEndArray();
                json.WriteEndObject();
            }), books.Flush());
        }
    }

    private Task DeleteAsync(HttpContext context)
    {
        if (auth.Level2(context.Request, default) is not { } key)
            return Reply.Error(context, StatusCodes.Status401Unauthorized, VenueErrors.Unauthorized);
        Task durable;
        lock (world.Gate)
        {
            using var entry = books.Begin();
            entry.Apply(new KeyDeleted(key.Id));
            durable = entry.Commit();
        }
        return Reply.Json(context, "\"OK\""u8.ToArray(), durable);
    }

    private Task BanStatusAsync(HttpContext context) => auth.Level2(context.Request, default) is null
        ? Reply.Error(context, StatusCodes.Status401Unauthorized, VenueErrors.Unauthorized)
        : Reply.Json(context, """{"closed_only":false}"""u8.ToArray(), Task.CompletedTask);

    private static byte[] Write(ApiKey key) => Wire.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("apiKey"u8, key.Id);
        json.WriteString("secret"u8, key.Secret);
        json.WriteString("passphrase"u8, key.Passphrase);
        json.WriteEndObject();
    });
}

/// <summary>Answers as the venue sends them, once what they say is on disk.</summary>
internal static class Reply
{
    public static Task Error(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return Json(context, Wire.Error(message), Task.CompletedTask);
    }

    public static async Task Json(HttpContext context, ReadOnlyMemory<byte> body, Task durable)
    {
        await durable;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
