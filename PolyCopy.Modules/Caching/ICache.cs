namespace PolyCopy.Modules.Caching;

/// <summary>Values that may be lost at any time, as JSON under a key such as positions:{user_id}; in memory, or in Redis when Cache:Redis is set.</summary>
/// <remarks>Nothing read from here decides an order, a limit, a nonce or a permission. With Redis out of reach every read is a miss; nothing here throws for it.</remarks>
public interface ICache
{
    /// <summary>The value; default when there is none, it expired or Redis is out of reach.</summary>
    ValueTask<T?> GetAsync<T>(string key, CancellationToken ct);

    /// <param name="key">Names the value.</param>
    /// <param name="value">Anything System.Text.Json can write.</param>
    /// <param name="ttl">How long it may live.</param>
    /// <param name="ct">Cancels the write.</param>
    ValueTask SetAsync<T>(string key, T value, TimeSpan ttl, CancellationToken ct);

    /// <summary>Forgets the value here and in every process that shares the Redis.</summary>
    ValueTask RemoveAsync(string key, CancellationToken ct);
}
