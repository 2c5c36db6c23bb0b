using System.Runtime.CompilerServices;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>The followed order book of one token and what we know of its trustworthiness. Everything but <see cref="Snapshot"/> only under the gate of its shard.</summary>
internal sealed class Book(FollowedMarket market, int slot, TokenId token, Price tick, Shares minOrder, Lock gate)
{
    private const int MismatchesToDoubt = 3;
    private const int PendingLimit = 20_000;
    private const int StaleSeedsToBelieve = 3;

    private Ladder _bids = new();
    private Ladder _asks = new();
    private List<(Side Side, int Price, long Size, long VenueMs)>? _pending; // since a REST book was asked for
    private long _seedFrom;
    private int _staleSeeds;
    private int _mismatches;
    private long _minOrder = minOrder.Micros;
    private Price _lastTrade;
    private long _lastTradeAt;
    private bool _rest;

    public FollowedMarket Market { get; } = market;

    public int Slot { get; } = slot;

    public TokenId Token { get; } = token;

    /// <summary>The other outcome of a market with two; null otherwise.</summary>
    public Book? Sibling { get; set; }

    public Lock Gate { get; } = gate;

    public Price Tick { get; private set; } = tick;

    /// <summary>The size at which the trigger bid is reached; may be set from any thread and counts from the next change on.</summary>
    public Shares MinOrder
    {
        get => new(Volatile.Read(ref _minOrder));
        set => Volatile.Write(ref _minOrder, value.Micros);
    }

    /// <summary>False until a first book came, by whatever way.</summary>
    public bool WasSeen => Version > 0;

    /// <summary>The number of the last message that changed it, so that each message publishes it once.</summary>
    public long Touched;

    /// <summary>What the last change said the best prices are now; negative when it did not.</summary>
    public Price StatedBid, StatedAsk;

    public long Version { get; private set; }

    public long ReceivedAt { get; set; }

    /// <summary>The venue's time of the latest change, Unix milliseconds.</summary>
    public long VenueMs { get; private set; }

    /// <summary>Changes of this connection apply: a snapshot stands under them.</summary>
    public bool InSync { get; private set; }

    /// <summary>This connection has sent something for the token.</summary>
    public bool Heard { get; private set; }

    /// <summary>The book is in doubt and wants a fresh one by REST.</summary>
    public bool WantsSeed { get; private set; }

    /// <summary>When it last uncrossed is unknown, but since then it has been crossed; zero when it is not.</summary>
    public long CrossedSince { get; private set; }

    public bool IsLive => InSync && Heard;

    /// <summary>When the socket last sent something for the token.</summary>
    public long SocketAt { get; set; }

    // What the REST side of the streamer notes here; plain fields of that one loop.
    public long SeedDueAt, RestAt, SuspectAt, SubscribedAt, CheckedAt;
    public bool Armed, IsMissing, ToldMissing;

    /// <summary>Goes on where an earlier book of the same token ended, so that versions only grow.</summary>
    public void Resume(in Quote last) => (Version, _lastTrade, _lastTradeAt, ReceivedAt) = (last.Version, last.LastTrade, last.LastTradeAt, last.ReceivedAt);

    /// <summary>Replaces the book by the connection's own snapshot.</summary>
    public void Replace(in BookMessage message)
    {
        if (message.TickSize > Price.Zero)
            Tick = message.TickSize;
        if (message.MinOrderSize > Shares.Zero)
            MinOrder = message.MinOrderSize;
        Load(message.Bids, message.Asks);
        VenueMs = message.VenueMs;
        (InSync, Heard, _rest, WantsSeed, _pending, _mismatches) = (true, true, false, false, null, 0);
        Version++;
    }

    /// <summary>Sets a level.</summary>
    /// <returns>False when there is no snapshot under it yet: the change waits for a seed, or is dropped.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Change(Side side, Price price, Shares size, long venueMs)
    {
        Heard = true;
        if (_pending is not null)
            Remember(side, price.TenThousandths, size.Micros, venueMs);
        if (!InSync)
            return false;
        _rest = false;
        Set(side, price.TenThousandths, size.Micros);
        if (venueMs > VenueMs)
            VenueMs = venueMs;
        return true;
    }

