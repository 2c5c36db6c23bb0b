using PolyCopy.Modules.Api;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.ApiClient;

internal sealed class TradingClient(Backend core) : ITrading
{
    public Task<Result<OrderPreview>> PreviewAsync(long userId, PlaceOrder order, CancellationToken ct) => core.AskAsync<OrderPreview>(HttpMethod.Post, Link.To(Routes.Preview, userId), order, ct);

    public Task<Result<OrderPlaced>> PlaceAsync(long userId, string idempotencyKey, PlaceOrder order, CancellationToken ct) => core.AskAsync<OrderPlaced>(HttpMethod.Post, Link.To(Routes.Orders, userId), order, ct, idempotencyKey);

    public Task<Result<OrderView>> CancelAsync(long userId, Guid orderId, CancellationToken ct) => core.AskAsync<OrderView>(HttpMethod.Delete, Link.To(Routes.Order, userId, orderId), null, ct);

    public Task<OrderView?> GetAsync(long userId, Guid orderId, CancellationToken ct) => core.FindAsync<OrderView>(Link.To(Routes.Order, userId, orderId), ct);

    public Task<Page<OrderView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct) =>
        core.GetAsync<Page<OrderView>>(Link.To(Routes.Orders, userId).With(("status", status), ("limit", limit), ("cursor", cursor)), ct);

    public Task<Result<OrderPlaced>> CloseAsync(long userId, string idempotencyKey, Guid positionId, decimal fraction, CancellationToken ct) =>
        core.AskAsync<OrderPlaced>(HttpMethod.Post, Link.To(Routes.Close, userId, positionId), new { fraction }, ct, idempotencyKey);

    public Task<Result<SyncReport>> SyncAsync(long userId, CancellationToken ct) => core.AskAsync<SyncReport>(HttpMethod.Post, Link.To(Routes.Sync, userId), null, ct);

    public Task PauseAsync(long? userId, bool paused, string reason, string by, CancellationToken ct) => core.SendAsync(HttpMethod.Post, Routes.BotPause, new { userId, paused, reason, by }, ct);

    public async Task<string?> PausedAsync(long userId, CancellationToken ct) => (await core.GetAsync<Pause>(Link.To(Routes.BotPaused, userId), ct)).Reason;

    private sealed record Pause(string? Reason);
}

internal sealed class ExitsClient(Backend core) : IExits
{
    public Task<Result<PositionView>> SetTpSlAsync(long userId, Guid positionId, TpSl change, CancellationToken ct)
    {
        var patch = new Dictionary<string, decimal?>(); // absent leaves a leg as it is, null clears it
        if (change.HasTakeProfit)
            patch["takeProfit"] = change.TakeProfit;
        if (change.HasStopLoss)
            patch["stopLoss"] = change.StopLoss;
        return core.AskAsync<PositionView>(HttpMethod.Put, Link.To(Routes.TpSl, userId, positionId), patch, ct);
    }

    public Task<Result<ExitView>> ArmAsync(long userId, Guid positionId, ArmExit exit, CancellationToken ct) => core.AskAsync<ExitView>(HttpMethod.Post, Link.To(Routes.PositionExits, userId, positionId), exit, ct);

    public Task<Result<ExitView>> DisarmAsync(long userId, Guid positionId, Guid exitId, CancellationToken ct) => core.AskAsync<ExitView>(HttpMethod.Delete, Link.To(Routes.PositionExit, userId, positionId, exitId), null, ct);

    public Task<Page<ExitView>> ListAsync(long userId, Guid? positionId, int limit, string? cursor, CancellationToken ct) =>
        core.GetAsync<Page<ExitView>>((positionId is { } id ? Link.To(Routes.PositionExits, userId, id) : Link.To(Routes.Exits, userId)).With(("limit", limit), ("cursor", cursor)), ct);
}
