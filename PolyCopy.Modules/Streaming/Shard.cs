using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>A share of the followed markets and the one connection that carries them: connects, subscribes, pings, gives up and connects again.</summary>
internal sealed class Shard(IMarketFeed feed, QuotePublisher publisher, QuoteBoard board, FeedCounters counters, FeedEvents events, TimeProvider clock, Random random, ILogger logger)
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan HealthyAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GapEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BlockedFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<(bool Subscribe, FollowedMarket Market)> _orders = new();
    private readonly Lock _sending = new();
    private readonly Backoff _backoff = new(random);
    private volatile FollowedMarket[] _markets = [];
    private volatile IMarketConnection? _connection;
    private FeedEpoch? _epoch;
    private TimeSpan? _retryAfter;
    private bool _wasConnected;
    private volatile string? _giveUp;
    private volatile string? _fault = "connecting";
    private volatile int _tokens;

    /// <summary>Held by whoever writes this shard's books.</summary>
    public Lock Gate { get; } = new();

    public int Tokens => _tokens;

    /// <summary>Why there is no trustworthy connection; null while there is one.</summary>
    public string? Fault => _epoch is { HasData: true } ? null : _fault;

    /// <summary>The connection now; null while there is none.</summary>
    public FeedEpoch? Epoch => _epoch;

    /// <summary>The markets now; an immutable snapshot.</summary>
    public IReadOnlyList<FollowedMarket> Markets => _markets;

    public void Follow(FollowedMarket market)
    {
        lock (Gate)
        {
            _markets = [.. _markets, market];
            _tokens += market.Books.Count;
            foreach (var book in market.Books)
            {
                board.Attach(book.Slot, book);
                book.SubscribedAt = clock.GetTimestamp();
                _epoch?.Add(book);
            }
        }
        _orders.Enqueue((true, market));
        SendOrders();
    }

    public void Unfollow(FollowedMarket market)
    {
        lock (Gate)
        {
            _markets = [.. _markets.Where(m => m != market)];
            _tokens -= market.Books.Count;
            market.IsFollowed = false;
            foreach (var book in market.Books)
            {
                _epoch?.Remove(book);
                book.Disconnect();
                book.ForgetRest();
                if (book.WasSeen)
                    publisher.Publish(book);
                board.Attach(book.Slot, null);
            }
        }
        _orders.Enqueue((false, market));
        SendOrders();
    }

    /// <summary>Asks the venue for fresh books of these markets on the connection there is.</summary>
    public void Refresh(IEnumerable<FollowedMarket> markets)
    {
        var all = markets.ToArray();
        foreach (var market in all)
            _orders.Enqueue((false, market));
        foreach (var market in all)
            _orders.Enqueue((true, market));
        SendOrders();
    }

    /// <summary>Gives a connection up; the next one starts from fresh books.</summary>
    public void GiveUp(FeedEpoch epoch, string reason)
    {
        lock (_sending)
        {
            if (_epoch != epoch)
                return;
            _giveUp = reason;
            _connection?.Dispose();
        }
    }

    /// <summary>Keeps the shard connected until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            _retryAfter = null;
            var healthy = false;
            try
            {
                healthy = await ConnectAsync(ct);
            }
            catch (VenueException e)
            {
                _fault = e.Failure == VenueFailure.Blocked ? $"blocked: {e.Message}" : e.Message;
                _retryAfter = e.RetryAfter ?? (e.Failure == VenueFailure.Blocked ? BlockedFor : null);
            }
            var wait = _backoff.Next(healthy && clock.GetElapsedTime(started) > HealthyAfter, _retryAfter);
            StreamLog.Down(logger, _fault ?? "closed", (int)wait.TotalMilliseconds);
            await Task.Delay(wait, clock, ct);
        }
    }

    // The reason stands before the connection is left: health never says "connecting" of a feed that broke.
    private async Task<bool> ConnectAsync(CancellationToken ct)
    {
        var epoch = new FeedEpoch(publisher, counters, events, Gate, clock);
        using var connection = await feed.ConnectAsync(epoch, ct);
        if (_wasConnected)
            counters.Reconnect();
        _wasConnected = true;
        StreamLog.Connected(logger);
        try
        {
            _fault = await StayAsync(epoch, connection, ct);
            return epoch.HasData;
        }
        catch (IOException e)
        {
            _fault = e.Message;
            return epoch.HasData;
        }
        finally
        {
            Leave(epoch);
            StreamLog.Closed(logger);
        }
    }

    private async Task<string> StayAsync(FeedEpoch epoch, IMarketConnection connection, CancellationToken ct)
    {
        _giveUp = null;
        using var timer = new PeriodicTimer(Turn, clock);
        // The end of the connection ends the wait at once.
        _ = connection.Closed.ContinueWith(_ => timer.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        SubscribeAll(epoch, connection);
        var pinged = clock.GetTimestamp();
        var seeded = 0L;
        var refreshed = 0L;
        while (await timer.WaitForNextTickAsync(ct))
        {
            if (clock.GetElapsedTime(epoch.HeardAt) > DeadAfter)
                return "no sign of life from the server";
            if (clock.GetElapsedTime(pinged) >= PingEvery)
            {
                pinged = clock.GetTimestamp();
                connection.Ping();
                StreamLog.SentPing(logger);
            }
            if (epoch.HasGap && (seeded == 0 || clock.GetElapsedTime(seeded) >= GapEvery))
            {
                seeded = clock.GetTimestamp();
                SeedAll(epoch);
            }
            if (epoch.NoNewAssets && (refreshed == 0 || clock.GetElapsedTime(refreshed) >= PingEvery))
            {
                refreshed = clock.GetTimestamp();
                epoch.NoNewAssets = false;
                Refresh(Markets.Where(m => m.Books.Any(b => !b.Heard)));
            }
        }
        var reason = await connection.Closed;
        return _giveUp ?? reason;
    }

    private void SubscribeAll(FeedEpoch epoch, IMarketConnection connection)
    {
        FollowedMarket[] markets;
        lock (_sending)
        {
            lock (Gate)
            {
                markets = _markets;
                _orders.Clear();
                _epoch = epoch;
                foreach (var book in markets.SelectMany(m => m.Books))
                {
                    book.SubscribedAt = clock.GetTimestamp();
                    epoch.Add(book);
                }
            }
            _connection = connection;
            if (markets.Length > 0)
                Subscribe(connection, markets);
        }
    }

    // By whoever ordered, at once and in the order given.
    private void SendOrders()
    {
        lock (_sending)
        {
            if (_connection is not { } connection)
            {
                // The next connection subscribes to everything there is then.
                _orders.Clear();
                return;
            }
            try
            {
                SendOrders(connection);
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }
    }

    private void SendOrders(IMarketConnection connection)
    {
        var batch = new List<FollowedMarket>();
        var subscribe = true;
        while (_orders.TryDequeue(out var order))
        {
            if (order.Subscribe && !order.Market.IsFollowed)
                continue;
            if (order.Subscribe != subscribe)
                Flush();
            subscribe = order.Subscribe;
            batch.Add(order.Market);
        }
        Flush();

        void Flush()
        {
            if (batch.Count > 0 && subscribe)
                Subscribe(connection, batch);
            else if (batch.Count > 0)
                connection.Unsubscribe(TokensOf(batch));
            batch.Clear();
        }
    }

    private void Subscribe(IMarketConnection connection, IReadOnlyCollection<FollowedMarket> markets)
    {
        var tokens = TokensOf(markets);
        connection.Subscribe(tokens);
        StreamLog.SubscribedTokens(logger, tokens.Length, markets.Count);
    }

    // A message was lost and nobody knows which books it concerned. They stay trusted while fresh ones come:
    // were a best price wrong, the next changes of that token would show it.
    private void SeedAll(FeedEpoch epoch)
    {
        lock (Gate)
        {
            epoch.HasGap = false;
            counters.Gap();
            foreach (var book in _markets.SelectMany(m => m.Books))
                book.AskForSeed();
        }
    }

    private void Leave(FeedEpoch epoch)
    {
        lock (Gate)
        {
            epoch.End();
            (_epoch, _connection) = (null, null);
            foreach (var book in _markets.SelectMany(m => m.Books))
            {
                book.Disconnect();
                if (book.WasSeen)
                    publisher.Publish(book);
            }
        }
    }

    private static TokenId[] TokensOf(IEnumerable<FollowedMarket> markets) => [.. markets.SelectMany(m => m.Books).Select(b => b.Token)];
}