    /// <summary>Compares with the best prices that the venue stated after the change (there are no sequence numbers); three wrong ones in a row void the book.</summary>
    /// <returns>True when this made the book void.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Check()
    {
        Version++;
        if ((StatedBid.TenThousandths < 0 || StatedBid.TenThousandths == _bids.Best(0)) && (StatedAsk.TenThousandths < 0 || StatedAsk.TenThousandths == Price.Scale - _asks.Best(0)))
        {
            _mismatches = 0;
            return false;
        }
        if (++_mismatches < MismatchesToDoubt)
            return false;
        Doubt();
        return true;
    }

    public void Print(Price price, long receivedAt) => (_lastTrade, _lastTradeAt) = (price, receivedAt);

    /// <summary>Something was missed: the book is for display only until a fresh one comes.</summary>
    public void Doubt()
    {
        (InSync, _rest, WantsSeed, _mismatches) = (false, false, true, 0);
        Version++;
    }

    /// <summary>Something may have been missed: a fresh book is wanted, this one serves until then.</summary>
    public void AskForSeed() => WantsSeed |= InSync;

    /// <summary>A finer or coarser grid: all levels are void.</summary>
    public void Regrid(Price tick)
    {
        Tick = tick;
        _bids.Clear();
        _asks.Clear();
        Doubt();
    }

    /// <summary>The connection has ended.</summary>
    public void Disconnect()
    {
        (InSync, Heard, WantsSeed, _pending, _mismatches, CrossedSince) = (false, false, false, null, 0, 0);
        if (WasSeen)
            Version++;
    }

    /// <summary>A REST book is being fetched: changes are kept from now on, to be applied on top of it.</summary>
    public void ExpectSeed(bool connected)
    {
        _pending = connected ? [] : null;
        _seedFrom = VenueMs;
    }

    /// <summary>No REST book came; changes need not be kept.</summary>
    public void GiveUpSeed() => _pending = null;

    /// <summary>Takes a REST book and replays what came since it was asked for.</summary>
    /// <returns>False when it is older than what we know (a stale cache, F16), or no longer wanted.</returns>
    public bool Seed(BookSnapshot snapshot, bool connected)
    {
        var pending = _pending;
        _pending = null;
        if (!Market.IsFollowed)
            return false;
        if (connected && (pending is null || pending.Count == PendingLimit))
            return false;
        var venueMs = snapshot.At.ToUnixTimeMilliseconds();
        if (venueMs < _seedFrom && ++_staleSeeds < StaleSeedsToBelieve)
            return false;
        // A ghost out of REST's cache must not replace a book that the socket keeps (F16).
        if (IsLive && CrossedSince == 0 && IsPhantom(snapshot) && !IsPhantom(_bids.Best(0), Price.Scale - _asks.Best(0)))
            return false;
        _staleSeeds = 0;
        if (snapshot.TickSize > Price.Zero)
            Tick = snapshot.TickSize;
        if (snapshot.MinOrderSize > Shares.Zero)
            MinOrder = snapshot.MinOrderSize;
        _bids.Clear();
        _asks.Clear();
        foreach (var level in snapshot.Bids)
            Set(Side.Buy, level.Price.TenThousandths, level.Size.Micros);
        foreach (var level in snapshot.Asks)
            Set(Side.Sell, level.Price.TenThousandths, level.Size.Micros);
        VenueMs = venueMs;
        foreach (var change in pending ?? [])
        {
            if (change.VenueMs < venueMs)
                continue;
            Set(change.Side, change.Price, change.Size);
            VenueMs = Math.Max(VenueMs, change.VenueMs);
        }
        (InSync, _rest, WantsSeed, _mismatches, CrossedSince) = (connected, true, false, 0, 0);
        Version++;
        return true;
    }

    /// <summary>No REST book came for too long.</summary>
    /// <returns>True when that took the trust away.</returns>
    public bool ForgetRest()
    {
        if (!_rest || IsLive)
            return false;
        (_rest, InSync) = (false, false);
        Version++;
        return true;
    }

    /// <summary>Whether the venue's REST book says something newer and different from ours.</summary>
    public bool IsBehind(BookSnapshot snapshot) => snapshot.At.ToUnixTimeMilliseconds() > VenueMs && !IsSame(snapshot);

    /// <summary>Whether the venue's REST book of the very same moment differs from ours: changes were lost without anybody noticing.</summary>
    public bool IsWrong(BookSnapshot snapshot) => InSync && snapshot.At.ToUnixTimeMilliseconds() == VenueMs && !IsSame(snapshot);

