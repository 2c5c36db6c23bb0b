using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Sockets;

namespace PolyCopy.Modules.Simulator.Control;

/// <summary>Switches bad days on and off.</summary>
internal sealed class FaultRoutes(FaultBoard board, ConnectionRegistry connections)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<FaultRoutes>();
        app.MapPost("/control/faults", routes.AddAsync);
        app.MapGet("/control/faults", routes.ListAsync);
        app.MapDelete("/control/faults", routes.ClearAsync);
    }

    private async Task AddAsync(HttpContext context)
    {
        if (await ControlReply.BodyAsync(context) is not { } body)
        {
            await ControlReply.BadBody(context);
            return;
        }
        var code = ControlReply.Text(body, "fault") ?? "";
        if (FaultCatalogue.Find(code) is not { } kind)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "fault.not_injectable", $"{code} is not injectable.");
            return;
        }
        var target = ControlReply.Text(body, "target") ?? kind.Targets[0];
        if (!kind.Targets.Contains(target))
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "fault.not_injectable", $"{kind.Code} is injectable on {string.Join(", ", kind.Targets)}.");
            return;
        }
        if (!Number(body, "after", 0, out var after) || !Number(body, "seconds", null, out var seconds) || !Number(body, "probability", 1, out var probability) || !Number(body, "seed", 0, out var seed)
            || after < 0 || seconds < 0 || probability is < 0 or > 1 || decimal.Truncate(after!.Value) != after || Math.Abs(seed!.Value) > int.MaxValue || after > int.MaxValue)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "fault.body", "after counts frames or requests, seconds is positive, probability is 0 to 1, seed is an integer.");
            return;
        }
        var request = new FaultRequest(kind.Code, target, (long)after.Value, (double?)seconds, (double)probability!.Value, (int)seed.Value, ControlReply.Text(body, "variant"));
        var fault = board.Add(kind, request, connections.LastId);
        await ControlReply.Ok(context, json => Write(json, fault));
    }

    private Task ListAsync(HttpContext context) => ControlReply.Ok(context, json =>
    {
        json.WriteStartArray();
        foreach (var fault in board.Active)
            Write(json, fault);
        json.WriteEndArray();
    });

    private Task ClearAsync(HttpContext context)
    {
        board.Clear();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static void Write(Utf8JsonWriter json, ActiveFault fault)
    {
        json.WriteStartObject();
        json.WriteString("fault"u8, fault.Kind.Code);
        json.WriteString("target"u8, fault.Request.Target);
        json.WriteNumber("after"u8, fault.Request.After);
        if (fault.Request.Seconds is { } seconds)
            json.WriteNumber("seconds"u8, seconds);
        else
            json.WriteNull("seconds"u8);
        json.WriteNumber("probability"u8, fault.Request.Probability);
        json.WriteNumber("seed"u8, fault.Request.Seed);
        json.WriteString("variant"u8, fault.Request.Variant);
        json.WriteString("does"u8, fault.Kind.Does);
        json.WriteNumber("seen"u8, fault.Seen);
        json.WriteNumber("hits"u8, fault.Hits);
        json.WriteEndObject();
    }

    private static bool Number(JsonElement body, string name, decimal? missing, out decimal? number)
    {
        number = missing;
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return true;
        if (!decimal.TryParse(ControlReply.Text(body, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed))
            return false;
        number = parsed;
        return true;
    }
}
