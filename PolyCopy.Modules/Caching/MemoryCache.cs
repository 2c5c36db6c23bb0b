using System.Collections.Concurrent;
using System.Text.Json;

namespace PolyCopy.Modules.Caching;

/// <summary>Keeps values as JSON bytes, so that nobody shares an object with the cache.</summary>
internal sealed class MemoryCache(TimeProvider clock) : ICache
{
    private const int Capacity = 20_000; // beyond it the expired go, and if that is not enough everything goes: it is a cache
    private readonly ConcurrentDictionary<string, (byte[] Json, long Expires)> _values = new(StringComparer.Ordinal);

    public ValueTask<T?> GetAsync<T>(string key, CancellationToken ct) =>
        new(Read(key) is { } json ? JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web) : default);

    public ValueTask SetAsync<T>(string key, T value, TimeSpan ttl, CancellationToken ct)
    {
        Write(key, JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web), ttl);
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(string key, CancellationToken ct)
    {
        Remove(key);
        return ValueTask.CompletedTask;
    }

    public byte[]? Read(string key)
    {
        if (!_values.TryGetValue(key, out var value))
            return null;
        if (clock.GetTimestamp() < value.Expires)
            return value.Json;
        _values.TryRemove(new KeyValuePair<string, (byte[], long)>(key, value));
        return null;
    }

    public void Write(string key, byte[] json, TimeSpan ttl)
    {
        if (_values.Count >= Capacity)
            Prune();
        _values[key] = (json, clock.GetTimestamp() + (long)(ttl.TotalSeconds * clock.TimestampFrequency));
    }

    public void Remove(string key) => _values.TryRemove(key, out _);

    public void Clear() => _values.Clear();

    private void Prune()
    {
        var now = clock.GetTimestamp();
        foreach (var entry in _values)
            if (entry.Value.Expires <= now)
                _values.TryRemove(entry);
        if (_values.Count >= Capacity)
            _values.Clear();
    }
}