    /// <summary>The quote as of now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Quote Quote()
    {
        var bid = _bids.Best(0);
        var ask = Price.Scale - _asks.Best(0);
        return new Quote(
            Slot, Token, new Price(bid), new Price(ask), new Price(_bids.Reaching(_minOrder, 0)), _lastTrade, _lastTradeAt, ReceivedAt, Version, Trust(bid, ask));
    }

    /// <summary>A copy, best levels first; null while not trusted.</summary>
    public BookSnapshot? Snapshot()
    {
        lock (Gate)
        {
            if (Trust(_bids.Best(0), Price.Scale - _asks.Best(0)) is not (QuoteTrust.Live or QuoteTrust.Rest))
                return null;
            return new BookSnapshot(
                Token, Market.ConditionId, Levels(_bids, 0), Levels(_asks, Price.Scale), Tick, new Shares(_minOrder), Market.NegRisk,
                _lastTrade > Price.Zero ? _lastTrade : null, DateTimeOffset.FromUnixTimeMilliseconds(VenueMs), Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private QuoteTrust Trust(int bid, int ask)
    {
        if (!IsLive && !_rest)
            return QuoteTrust.None;
        if (bid >= ask)
        {
            if (CrossedSince == 0)
                CrossedSince = ReceivedAt;
            return QuoteTrust.Crossed;
        }
        CrossedSince = 0;
        if (IsPhantom(bid, ask))
            return QuoteTrust.Phantom;
        return IsLive ? QuoteTrust.Live : QuoteTrust.Rest;
    }

    // Asks are keyed by their complement: on both sides the best key is the highest.
    private void Set(Side side, int price, long size)
    {
        if (side == Side.Buy)
            _bids.Set(price, size);
        else
            _asks.Set(Price.Scale - price, size);
    }

    private void Load(ReadOnlySpan<Level> bids, ReadOnlySpan<Level> asks)
    {
        _bids.Clear();
        _asks.Clear();
        foreach (ref readonly var level in bids)
            _bids.Set(level.Price.TenThousandths, level.Size.Micros);
        foreach (ref readonly var level in asks)
            _asks.Set(Price.Scale - level.Price.TenThousandths, level.Size.Micros);
    }

    private void Remember(Side side, int price, long size, long venueMs)
    {
        if (_pending!.Count < PendingLimit)
            _pending.Add((side, price, size, venueMs));
    }

    private bool IsPhantom(int bid, int ask) => bid <= Tick.TenThousandths && ask >= Price.Scale - Tick.TenThousandths;

    private bool IsPhantom(BookSnapshot snapshot) =>
        IsPhantom(snapshot.Bids.Count == 0 ? 0 : snapshot.Bids[0].Price.TenThousandths, snapshot.Asks.Count == 0 ? Price.Scale : snapshot.Asks[0].Price.TenThousandths);

    private bool IsSame(BookSnapshot snapshot) => Same(_bids, snapshot.Bids, 0) && Same(_asks, snapshot.Asks, Price.Scale);

    private static bool Same(in Ladder mine, IReadOnlyList<Level> theirs, int complement)
    {
        if (mine.Count != theirs.Count)
            return false;
        for (var i = 0; i < theirs.Count; i++)
        {
            var at = mine.Count - 1 - i;
            if (Math.Abs(complement - mine.Key(at)) != theirs[i].Price.TenThousandths || mine.Size(at) != theirs[i].Size.Micros)
                return false;
        }
        return true;
    }

    private static Level[] Levels(in Ladder side, int complement)
    {
        var levels = new Level[side.Count];
        for (var i = 0; i < levels.Length; i++)
            levels[i] = new Level(new Price(Math.Abs(complement - side.Key(side.Count - 1 - i))), new Shares(side.Size(side.Count - 1 - i)));
        return levels;
    }
}

/// <summary>A market whose tokens are streamed.</summary>
internal sealed class FollowedMarket(string id, string conditionId, bool negRisk)
{
    public string Id { get; } = id;

    public string ConditionId { get; } = conditionId;

    public bool NegRisk { get; } = negRisk;

    /// <summary>False once nobody needs it: what is still on its way to its books is dropped.</summary>
    public bool IsFollowed { get; set; } = true;

    public IReadOnlyList<Book> Books { get; set; } = [];

    /// <summary>Published quotes, and how many of them the log has told.</summary>
    public long Updates, ToldUpdates;
}
