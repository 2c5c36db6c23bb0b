using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Web;

/// <summary>
/// Who gets /chat: there is one only while the bot talks to the simulated Bot API, and whoever writes there may write as any user. So
/// with Api:Key set a browser elsewhere has to give it (as the password of any user name); without a key the host listens on loopback only.
/// </summary>
internal sealed class ChatDoor(IConfiguration settings)
{
    public const string Path = "/chat";

    private readonly byte[]? _key = settings["Api:Key"] is { Length: > 0 } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;

    private readonly bool _exists = string.IsNullOrWhiteSpace(settings["Bot:Token"]) && !string.Equals(settings["Profile"], nameof(Profile.Live), StringComparison.OrdinalIgnoreCase);

    public static void Map(IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetService<ISimulatedChat>() is not { } chat)
            return; // Live: nothing is simulated
        app.MapGet(Path + "/photos/{fileId}", async Task<IResult> (string fileId, HttpContext context, CancellationToken ct) =>
        {
            context.Response.Headers.CacheControl = "private, max-age=86400, immutable";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return await chat.PhotoAsync(fileId, ct) is { } photo ? TypedResults.Bytes(photo.Content, photo.MediaType) : TypedResults.NotFound();
        }).ExcludeFromDescription();
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Path))
            await next(context);
        else if (!_exists)
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (_key is null || context.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from) || Knows(context.Request.Headers.Authorization))
            await next(context);
        else
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"PolyCopy chat: the password is Api:Key\", charset=\"UTF-8\"";
        }
    }

    private bool Knows(string? authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || header.Scheme != "Basic" || header.Parameter is not { } parameter)
            return false;
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
            return false;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(text[(text.IndexOf(':') + 1)..])), _key);
    }
}
