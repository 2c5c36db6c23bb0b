using StackExchange.Redis;

namespace PolyCopy.Modules.Caching;

/// <summary>The one connection to Redis, opened at first use; it reconnects by itself.</summary>
internal sealed class RedisConnection(ConfigurationOptions options) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Task<IConnectionMultiplexer>? _opening;

    public bool IsConnected => _opening is { IsCompletedSuccessfully: true } open && open.Result.IsConnected;

    public Task<IConnectionMultiplexer> OpenAsync()
    {
        lock (_gate)
            return _opening is null or { IsFaulted: true } or { IsCanceled: true } ? _opening = ConnectAsync() : _opening;
    }

    public async ValueTask DisposeAsync()
    {
        if (_opening is { IsCompletedSuccessfully: true } open)
            await open.Result.DisposeAsync();
    }

    private async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(options);
}
