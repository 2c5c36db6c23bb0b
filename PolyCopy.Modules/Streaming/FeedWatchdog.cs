using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>Tells a mute feed from a quiet market: PONG proves the socket only (F1), so silent tokens are compared with the venue's REST books.</summary>
internal sealed class FeedWatchdog(IMarketData venue, RestBooks rest, FeedCounters counters, TimeProvider clock, ILogger<FeedWatchdog> logger)
{
    private const int BooksPerRequest = 500;

    private static readonly TimeSpan ConnectionSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TokenSilence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AuditEvery = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Looks after every connection; quick when none is silent.</summary>
    public async Task LookAsync(IReadOnlyList<Shard> shards, CancellationToken ct)
    {
        foreach (var shard in shards)
        {
            if (shard.Epoch is not { } epoch)
                continue;
            var now = clock.GetTimestamp();
            var books = shard.Markets.SelectMany(m => m.Books).ToArray();
            Judge(shard, epoch, books, now);
            var patience = clock.GetElapsedTime(epoch.DataAt, now) > ConnectionSilence ? ConnectionSilence : TokenSilence;
            var due = books.Where(b => b.SuspectAt == 0 && IsDue(b, patience, now)).ToArray();
            foreach (var part in due.Chunk(BooksPerRequest))
                await CompareAsync(part, ct);
        }
    }

    private bool IsDue(Book book, TimeSpan patience, long now)
    {
        var silent = clock.GetElapsedTime(Math.Max(book.SubscribedAt, book.SocketAt), now) > patience;
        return clock.GetElapsedTime(Math.Max(book.SubscribedAt, book.CheckedAt), now) > (silent ? patience : AuditEvery);
    }

    private async Task CompareAsync(Book[] books, CancellationToken ct)
    {
        var asked = clock.GetTimestamp();
        try
        {
            using var deadline = new CancellationTokenSource(Deadline, clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
            var answer = (await venue.BooksAsync([.. books.Select(b => b.Token)], both.Token)).ToDictionary(b => b.Token);
            foreach (var book in books)
            {
                book.CheckedAt = asked;
                if (!answer.TryGetValue(book.Token, out var snapshot))
                {
                    rest.IsGone(book);
                    continue;
                }
                rest.IsThere(book);
                lock (book.Gate)
                {
                    if (book.IsBehind(snapshot))
                    {
                        book.SuspectAt = clock.GetTimestamp();
                    }
                    else if (book.IsWrong(snapshot))
                    {
                        book.AskForSeed();
                        counters.Gap();
                    }
                }
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Without REST nobody can tell silence from quiet: look again after the same patience.
            foreach (var book in books)
                book.CheckedAt = asked;
            StreamLog.RestFailed(logger, books.Length, e is OperationCanceledException ? "no answer in time" : e.Message);
        }
    }

    private void Judge(Shard shard, FeedEpoch epoch, Book[] books, long now)
    {
        var deaf = new List<Book>();
        foreach (var book in books)
        {
            if (MovedUnheard(book, now) || NeverCame(book, now))
                deaf.Add(book);
        }
        if (deaf.Count == 0)
            return;
        counters.Gap();
        if (!epoch.HasData || clock.GetElapsedTime(epoch.DataAt, now) > ConnectionSilence)
        {
            shard.GiveUp(epoch, FeedFaults.Mute.English);
            return;
        }
        StreamLog.Deaf(logger, deaf.Count);
        shard.Refresh(deaf.Select(b => b.Market).Distinct());
        lock (shard.Gate)
        {
            foreach (var book in deaf)
            {
                book.SubscribedAt = now;
                book.AskForSeed();
            }
        }
    }

    // The venue's book had moved; what it sent may only have been on its way.
    private bool MovedUnheard(Book book, long now)
    {
        if (book.SuspectAt == 0 || clock.GetElapsedTime(book.SuspectAt, now) < SecondLook)
            return false;
        var unheard = book.SocketAt < book.SuspectAt;
        book.SuspectAt = 0;
        return unheard;
    }

    // REST has a book, the connection never sent one.
    private bool NeverCame(Book book, long now) =>
        !book.Heard && book.RestAt > book.SubscribedAt && clock.GetElapsedTime(book.SubscribedAt, now) > ConnectionSilence;
}
