using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>Reads books by POST /books where the socket does not give them: armed tokens without a live price every second, books in doubt at once, tokens whose book never came after 10 s.</summary>
internal sealed class RestBooks(IMarketData venue, QuotePublisher publisher, FeedCounters counters, FeedEvents events, TimeProvider clock, ILogger<RestBooks> logger)
{
    private const int BooksPerRequest = 500;
    private const int RequestsAtOnce = 4;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ArmedEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilentEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MissingEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CrossedFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);

    private long _restUntil;

    /// <summary>The venue's last refusal of a book request; null while requests work.</summary>
    public VenueFailure? Trouble { get; private set; }

    /// <summary>One round: everything that is due now.</summary>
    public async Task RoundAsync(IReadOnlyList<Shard> shards, CancellationToken ct)
    {
        var now = clock.GetTimestamp();
        Forget(shards, now);
        if (now < _restUntil)
            return;
        List<(Shard Shard, Book Book)>? due = null;
        foreach (var shard in shards)
        {
            lock (shard.Gate)
            {
                foreach (var market in shard.Markets)
                    foreach (var book in market.Books)
                        if (IsDue(book, shard, now))
                            (due ??= []).Add((shard, book));
            }
        }
        if (due is not null)
            await Parallel.ForEachAsync(due.Chunk(BooksPerRequest), new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = ct }, async (part, token) => await SeedAsync(part, token));
    }

    private bool IsDue(Book book, Shard shard, long now)
    {
        if (now < book.SeedDueAt)
            return false;
        if (book.WantsSeed || (book.CrossedSince != 0 && clock.GetElapsedTime(book.CrossedSince, now) > CrossedFor))
            return true;
        if (book.IsLive)
            return false;
        // No snapshot, no change: the venue forgot the token (F10, F11), or has no book for it.
        return book.Armed || (shard.Epoch is not null && clock.GetElapsedTime(book.SubscribedAt, now) > SilentEvery);
    }

    private async Task SeedAsync((Shard Shard, Book Book)[] part, CancellationToken ct)
    {
        var now = clock.GetTimestamp();
        foreach (var (shard, book) in part)
        {
            lock (shard.Gate)
            {
                book.SeedDueAt = now + Ticks(book.Armed || book.WantsSeed ? ArmedEvery : SilentEvery);
                book.ExpectSeed(shard.Epoch is not null);
            }
        }
        try
        {
            using var deadline = new CancellationTokenSource(Deadline, clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
            var answer = (await venue.BooksAsync([.. part.Select(p => p.Book.Token)], both.Token)).ToDictionary(b => b.Token);
            Trouble = null;
            foreach (var (shard, book) in part)
                Apply(shard, book, answer.GetValueOrDefault(book.Token));
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            foreach (var (shard, book) in part)
                lock (shard.Gate)
                    book.GiveUpSeed();
            var wait = (e as VenueException)?.RetryAfter ?? ArmedEvery;
            _restUntil = clock.GetTimestamp() + Ticks(wait);
            Trouble = (e as VenueException)?.Failure ?? VenueFailure.Unreachable;
            StreamLog.RestFailed(logger, part.Length, e is OperationCanceledException ? "no answer in time" : e.Message);
            // A connection may still be asked for fresh books itself.
            foreach (var group in part.Where(p => p.Book.WantsSeed).GroupBy(p => p.Shard))
                group.Key.Refresh(group.Select(p => p.Book.Market).Distinct());
        }
    }

    private void Apply(Shard shard, Book book, BookSnapshot? snapshot)
    {
        if (snapshot is null)
        {
            lock (shard.Gate)
                book.GiveUpSeed();
            book.SeedDueAt = clock.GetTimestamp() + Ticks(MissingEvery);
            IsGone(book);
            return;
        }
        var changed = false;
        lock (shard.Gate)
        {
            if (book.Seed(snapshot, shard.Epoch is not null))
            {
                book.RestAt = book.ReceivedAt = clock.GetTimestamp();
                publisher.Publish(book);
                changed = true;
            }
        }
        if (changed)
            counters.Count(0, 1, false);
        IsThere(book);
    }

    /// <summary>Notes that the venue had no book for the token; told at the second time, one empty answer may be a hiccup.</summary>
    public void IsGone(Book book)
    {
        if (book.IsMissing && !book.ToldMissing)
        {
            book.ToldMissing = true;
            events.BookExists(book.Token, false);
        }
        book.IsMissing = true;
    }

    /// <summary>Notes that the venue has a book for the token.</summary>
    public void IsThere(Book book)
    {
        if (book.ToldMissing)
            events.BookExists(book.Token, true);
        book.IsMissing = book.ToldMissing = false;
    }

    // What REST said is trusted for a few seconds only.
    private void Forget(IReadOnlyList<Shard> shards, long now)
    {
        foreach (var shard in shards)
        {
            lock (shard.Gate)
            {
                foreach (var market in shard.Markets)
                    foreach (var book in market.Books)
                        if (clock.GetElapsedTime(book.RestAt, now) > KeptFor && book.ForgetRest())
                            publisher.Publish(book);
            }
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * clock.TimestampFrequency);
}
