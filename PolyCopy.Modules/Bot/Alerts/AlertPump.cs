using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Bot.Alerts;

/// <summary>Events of the outbox to the chats of their users: claimed, sent, and only then acknowledged. What piles up for a user becomes one message.</summary>
internal sealed partial class AlertPump(
    IEventDelivery events, IBotState state, People people, Receipts receipts, ICoreStatus core, Courier courier, BotSession session, TimeProvider clock, ILogger<AlertPump> logger)
{
    private const int ClaimAtOnce = 500;
    private const int MostHeld = 20_000; // beyond it events stay in the outbox; about 20 MB
    // after a kill its alerts wait for so long; a bot that lives prolongs what it holds
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ProlongEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    // Partial fills of one order, and an exit with its fill, come within moments of each other.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan GatherExit = TimeSpan.FromMilliseconds(1500);

    private readonly Lock _lock = new();
    private readonly HashSet<long> _held = [];
    private readonly Dictionary<(long User, Lane Lane), List<Alert>> _pending = [];
    private readonly HashSet<(long User, Lane Lane)> _scheduled = [];
    private readonly ConcurrentQueue<long> _told = new();
    private bool _isAway;
    private long _prolongedAt = clock.GetTimestamp();

    /// <summary>Claimed and not yet acknowledged.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var woken = events.WaitAsync(Look, ct); // before the claim, so that nothing falls between
                var claimed = Held < MostHeld ? await events.ClaimAsync(ClaimAtOnce, Lease, ct) : [];
                await TakeAsync(claimed, ct);
                await FlushAsync(ct);
                if (clock.GetElapsedTime(_prolongedAt) > ProlongEvery)
                    await ProlongAsync(Lease, ct);
                Volatile.Write(ref _isAway, false);
                if (claimed.Count < ClaimAtOnce)
                    await woken;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                SayAway(e);
                await Task.Delay(Look, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Acknowledges what has been told.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        var told = new List<long>();
        while (told.Count < 1_000 && _told.TryDequeue(out var sequence))
            told.Add(sequence);
        if (told.Count == 0)
            return;
        try
        {
            await events.AcknowledgeAsync(told, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            told.ForEach(_told.Enqueue);
            SayAway(e);
            return;
        }
        lock (_lock)
            _held.ExceptWith(told);
    }

    /// <summary>Gives back what will not be told any more: whoever comes next need not wait for the lease.</summary>
    public async Task GiveBackAsync()
    {
        try
        {
            await ProlongAsync(TimeSpan.Zero, CancellationToken.None);
        }
        catch (Exception e)
        {
            SayAway(e);
        }
    }

    private async Task ProlongAsync(TimeSpan lease, CancellationToken ct)
    {
        List<long> held;
        lock (_lock)
            held = [.. _held];
        foreach (var chunk in held.Chunk(1_000))
            await events.ProlongAsync(chunk, lease, ct);
        _prolongedAt = clock.GetTimestamp();
    }

    private async Task TakeAsync(IReadOnlyList<UserEvent> claimed, CancellationToken ct)
    {
        List<UserEvent> fresh;
        lock (_lock)
            fresh = [.. claimed.Where(e => _held.Add(e.Sequence))]; // a lease that ran out while its message waits brings the event again
        if (fresh.Count == 0)
            return;
        IReadOnlyDictionary<long, long> chats;
        try
        {
            chats = await state.ReachableAsync(session.BotId, [.. fresh.Select(e => e.UserId).Distinct()], ct);
        }
        catch
        {
            lock (_lock)
                _held.ExceptWith(fresh.Select(e => e.Sequence));
            throw;
        }
        foreach (var group in fresh.GroupBy(e => e.UserId))
        {
            if (!chats.TryGetValue(group.Key, out var chat))
            {
                Told(group.Select(e => e.Sequence)); // he never wrote, or does not want to hear
                continue;
            }
            foreach (var alert in group.Select(e => new Alert(e)))
                Add(group.Key, chat, alert);
        }
    }

    private void Add(long userId, long chatId, Alert alert)
    {
        var key = (userId, alert.Lane);
        lock (_lock)
        {
            if (!_pending.TryGetValue(key, out var list))
                _pending[key] = list = [];
            list.Add(alert);
            if (!_scheduled.Add(key))
                return;
        }
        Schedule(key, chatId, alert.Lane == Lane.Urgent ? TimeSpan.Zero : alert.IsExitFill ? GatherExit : Gather);
    }

    private void Schedule((long User, Lane Lane) key, long chatId, TimeSpan after)
    {
        var taken = new List<Alert>();
        var (again, silenced) = (false, false);
        var sent = courier.SendAsync(chatId, key.Lane, async ct =>
        {
            // its fill may just be in a receipt that is not drawn yet
            again = key.Lane == Lane.News && receipts.IsPlacing(key.User);
            if (again)
                return null;
            Take(key, taken);
            var settings = await people.SettingsAsync(key.User, ct);
            var profile = await core.ProfileAsync(ct);
            var sales = ExitSales.Among(taken);
            var heard = taken.Where(a => !sales.Tells(a) && !IsKnown(a) && settings.Notifications.GetValueOrDefault(a.Kind) != "off").ToList();
            silenced = heard.Count == 0;
            if (silenced)
                return null;
            var view = new AlertText(Words.In(settings.Language), settings, profile, clock.GetUtcNow(), sales).Write(heard);
            return new Outgoing(chatId, OutgoingKind.Send, view.Text.Value, view.Keyboard, Silent: heard.All(a => settings.Notifications.GetValueOrDefault(a.Kind) == "silent"));
        }, after);
        _ = FinishAsync();

        async Task FinishAsync()
        {
            var delivery = await sent;
            if (again)
            {
                Schedule(key, chatId, Gather);
                return;
            }
            if (silenced || delivery.Outcome is DeliveryOutcome.Sent or DeliveryOutcome.Refused or DeliveryOutcome.Blocked)
            {
                Told(taken.Select(a => a.Source.Sequence));
                await FlushAsync(CancellationToken.None); // at once: what is not acknowledged is told again after a crash
            }
            lock (_lock)
            {
                if (!_pending.ContainsKey(key))
                {
                    _scheduled.Remove(key);
                    return;
                }
            }
            Schedule(key, chatId, TimeSpan.Zero);
        }
    }

    /// <summary>Everything that waits in the lane; an exit's alert also takes the fills it made, which wait among the news.</summary>
    private void Take((long User, Lane Lane) key, List<Alert> taken)
    {
        lock (_lock)
        {
            if (_pending.Remove(key, out var list))
                taken.AddRange(list);
            if (taken.Any(a => a.Kind == "exit_fired") && key.Lane == Lane.Urgent && _pending.TryGetValue((key.User, Lane.News), out var news))
            {
                taken.AddRange(news.Where(ExitSales.Among([.. taken, .. news]).Tells));
                news.RemoveAll(taken.Contains);
                if (news.Count == 0)
                    _pending.Remove((key.User, Lane.News));
            }
        }
    }

    /// <summary>Told by another event, or read in a receipt. It takes the shares off the receipt: ask once.</summary>
    private bool IsKnown(Alert alert) => alert.IsToldElsewhere || alert is { Kind: "fill", IsExitFill: false } && alert.Id("orderId") is { } order && receipts.Covers(order, alert.Shares("shares"));

    // once for each time it goes away
    private void SayAway(Exception e)
    {
        if (!Interlocked.Exchange(ref _isAway, true))
            Log.Away(logger, e);
    }

    private void Told(IEnumerable<long> sequences)
    {
        foreach (var sequence in sequences)
            _told.Enqueue(sequence);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Bot + 50, LogLevel.Warning, "Alerts cannot be read or acknowledged now; they wait")]
        public static partial void Away(ILogger logger, Exception e);
    }
}
