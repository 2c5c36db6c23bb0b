using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Web;

/// <summary>
/// Who gets the pages. In Demo everybody who reaches the host; elsewhere a browser with the cookie of a session, which a login link opens once.
/// Opening the link only shows a button: previews of messages open links, too, and must not use them up.
/// </summary>
internal sealed class PageDoor(IVenueEndpoints venue, IUserCredentials credentials)
{
    private const string Cookie = Routes.SessionCookie;
    private static readonly object User = new();

    /// <summary>Whose pages are shown; null: nobody logged in (Demo).</summary>
    public static long? UserOf(HttpContext? context) => context?.Items[User] as long?;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/login", (HttpContext context) => Page(context, StatusCodes.Status200OK, "Log in to PolyCopy",
            $"<form method=\"post\" action=\"/login\"><input type=\"hidden\" name=\"token\" value=\"{WebUtility.HtmlEncode(context.Request.Query["token"].ToString())}\"><button>Log in</button></form>")).ExcludeFromDescription();
        app.MapPost("/login", LogInAsync).ExcludeFromDescription();
        app.MapPost("/logout", LogOutAsync).ExcludeFromDescription();
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path != "/" && !context.Request.Path.StartsWithSegments("/_blazor"))
        {
            await next(context);
            return;
        }
        var session = context.Request.Cookies[Cookie];
        var user = session is null ? null : await credentials.SessionOwnerAsync(session, context.RequestAborted);
        if (user is null && venue.Profile != Profile.Demo)
        {
            await Page(context, StatusCodes.Status401Unauthorized, "Log in to PolyCopy", "<p>This page needs a login link. The operator of this PolyCopy makes one for you.</p>");
            return;
        }
        context.Items[User] = user;
        await next(context);
    }

    private async Task LogInAsync(HttpContext context)
    {
        var token = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(context.RequestAborted))["token"].ToString() : "";
        if (token.Length == 0 || await credentials.LogInAsync(token, context.RequestAborted) is not { } session)
        {
            await Page(context, StatusCodes.Status403Forbidden, "This link no longer works", "<p>A login link works once and for ten minutes. Ask the operator for a new one.</p>");
            return;
        }
        context.Response.Cookies.Append(Cookie, session.Token, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, IsEssential = true, Expires = session.ExpiresAt });
        context.Response.Redirect("/");
    }

    private async Task LogOutAsync(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is { } session)
            await credentials.LogOutAsync(session, context.RequestAborted);
        context.Response.Cookies.Delete(Cookie);
        context.Response.Redirect("/");
    }

    private static Task Page(HttpContext context, int status, string title, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
            <link rel="stylesheet" href="/_content/PolyCopy.Modules/polycopy.css"></head><body><main><section class="card"><h1>{title}</h1>{body}</section></main></body></html>
            """), context.RequestAborted);
    }
}
