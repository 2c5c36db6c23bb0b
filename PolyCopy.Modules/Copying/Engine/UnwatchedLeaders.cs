using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>Where nothing indexes, nobody is watched: follows stand and wait.</summary>
internal sealed class UnwatchedLeaders : ILeaders
{
    private static readonly Error Off = new("leaders.off", "This host watches no leaders.");

    public Task<Result<WatchedAddress>> WatchAsync(string address, string kind, string by, CancellationToken ct) => Task.FromResult<Result<WatchedAddress>>(Off);
    public Task<Result<WatchedAddress>> UnwatchAsync(string address, CancellationToken ct) => Task.FromResult<Result<WatchedAddress>>(Off);
    public Task<Page<WatchedAddress>> WatchedAsync(int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<WatchedAddress>([], null));
    public Task<Page<LeaderCard>> ListAsync(string? order, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<LeaderCard>([], null));
    public Task<LeaderCard?> GetAsync(string address, CancellationToken ct) => Task.FromResult<LeaderCard?>(null);
    public Task<Page<LeaderTrade>> TradesAsync(string address, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<LeaderTrade>([], null));
    public Task<IReadOnlyList<LeaderTrade>> FindTradesAsync(IReadOnlyCollection<string> ids, CancellationToken ct) => Task.FromResult<IReadOnlyList<LeaderTrade>>([]);
    public Task<long> HoldingAsync(string address, TokenId token, CancellationToken ct) => Task.FromResult(0L);
    public Task<Coverage?> CoverageAsync(string address, CancellationToken ct) => Task.FromResult<Coverage?>(null);

    public void Refresh()
    {
    }
}
