using PolyCopy.Modules.Api;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.ApiClient;

internal sealed class LeadersClient(Backend core) : ILeaders
{
    public Task<Result<WatchedAddress>> WatchAsync(string address, string kind, string by, CancellationToken ct) => core.AskAsync<WatchedAddress>(HttpMethod.Post, Routes.WatchedAddresses, new { address, kind }, ct);

    public Task<Result<WatchedAddress>> UnwatchAsync(string address, CancellationToken ct) => core.AskAsync<WatchedAddress>(HttpMethod.Delete, Link.To(Routes.WatchedAddress, address), null, ct);

    public Task<Page<WatchedAddress>> WatchedAsync(int limit, string? cursor, CancellationToken ct) => core.GetAsync<Page<WatchedAddress>>(Routes.WatchedAddresses.With(("limit", limit), ("cursor", cursor)), ct);

    public async Task<Page<LeaderCard>> ListAsync(string? order, int limit, string? cursor, CancellationToken ct)
    {
        var page = await core.GetAsync<Page<Card>>(Routes.Leaders.With(("order", order), ("limit", limit), ("cursor", cursor)), ct);
        return new Page<LeaderCard>([.. page.Items.Select(c => c.ToCard())], page.NextCursor);
    }

    public async Task<LeaderCard?> GetAsync(string address, CancellationToken ct) => (await core.FindAsync<Card>(Link.To(Routes.Leader, address), ct))?.ToCard();

    public async Task<Page<LeaderTrade>> TradesAsync(string address, int limit, string? cursor, CancellationToken ct) =>
        await core.FindAsync<Page<LeaderTrade>>(Link.To(Routes.LeaderTrades, address).With(("limit", limit), ("cursor", cursor)), ct) ?? new Page<LeaderTrade>([], null);

    public Task<IReadOnlyList<LeaderTrade>> FindTradesAsync(IReadOnlyCollection<string> ids, CancellationToken ct) => core.PostAsync<IReadOnlyList<LeaderTrade>>(Routes.BotLeaderTrades, ids, ct);

    public Task<long> HoldingAsync(string address, TokenId token, CancellationToken ct) => core.GetAsync<long>(Link.To(Routes.BotHolding, address, token), ct);

    public Task<Coverage?> CoverageAsync(string address, CancellationToken ct) => core.GetAsync<Coverage?>(Link.To(Routes.BotCoverage, address), ct);

    /// <summary>Not awaited: the core asks by itself every minute.</summary>
    public Task RefreshAsync(CancellationToken ct) => core.SendAsync(HttpMethod.Post, Routes.BotLeaderRefresh, null, ct);

    /// <summary>A card on the wire: durations are seconds.</summary>
    private sealed record Card(
        string Address, string Kind, string? Name, int Trades, decimal Volume, decimal Pnl, decimal PnlWithoutBest, decimal? WinRate, decimal? WinRateLow, decimal? WinRateHigh, int Closed,
        long? HoldSeconds, decimal? MakerShare, decimal Drawdown, decimal LeftOut, IReadOnlyList<Point> Chart, DateTimeOffset? LastTradeAt, Coverage Coverage)
    {
        public LeaderCard ToCard() => new(
            Address, Kind, Name, Trades, Volume, Pnl, PnlWithoutBest, WinRate, WinRateLow, WinRateHigh, Closed,
            HoldSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, MakerShare, Drawdown, LeftOut, [.. Chart.Select(p => (p.At, p.Pnl))], LastTradeAt, Coverage);
    }

    private sealed record Point(DateTimeOffset At, decimal Pnl);
}
