using PolyCopy.Modules.Api;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;

namespace PolyCopy.Modules.ApiClient;

internal sealed class PositionsClient(Backend core) : IPositions
{
    public Task<Page<PositionView>> ListAsync(long userId, string? status, int limit, string? cursor, CancellationToken ct) =>
        core.GetAsync<Page<PositionView>>(Link.To(Routes.Positions, userId).With(("status", status), ("limit", limit), ("cursor", cursor)), ct);

    public Task<PositionView?> GetAsync(long userId, Guid positionId, CancellationToken ct) => core.FindAsync<PositionView>(Link.To(Routes.Position, userId, positionId), ct);

    public Task<Page<FillView>> FillsAsync(long userId, int limit, string? cursor, CancellationToken ct) => core.GetAsync<Page<FillView>>(Link.To(Routes.Fills, userId).With(("limit", limit), ("cursor", cursor)), ct);

    public Task<Page<HistoryEntry>> HistoryAsync(long userId, int limit, string? cursor, CancellationToken ct) => core.GetAsync<Page<HistoryEntry>>(Link.To(Routes.History, userId).With(("limit", limit), ("cursor", cursor)), ct);

    public async Task<string> ExportAsync(long userId, CancellationToken ct)
    {
        using var answer = await core.OpenAsync(Link.To(Routes.HistoryCsv, userId), ct);
        return await answer.Content.ReadAsStringAsync(ct);
    }

    public Task<IReadOnlyList<DayPnl>> PnlByDayAsync(long userId, DateOnly from, DateOnly to, string timeZone, CancellationToken ct) =>
        core.GetAsync<IReadOnlyList<DayPnl>>(Link.To(Routes.BotPnl, userId).With(("from", from), ("to", to), ("timeZone", timeZone)), ct);

    public Task<Portfolio> PortfolioAsync(long userId, CancellationToken ct) => core.GetAsync<Portfolio>(Link.To(Routes.Portfolio, userId), ct);
}
