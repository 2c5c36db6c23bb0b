using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The optional dead-man switch (facts 2.9): once a key has begun to beat, ten seconds of silence cancel all its open orders. A restart forgets it.</summary>
internal sealed class Heartbeats(SimWorld world, CancelDesk cancels)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (string Id, long Number, IDisposable Alarm)> _beating = [];

    /// <summary>The id to send next; with an error, the id that was expected.</summary>
    public (string Id, string? Error) Beat(ApiKey key, string id)
    {
        lock (world.Gate)
        {
            var known = _beating.TryGetValue(key.Id, out var last);
            if (known && id != last.Id)
                return (last.Id, "Invalid Heartbeat ID");
            last.Alarm?.Dispose();
            var number = last.Number + 1;
            var next = SeededIds.Uuid(SeededIds.Bytes(world.Seed, $"heartbeat {key.Id}", number));
            _beating[key.Id] = (next, number, world.Clock.Schedule(world.Clock.GetUtcNow() + Silence, () => Expire(key, next)));
            return (next, null);
        }
    }

    private void Expire(ApiKey key, string id)
    {
        lock (world.Gate)
        {
            if (!_beating.TryGetValue(key.Id, out var last) || last.Id != id)
                return;
            _beating.Remove(key.Id);
        }
        _ = cancels.CancelAllAsync(key, null, null);
    }
}
