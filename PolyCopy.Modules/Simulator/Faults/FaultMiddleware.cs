using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using PolyCopy.Modules.Simulator.Clob;

namespace PolyCopy.Modules.Simulator.Faults;

/// <summary>The faults of HTTP: refused, delayed or lost requests, and answers that are wrong.</summary>
internal sealed class FaultMiddleware(FaultBoard board, SimClock clock)
{
    private const string NoOrderbook = "No orderbook exists for the requested token id";
    private const string Blocked = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body><h1>Sorry, you have been blocked</h1></body></html>";
    private const string TooManyHtml = "<!DOCTYPE html><html><head><title>Access denied | Cloudflare</title></head><body>error code: 1015</body></html>";
    private const string BadGateway = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>";
    private static readonly TimeSpan SlowAck = TimeSpan.FromSeconds(2);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!board.Any)
            return next(context);
        var (target, path) = Split(context.Request.Path.Value!);
        return target is null ? next(context) : InvokeAsync(context, next, target, path);
    }

    private async Task InvokeAsync(HttpContext context, RequestDelegate next, string target, string path)
    {
        board.Touch(target);
        if (board.Hit("F60", target) is not null)
            context.Abort();
        else if (board.Hit("F29", target) is not null)
            await Answer(context, StatusCodes.Status403Forbidden, "text/html", Blocked);
        else if (board.Hit("F30", target) is { } limited)
            await TooMany(context, limited);
        else if (board.Hit("F47", target) is not null)
            await Answer(context, StatusCodes.Status500InternalServerError, "application/json", """{"type":"internal error","error":"internal server error"}""");
        else if (HttpMethods.IsPost(context.Request.Method) && target == FaultCatalogue.Clob && path is "/order" or "/orders")
            await PostAsync(context, next);
        else if (target == FaultCatalogue.Clob && IsBook(path) && (board.Holding("F53", target) ?? board.Holding("F46", target)) is not null)
            await (path is "/books" or "/prices" or "/midpoints" or "/spreads"
                ? Answer(context, StatusCodes.Status200OK, "application/json", path == "/books" ? "[]" : "{}")
                : Answer(context, StatusCodes.Status404NotFound, "application/json", $$"""{"error":"{{NoOrderbook}}"}"""));
        else if (Rewrite(target, path) is { } rewrite)
            await RewriteAsync(context, next, rewrite);
        else
            await next(context);
    }

    /// <summary>F24, F25 and F27: orders that arrive although nobody is told so, or late.</summary>
    private async Task PostAsync(HttpContext context, RequestDelegate next)
    {
        if (board.Hit("F25") is not null)
        {
            // Read now: the client may hang up, and the order arrives all the same.
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            body.Position = 0;
            context.Request.Body = body;
            await Task.Delay(SlowAck, clock);
        }
        if (board.Hit("F27") is { } failing)
        {
            if (failing.Next(2) == 0)
                await CaptureAsync(context, next);
            await Answer(context, StatusCodes.Status500InternalServerError, "application/json", $$"""{"error":"{{VenueErrors.CouldNotRun}}"}""");
        }
        else if (board.Hit("F24") is { } lossy)
        {
            await CaptureAsync(context, next);
            if (lossy.Request.Variant switch { "502" => true, "drop" => false, _ => lossy.Next(2) == 0 })
                await Answer(context, StatusCodes.Status502BadGateway, "text/html", BadGateway);
            else
                context.Abort();
        }
        else if (board.Hit("F55", FaultCatalogue.Clob) is not null)
            await RewriteAsync(context, next, Spelling.OddNumbers);
        else
            await next(context);
    }

    private Func<string, string>? Rewrite(string target, string path)
    {
        Func<string, string>? rewrite = null;
        if (target == FaultCatalogue.Rpc)
            return null;
        if (target == FaultCatalogue.Gamma)
        {
            if (board.Hit("F46", target) is not null)
                rewrite += Spelling.NoTokens;
        }
        else if (path is "/time" && board.Hit("F57", target) is not null)
            return time => (long.Parse(time, CultureInfo.InvariantCulture) + (long)ClobAuth.Skew.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        else if (path is "/version" && board.Hit("F35", target) is not null)
            return _ => """{"version":3}""";
        else if (path is "/book" or "/books")
        {
            if (board.Hit("F16", target) is not null)
                rewrite += Ghost;
            if (board.Hit("F15", target) is not null)
                rewrite += Spelling.WrongHashes;
        }
        else if (IsOutcomeList(path) && board.Hit("F56", target) is not null)
            rewrite += OtherFirst;
        if (board.Hit("F55", target) is not null)
            rewrite += Spelling.OddNumbers;
        return rewrite;
    }

    private static (string? Target, string Path) Split(string path) =>
        path.StartsWith("/clob/", StringComparison.Ordinal) ? (FaultCatalogue.Clob, path["/clob".Length..])
        : path.StartsWith("/gamma/", StringComparison.Ordinal) ? (FaultCatalogue.Gamma, path["/gamma".Length..])
        : path.StartsWith("/data/", StringComparison.Ordinal) ? (FaultCatalogue.Data, path["/data".Length..])
        : path == "/rpc" ? (FaultCatalogue.Rpc, path)
        : path.StartsWith("/bot", StringComparison.Ordinal) && path.IndexOf('/', 1) is > 0 and var method ? (FaultCatalogue.Bot, path[method..])
        : (null, path);

    private static bool IsBook(string path) => path is "/book" or "/books" or "/price" or "/prices" or "/midpoint" or "/midpoints" or "/spread" or "/spreads";

    private static bool IsOutcomeList(string path) =>
        path.StartsWith("/markets-by-token/", StringComparison.Ordinal) || path.StartsWith("/markets/", StringComparison.Ordinal) || path.StartsWith("/clob-markets/", StringComparison.Ordinal);

    /// <summary>F16: a book that is only its outermost quotes.</summary>
    private static string Ghost(string json)
    {
        var root = JsonNode.Parse(json);
        foreach (var book in root is JsonArray list ? list.OfType<JsonObject>() : root is JsonObject one && one.ContainsKey("bids") ? [one] : [])
        {
            book["bids"] = new JsonArray(new JsonObject { ["price"] = "0.01", ["size"] = "12000" });
            book["asks"] = new JsonArray(new JsonObject { ["price"] = "0.99", ["size"] = "12000" });
        }
        return root!.ToJsonString();
    }

    /// <summary>F56: the second outcome first; names and ids still belong together.</summary>
    private static string OtherFirst(string json)
    {
        if (JsonNode.Parse(json) is not JsonObject root)
            return json;
        if (root.ContainsKey("primary_token_id"))
            (root["primary_token_id"], root["secondary_token_id"]) = (root["secondary_token_id"]!.DeepClone(), root["primary_token_id"]!.DeepClone());
        foreach (var name in (string[])["tokens", "t"])
        {
            if (root[name] is JsonArray outcomes)
                root[name] = new JsonArray([.. outcomes.Reverse().Select(outcome => outcome!.DeepClone())]);
        }
        return root.ToJsonString();
    }

    private static Task TooMany(HttpContext context, ActiveFault fault)
    {
        var form = fault.Request.Variant switch { "json" => 0, "1015" => 1, "html" => 2, _ => fault.Next(5) };
        if (fault.Next(2) == 0)
            context.Response.Headers.RetryAfter = form is 0 or 3 ? "1" : "0";
        return form switch
        {
            1 or 4 => Answer(context, StatusCodes.Status429TooManyRequests, "text/plain", "error code: 1015"),
            2 => Answer(context, StatusCodes.Status429TooManyRequests, "text/html", TooManyHtml),
            _ => Answer(context, StatusCodes.Status429TooManyRequests, "application/json", """{"error":"Too Many Requests"}"""),
        };
    }

    private static async Task RewriteAsync(HttpContext context, RequestDelegate next, Func<string, string> rewrite)
    {
        var text = await CaptureAsync(context, next);
        if (context.Response.StatusCode == StatusCodes.Status200OK && text.Length > 0)
        {
            foreach (var step in rewrite.GetInvocationList().Cast<Func<string, string>>())
                text = step(text);
        }
        await Answer(context, context.Response.StatusCode, context.Response.ContentType ?? "application/json", text);
    }

    /// <summary>Lets the venue handle the request and keeps what it would have answered.</summary>
    private static async Task<string> CaptureAsync(HttpContext context, RequestDelegate next)
    {
        var wire = context.Response.Body;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }
        return Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
    }

    private static Task Answer(HttpContext context, int status, string type, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes).AsTask();
    }
}
