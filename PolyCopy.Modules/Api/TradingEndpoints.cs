using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Api;

internal static class TradingEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.Positions, async (long userId, IPositions positions, CancellationToken ct, string? status = null, int limit = 50, string? cursor = null) =>
            await ListAsync(limit, () => positions.ListAsync(userId, status, limit, cursor, ct))).Produces<Page<PositionView>>();
        app.MapGet(Routes.Position, async (long userId, Guid positionId, IPositions positions, CancellationToken ct) =>
            await positions.GetAsync(userId, positionId, ct) is { } position ? TypedResults.Ok(position) : Problems.Of(new Error("position.unknown", "There is no such position.")) as IResult)
            .Produces<PositionView>();
        app.MapPost(Routes.Sync, async (long userId, ITrading trading, CancellationToken ct) => (await trading.SyncAsync(userId, ct)).ToResult()).Produces<SyncReport>();
        app.MapPost(Routes.Close, async (long userId, Guid positionId, ClosePosition body, HttpContext http, ITrading trading, CancellationToken ct) =>
            await PlacedAsync(http, key => trading.CloseAsync(userId, key, positionId, body.Fraction, ct))).Produces<OrderPlaced>(201).Produces<OrderPlaced>(202);
        app.MapPut(Routes.TpSl, async (long userId, Guid positionId, PatchBody body, IExits exits, CancellationToken ct) =>
            (await exits.SetTpSlAsync(userId, positionId, new TpSl(body.Has("takeProfit"), body.Read<decimal?>("takeProfit"), body.Has("stopLoss"), body.Read<decimal?>("stopLoss")), ct)).ToResult())
            .Produces<PositionView>();

        app.MapGet(Routes.Exits, async (long userId, IExits exits, CancellationToken ct, int limit = 50, string? cursor = null) =>
            await ListAsync(limit, () => exits.ListAsync(userId, null, limit, cursor, ct))).Produces<Page<ExitView>>();
        app.MapGet(Routes.PositionExits, async (long userId, Guid positionId, IExits exits, CancellationToken ct, int limit = 50, string? cursor = null) =>
            await ListAsync(limit, () => exits.ListAsync(userId, positionId, limit, cursor, ct))).Produces<Page<ExitView>>();
        app.MapPost(Routes.PositionExits, async (long userId, Guid positionId, ArmExit body, IExits exits, CancellationToken ct) =>
            (await exits.ArmAsync(userId, positionId, body, ct)).Try(out var exit, out var error) ? TypedResults.Created((string?)null, exit) : Problems.Of(error) as IResult).Produces<ExitView>(201);
        app.MapDelete(Routes.PositionExit, async (long userId, Guid positionId, Guid exitId, IExits exits, CancellationToken ct) =>
            (await exits.DisarmAsync(userId, positionId, exitId, ct)).ToResult()).Produces<ExitView>();

        app.MapPost(Routes.Preview, async (long userId, PlaceOrder order, HttpContext http, Access access, ITrading trading, CancellationToken ct) =>
            (await trading.PreviewAsync(userId, order with { KeepsToSettings = access.IsUsersKey(http) }, ct)).ToResult()).Produces<OrderPreview>();
        app.MapPost(Routes.Orders, async (long userId, PlaceOrder order, HttpContext http, Access access, ITrading trading, CancellationToken ct) =>
            await PlacedAsync(http, key => trading.PlaceAsync(userId, key, order with { KeepsToSettings = access.IsUsersKey(http) }, ct))).Produces<OrderPlaced>(201).Produces<OrderPlaced>(202);
        app.MapGet(Routes.Orders, async (long userId, ITrading trading, CancellationToken ct, string? status = null, int limit = 50, string? cursor = null) =>
            await ListAsync(limit, () => trading.ListAsync(userId, status, limit, cursor, ct))).Produces<Page<OrderView>>();
        app.MapGet(Routes.Order, async (long userId, Guid orderId, ITrading trading, CancellationToken ct) =>
            await trading.GetAsync(userId, orderId, ct) is { } order ? TypedResults.Ok(order) : Problems.Of(new Error("order.unknown", "There is no such order.")) as IResult).Produces<OrderView>();
        app.MapDelete(Routes.Order, async (long userId, Guid orderId, ITrading trading, CancellationToken ct) => (await trading.CancelAsync(userId, orderId, ct)).ToResult()).Produces<OrderView>();

        app.MapGet(Routes.Fills, async (long userId, IPositions positions, CancellationToken ct, int limit = 50, string? cursor = null) =>
            await ListAsync(limit, () => positions.FillsAsync(userId, limit, cursor, ct))).Produces<Page<FillView>>();
        app.MapGet(Routes.History, async (long userId, IPositions positions, CancellationToken ct, int limit = 50, string? cursor = null) =>
            await ListAsync(limit, () => positions.HistoryAsync(userId, limit, cursor, ct))).Produces<Page<HistoryEntry>>();
        // the byte order mark tells spreadsheets that it is UTF-8
        app.MapGet(Routes.HistoryCsv, async (long userId, IPositions positions, CancellationToken ct) =>
            TypedResults.File(Encoding.UTF8.GetBytes("\uFEFF" + await positions.ExportAsync(userId, ct)), "text/csv; charset=utf-8", $"polycopy-history-{userId}.csv"));
    }

    private static async Task<IResult> ListAsync<T>(int limit, Func<Task<Page<T>>> read) =>
        Paging.Check(limit) is { } bad ? Problems.Of(bad) : TypedResults.Ok(await read());

    /// <summary>201 with the order, 202 while the venue has not answered; the same Idempotency-Key gets the same answer.</summary>
    private static async Task<IResult> PlacedAsync(HttpContext http, Func<string, Task<Result<OrderPlaced>>> place)
    {
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length is 0 or > 200)
            return Problems.Of(new Error("idempotency.missing", "Send an Idempotency-Key of 1 to 200 characters: one per order you mean."));
        if (!(await place(key)).Try(out var placed, out var error))
            return Problems.Of(error);
        return placed.Status == "unknown" ? TypedResults.Accepted((string?)null, placed) : TypedResults.Created((string?)null, placed);
    }
}

/// <param name="Fraction">0 to 1].</param>
internal sealed record ClosePosition(decimal Fraction = 1m);
