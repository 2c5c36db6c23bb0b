using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Api;

internal static class LeaderEndpoints
{
    private static readonly Error Unknown = new("leader.unknown", "This address has never been watched.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.WatchedAddresses, async (ILeaders leaders, CancellationToken ct, int limit = 50, string? cursor = null) =>
            Paging.Check(limit) is { } bad ? Problems.Of(bad) : TypedResults.Ok(await leaders.WatchedAsync(limit, cursor, ct)) as IResult)
            .Produces<Page<WatchedAddress>>();

        app.MapPost(Routes.WatchedAddresses, async (WatchBody body, ILeaders leaders, CancellationToken ct) =>
            (await leaders.WatchAsync(body.Address ?? "", body.Kind ?? "leader", "operator", ct)).Try(out var watched, out var error) ? TypedResults.Created($"{Routes.WatchedAddresses}/{watched.Address}", watched) : Problems.Of(error) as IResult)
            .Produces<WatchedAddress>(StatusCodes.Status201Created);

        app.MapDelete(Routes.WatchedAddress, async (string address, ILeaders leaders, CancellationToken ct) => (await leaders.UnwatchAsync(address, ct)).ToResult())
            .Produces<WatchedAddress>();

        app.MapGet(Routes.Leaders, async (ILeaders leaders, CancellationToken ct, string? order = null, int limit = 50, string? cursor = null) =>
        {
            if (Paging.Check(limit) is { } bad)
                return Problems.Of(bad);
            if (order is not (null or "pnl" or "winRate" or "volume" or "trades"))
                return Problems.Of(new Error("request.order", "order is pnl, winRate, volume or trades."));
            var page = await leaders.ListAsync(order, limit, cursor, ct);
            return TypedResults.Ok(new Page<LeaderView>([.. page.Items.Select(LeaderView.Of)], page.NextCursor)) as IResult;
        }).Produces<Page<LeaderView>>();

        app.MapGet(Routes.Leader, async (string address, ILeaders leaders, CancellationToken ct) =>
            await leaders.GetAsync(address, ct) is { } card ? TypedResults.Ok(LeaderView.Of(card)) : Problems.Of(Unknown) as IResult)
            .Produces<LeaderView>();

        app.MapGet(Routes.LeaderTrades, async (string address, ILeaders leaders, CancellationToken ct, int limit = 50, string? cursor = null) =>
        {
            if (Paging.Check(limit) is { } bad)
                return Problems.Of(bad);
            var page = await leaders.TradesAsync(address, limit, cursor, ct);
            return page.Items.Count == 0 && cursor is null && await leaders.GetAsync(address, ct) is null ? Problems.Of(Unknown) : TypedResults.Ok(page) as IResult;
        }).Produces<Page<LeaderTrade>>();
    }
}

/// <param name="Kind">leader (when left out) or smart_trader.</param>
internal sealed record WatchBody(string? Address, string? Kind = null);

/// <summary>A leader on the wire; the name is foreign text, durations are seconds.</summary>
internal sealed record LeaderView(
    string Address, string Kind, string? Name, int Trades, decimal Volume, decimal Pnl, decimal PnlWithoutBest, decimal? WinRate, decimal? WinRateLow, decimal? WinRateHigh, int Closed,
    long? HoldSeconds, decimal? MakerShare, decimal Drawdown, decimal LeftOut, IReadOnlyList<LeaderChartPoint> Chart, DateTimeOffset? LastTradeAt, Coverage Coverage)
{
    public static LeaderView Of(LeaderCard c) => new(
        c.Address, c.Kind, c.Name, c.Trades, c.Volume, c.Pnl, c.PnlWithoutBest, c.WinRate, c.WinRateLow, c.WinRateHigh, c.Closed,
        (long?)c.HoldTime?.TotalSeconds, c.MakerShare, c.Drawdown, c.LeftOut, [.. c.Chart.Select(p => new LeaderChartPoint(p.At, p.Pnl))], c.LastTradeAt, c.Coverage);
}

internal sealed record LeaderChartPoint(DateTimeOffset At, decimal Pnl);
