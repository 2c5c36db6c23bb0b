using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Faults;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The CLOB's private routes (facts 2.4, 2.7, 2.8, 2.9). Each reads the exact bytes, checks the HMAC over them, and answers in the venue's shapes.</summary>
internal sealed class PrivateRoutes(Books books, ClobAuth auth, OrderDesk orders, CancelDesk cancels, PrivateReads reads, Heartbeats heartbeats, SignerBuckets buckets, FaultBoard faults)
{
    private const int MaxOrders = 15;
    private const int MaxCancels = 1000;
    private const int HashLength = 66;

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<PrivateRoutes>();
        var clob = app.MapGroup("/clob");
        clob.MapPost("/order", context => routes.Private(context, routes.PostOneAsync));
        clob.MapPost("/orders", context => routes.Private(context, routes.PostManyAsync));
        clob.MapDelete("/order", context => routes.Private(context, routes.CancelOneAsync));
        clob.MapDelete("/orders", context => routes.Private(context, routes.CancelManyAsync));
        clob.MapDelete("/cancel-all", context => routes.Private(context, (http, key, _) => routes.CancelWhere(http, key, null, null)));
        clob.MapDelete("/cancel-market-orders", context => routes.Private(context, routes.CancelMarketAsync));
        clob.MapGet("/data/order/{id}", context => routes.Private(context, (http, key, _) => routes.Read(http, reads => reads.Order(key, (string)http.Request.RouteValues["id"]!), "")));
        clob.MapGet("/data/orders", context => routes.Private(context, (http, key, _) => routes.Read(http, reads => reads.Orders(key, http.Request.Query), VenueErrors.InvalidOrderParams)));
        clob.MapGet("/data/trades", context => routes.Private(context, (http, key, _) => routes.Read(http, reads => reads.Trades(key, http.Request.Query), VenueErrors.InvalidTradeParams)));
        clob.MapGet("/balance-allowance", context => routes.Private(context, (http, key, _) => routes.Read(http, reads => reads.Balance(key, http.Request.Query), "Invalid asset type")));
        clob.MapGet("/balance-allowance/update", context => routes.Private(context, (http, key, _) => routes.Read(http, reads => reads.UpdateBalance(key, http.Request.Query) ? [] : null, "Invalid asset type")));
        clob.MapPost("/v1/heartbeats", context => routes.Private(context, routes.BeatAsync));
        clob.MapPost("/heartbeats", context => routes.Private(context, routes.BeatAsync));
        clob.MapGet("/notifications", context => routes.Private(context, (http, _, _) => Reply.Json(http, "[]"u8.ToArray(), Task.CompletedTask)));
        clob.MapDelete("/notifications", context => routes.Private(context, (http, _, _) => Reply.Json(http, "\"OK\""u8.ToArray(), Task.CompletedTask)));
        clob.MapGet("/order-scoring", context => routes.Private(context, (http, _, _) => Reply.Json(http, """{"scoring":false}"""u8.ToArray(), Task.CompletedTask)));
        clob.MapGet("/builder/trades", context => routes.Private(context, (http, _, _) => Reply.Json(http, PrivateReads.EmptyPage(), Task.CompletedTask)));
        clob.MapGet("/rebates/current", context => routes.Private(context, (http, _, _) => Reply.Json(http, "[]"u8.ToArray(), Task.CompletedTask)));
    }

    private async Task Private(HttpContext context, Func<HttpContext, ApiKey, byte[], Task> handle)
    {
        var body = await BodyAsync(context);
        if (auth.Level2(context.Request, body) is not { } key)
            await Reply.Error(context, StatusCodes.Status401Unauthorized, VenueErrors.Unauthorized);
        else if (faults.Any && faults.Hit("F48", FaultCatalogue.Clob) is not null && !Fits(context.Request, key, body))
        {
            context.Response.Headers["Poly-RateLimit-Remaining"] = "0";
            await Reply.Error(context, StatusCodes.Status429TooManyRequests, "Too Many Requests");
        }
        else
            await handle(context, key, body);
    }

    /// <summary>What a request costs its signer: an order 1, a batch its length, cancel-all one more than it cancels.</summary>
    private bool Fits(HttpRequest request, ApiKey key, byte[] body)
    {
        using var document = Parse(body);
        var legs = document?.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement.GetArrayLength() : 1;
        if (HttpMethods.IsPost(request.Method) && request.Path.Value is "/clob/order" or "/clob/orders")
            return buckets.TryTake(key.Account, cancels: false, legs);
        if (!HttpMethods.IsDelete(request.Method))
            return true;
        return buckets.TryTake(key.Account, cancels: true, request.Path.Value is "/clob/cancel-all" ? 1 + cancels.Count(key) : legs);
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength is 0 || (context.Request.ContentLength is null && !context.Request.Headers.ContainsKey("Transfer-Encoding")))
            return [];
        using var buffer = new MemoryStream(context.Request.ContentLength is { } length and < 1 << 20 ? (int)length : 4096);
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }

    private async Task PostOneAsync(HttpContext context, ApiKey key, byte[] body)
    {
        using var document = Parse(body);
        var answer = await orders.PostAsync(document is null ? null : PostedOrder.Read(document.RootElement), key);
        if (answer.Error is null)
        {
            await Reply.Json(context, Wire.Json(answer.Write), Task.CompletedTask);
            return;
        }
        context.Response.StatusCode = answer.HttpStatus;
        if (answer.RetryAfterSeconds is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await Reply.Json(context, Wire.Json(answer.WriteError), Task.CompletedTask);
    }

    private async Task PostManyAsync(HttpContext context, ApiKey key, byte[] body)
    {
        using var document = Parse(body);
        if (document?.RootElement.ValueKind != JsonValueKind.Array)
        {
            await Reply.Error(context, StatusCodes.Status400BadRequest, VenueErrors.InvalidPayload);
            return;
        }
        var count = document.RootElement.GetArrayLength();
        if (count is 0 or > MaxOrders)
        {
            await Reply.Error(context, StatusCodes.Status400BadRequest, count == 0 ? VenueErrors.InvalidPayload : VenueErrors.TooMany(count, MaxOrders));
            return;
        }
        // Posted in request order; the disk is waited for together.
        var answers = await Task.WhenAll([.. document.RootElement.EnumerateArray().Select(leg => orders.PostAsync(PostedOrder.Read(leg), key))]);
        if (answers[0].HttpStatus is 425 or 503 && answers.All(answer => answer.HttpStatus == answers[0].HttpStatus && answer.RetryAfterSeconds is null))
        {
            context.Response.StatusCode = answers[0].HttpStatus;
            await Reply.Json(context, Wire.Json(answers[0].WriteError), Task.CompletedTask);
            return;
        }
        await Reply.Json(context, Wire.Json(json =>
        {
            json.WriteStartArray();
            foreach (var answer in answers)
                answer.Write(json);
            json.WriteEndArray();
        }), Task.CompletedTask);
    }

    private async Task CancelOneAsync(HttpContext context, ApiKey key, byte[] body)
    {
        using var document = Parse(body);
        if (Text(document, "orderID") is not { Length: HashLength } id)
            await Reply.Error(context, StatusCodes.Status400BadRequest, VenueErrors.InvalidOrderId);
        else
            await Cancel(context, () => cancels.CancelAsync(key, [id]));
    }

    private async Task CancelManyAsync(HttpContext context, ApiKey key, byte[] body)
    {
        using var document = Parse(body);
        var ids = document?.RootElement.ValueKind == JsonValueKind.Array
            ? document.RootElement.EnumerateArray().Select(id => id.ValueKind == JsonValueKind.String ? id.GetString()! : "").ToList() : [];
        if (ids.Count == 0 || ids.Exists(id => id.Length != HashLength))
            await Reply.Error(context, StatusCodes.Status400BadRequest, VenueErrors.InvalidOrderId);
        else if (ids.Count > MaxCancels)
            await Reply.Error(context, StatusCodes.Status400BadRequest, VenueErrors.TooMany(ids.Count, MaxCancels));
        else
            await Cancel(context, () => cancels.CancelAsync(key, ids));
    }

    private Task CancelMarketAsync(HttpContext context, ApiKey key, byte[] body)
    {
        using var document = Parse(body);
        return CancelWhere(context, key, NotEmpty(Text(document, "market")), NotEmpty(Text(document, "asset_id")));
    }

    private Task CancelWhere(HttpContext context, ApiKey key, string? market, string? token) => Cancel(context, () => cancels.CancelAllAsync(key, market, token));

    private async Task Cancel(HttpContext context, Func<Task<Cancelled>> cancel)
    {
        var (mode, _) = faults.Mode();
        if (mode is EngineMode.Restarting or EngineMode.Disabled)
        {
            var (status, words) = mode is EngineMode.Restarting ? (425, VenueErrors.ServiceNotReady) : (503, VenueErrors.TradingDisabled);
            await Reply.Error(context, status, words);
            return;
        }
        var cancelled = await cancel();
        await Reply.Json(context, Wire.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("canceled"u8);
            foreach (var id in cancelled.Done)
                json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteStartObject("not_canceled"u8);
            foreach (var (id, reason) in cancelled.NotDone)
                json.WriteString(id, reason);
            json.WriteEndObject();
            json.WriteEndObject();
        }), Task.CompletedTask);
    }

    private Task Read(HttpContext context, Func<PrivateReads, byte[]?> read, string refusal) =>
        read(reads) is { } body ? Reply.Json(context, body, books.Flush()) : Reply.Error(context, StatusCodes.Status400BadRequest, refusal);

    private Task BeatAsync(HttpContext context, ApiKey key, byte[] body)
    {
        using var document = Parse(body);
        var (id, error) = heartbeats.Beat(key, Text(document, "heartbeat_id") ?? "");
        context.Response.StatusCode = error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        return Reply.Json(context, Wire.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("heartbeat_id"u8, id);
            json.WriteString("error_msg"u8, error);
            json.WriteEndObject();
        }), Task.CompletedTask);
    }

    private static JsonDocument? Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonDocument? document, string name) =>
        document?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
