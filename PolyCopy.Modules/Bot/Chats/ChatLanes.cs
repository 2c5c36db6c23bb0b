using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Chats;

/// <summary>One thing at a time per chat, many chats at once: a slow chat delays nobody. A chat at rest costs nothing here.</summary>
internal sealed partial class ChatLanes(int atOnce, ILogger<ChatLanes> logger)
{
    private readonly ConcurrentDictionary<long, Lane> _lanes = new();
    private readonly SemaphoreSlim _room = new(atOnce, atOnce);
    private CancellationToken _stopping;

    /// <summary>How many chats have something to do.</summary>
    public int Busy => _lanes.Count;

    public void Start(CancellationToken stopping) => _stopping = stopping;

    /// <summary>Queues work behind what the chat already does.</summary>
    public void Post(long chatId, Func<CancellationToken, Task> work)
    {
        while (true)
        {
            var lane = _lanes.GetOrAdd(chatId, _ => new Lane());
            lock (lane)
            {
                if (lane.IsOver)
                    continue; // it ended between looking and locking
                lane.Work.Enqueue(work);
                if (lane.Work.Count > 1 || lane.IsRunning)
                    return;
                lane.IsRunning = true;
            }
            lane.Task = Task.Run(() => RunAsync(chatId, lane), CancellationToken.None);
            return;
        }
    }

    /// <summary>Waits inside a chat's work for something that takes as long as it takes (its turn at Telegram), and leaves its place to other chats meanwhile.</summary>
    public async Task<T> AsideAsync<T>(Task<T> waiting)
    {
        _room.Release();
        try
        {
            return await waiting;
        }
        finally
        {
            await _room.WaitAsync(CancellationToken.None); // the others give theirs back also when the bot stops
        }
    }

    /// <summary>How much the chat still has to do.</summary>
    public int Depth(long chatId)
    {
        if (!_lanes.TryGetValue(chatId, out var lane))
            return 0;
        lock (lane)
            return lane.Work.Count;
    }

    /// <summary>Waits for what is being done; what has not begun is left to the next start.</summary>
    public Task StopAsync() => Task.WhenAll(_lanes.Values.Select(l => l.Task));

    private async Task RunAsync(long chatId, Lane lane)
    {
        while (true)
        {
            Func<CancellationToken, Task> work;
            lock (lane)
            {
                if (_stopping.IsCancellationRequested || !lane.Work.TryDequeue(out work!))
                {
                    lane.IsOver = true;
                    _lanes.TryRemove(new KeyValuePair<long, Lane>(chatId, lane));
                    return;
                }
            }
            try
            {
                await _room.WaitAsync(_stopping);
                try
                {
                    await work(_stopping);
                }
                finally
                {
                    _room.Release();
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // found again at the next start
            }
            catch (Exception e)
            {
                Log.Failed(logger, e);
            }
        }
    }

    private sealed class Lane
    {
        public Queue<Func<CancellationToken, Task>> Work { get; } = new();
        public bool IsRunning { get; set; }
        public bool IsOver { get; set; }
        public Task Task { get; set; } = Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Bot + 20, LogLevel.Error, "Something a chat asked for failed")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
