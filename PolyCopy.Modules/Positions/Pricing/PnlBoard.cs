using System.Diagnostics.CodeAnalysis;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Positions.Pricing;

/// <summary>The open positions in memory, by token. A tick costs one byte written, however many positions hang on it; everything else happens when the price writer comes round.</summary>
internal sealed class PnlBoard(IQuoteBoard quotes) : IQuoteListener
{
    private const int ChunkBits = 12;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly Chunk?[] _chunks = new Chunk?[1 << 12]; // 16 million tokens; chunks never move, so a tick needs no lock
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (TokenMarks Token, int Index)> _positions = [];
    private readonly Dictionary<TokenId, TokenMarks> _tokens = [];
    private readonly Dictionary<string, HeldMarket> _markets = [];
    private readonly List<HeldMarket> _tokenless = [];
    private readonly Queue<TokenMarks> _due = new();
    private readonly Queue<HeldMarket> _dueMarkets = new();
    private HashSet<Guid>? _closedEarly = []; // until the positions of the database have been loaded

    public int Order => 100;

    /// <summary>Tokens whose positions wait to be written.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _due.Count;
        }
    }

    public bool Holds(string marketId)
    {
        lock (_gate)
            return _markets.ContainsKey(marketId);
    }

    /// <summary>Open positions, what they would bring and what they gain or lose, pUSD; one multiplication a token.</summary>
    public (int Positions, decimal Value, decimal Pnl) Totals()
    {
        lock (_gate)
        {
            var (value, net) = (0m, 0m);
            foreach (var token in _tokens.Values)
            {
                value += token.Size * (LivePrice.Of(quotes, token.Token) ?? token.LastPrice).ToDecimal();
                net += token.Net;
            }
            return (_positions.Count, value / Shares.Scale, (value + net) / Shares.Scale);
        }
    }

    public void OnQuote(in Quote quote)
    {
        var chunk = Volatile.Read(ref _chunks[quote.Slot >> ChunkBits]);
        if (chunk is null)
            return;
        var at = quote.Slot & (ChunkSize - 1);
        // A plain byte: the quote was published before it, and whoever clears it reads the quote after that. No interlocked operation is needed.
        if (chunk.Markets[at] is not null)
            Volatile.Write(ref chunk.Dirty[at], 1);
    }

    /// <summary>Takes over a position as it is after a booking; older news than what is known is passed over.</summary>
    /// <returns>The market when this was its first open position (Held) or its last (Left).</returns>
    public (string? Held, string? Left) Apply(OpenPosition position)
    {
        lock (_gate)
        {
            if (position.Status is Ledger.PositionStatus.Closed or Ledger.PositionStatus.Resolved)
            {
                _closedEarly?.Add(position.Id);
                return (null, Remove(position.Id, position.Revision));
            }
            _closedEarly?.Remove(position.Id);
            return (Upsert(position, PositionMark.Unknown), null);
        }
    }

    /// <summary>Takes over what the database holds at the start.</summary>
    public void Load(IEnumerable<(OpenPosition Position, decimal Price)> open)
    {
        lock (_gate)
        {
            foreach (var (position, price) in open)
                if (_closedEarly?.Contains(position.Id) != true)
                    Upsert(position, Kernel.Price.TryFromDecimal(price, out var written) ? written.TenThousandths : PositionMark.Unknown);
            _closedEarly = null;
        }
    }

    /// <summary>Puts what ticks have marked into the writer's queue.</summary>
    /// <param name="tokensOf">A market's token ids by outcome; null while nobody knows them.</param>
    public void Drain(Func<string, IReadOnlyList<TokenId>?> tokensOf)
    {
        lock (_gate)
        {
            for (var i = _tokenless.Count - 1; i >= 0; i--)
                if (Follow(_tokenless[i], tokensOf(_tokenless[i].Id)))
                    _tokenless.RemoveAt(i);
            for (var c = 0; c < _chunks.Length && _chunks[c] is { } chunk; c++)
                for (var at = chunk.Dirty.AsSpan().IndexOfAnyExcept((byte)0); at >= 0; at = Next(chunk, at + 1))
                {
                    Interlocked.Exchange(ref chunk.Dirty[at], 0);
                    Queue(chunk.Markets[at]);
                    Queue(chunk.Tokens[at]);
                }
        }

        static int Next(Chunk chunk, int from)
        {
            var next = chunk.Dirty.AsSpan(from).IndexOfAnyExcept((byte)0);
            return next < 0 ? -1 : from + next;
        }
    }

    /// <summary>Fills the batch with positions whose price is not the one in their row; tokens take turns, and a big one goes on where it stopped.</summary>
    public void Take(PriceBatch batch)
    {
        lock (_gate)
        {
            for (var turns = _due.Count; turns > 0 && !batch.IsFull; turns--)
            {
                var token = _due.Dequeue();
                if (LivePrice.Of(quotes, token.Token) is { } price)
                    token.Take(batch, price);
                else
                    token.Skip();
                if (token.Due > 0)
                    _due.Enqueue(token);
            }
        }
    }

    /// <summary>The next market whose prices may have moved.</summary>
    public bool TryTakeMarket([MaybeNullWhen(false)] out HeldMarket market)
    {
        lock (_gate)
        {
            if (!_dueMarkets.TryDequeue(out market))
                return false;
            market.Queued = false;
            return true;
        }
    }

    /// <summary>These were not written after all: they are due again.</summary>
    public void Again(IEnumerable<Guid> ids)
    {
        lock (_gate)
            foreach (var id in ids)
                if (_positions.TryGetValue(id, out var place))
                {
                    place.Token[place.Index].Written = PositionMark.Unknown;
                    Queue(place.Token);
                }
    }

    /// <summary>Compares with what the rows say after a write that left some out: takes over news that never reached us, and queues what still has another price.</summary>
    public void Reconcile(IReadOnlyCollection<Guid> asked, IReadOnlyCollection<(OpenPosition Position, decimal Price)> open)
    {
        lock (_gate)
        {
            foreach (var id in asked.Except(open.Select(o => o.Position.Id)))
                Remove(id, long.MaxValue);
            foreach (var (position, price) in open)
                if (_positions.TryGetValue(position.Id, out var place) && (position.Revision > place.Token[place.Index].Revision || price != place.Token[place.Index].Written / (decimal)Kernel.Price.Scale))
                    Upsert(position, PositionMark.Unknown);
        }
    }

    private string? Upsert(OpenPosition position, int written)
    {
        var mark = new PositionMark
        {
            Id = position.Id,
            UserId = position.UserId,
            Revision = position.Revision,
            Size = position.Size.Micros,
            Net = position.Realised.Micros - position.Cost.Micros - position.FeesPaid.Micros,
            Cost = position.Cost.Micros,
            Written = written,
        };
        if (_positions.TryGetValue(position.Id, out var place))
        {
            if (position.Revision >= place.Token[place.Index].Revision)
                place.Token.Replace(place.Index, mark);
            Queue(place.Token);
            return null;
        }
        if (!_markets.TryGetValue(position.MarketId, out var market))
        {
            _markets.Add(position.MarketId, market = new HeldMarket(position.MarketId));
            _tokenless.Add(market);
        }
        if (!_tokens.TryGetValue(position.Token, out var token))
        {
            _tokens.Add(position.Token, token = new TokenMarks(position.Token, quotes.Slot(position.Token, Shares.Zero), market));
            Watch(token.Slot, market);
            ChunkOf(token.Slot).Tokens[token.Slot & (ChunkSize - 1)] = token;
        }
        _positions.Add(position.Id, (token, token.Add(mark)));
        Queue(token);
        return ++market.Positions == 1 ? market.Id : null;
    }

    private string? Remove(Guid id, long revision)
    {
        if (!_positions.TryGetValue(id, out var place) || place.Token[place.Index].Revision > revision)
            return null;
        _positions.Remove(id);
        if (place.Token.RemoveAt(place.Index) is { } moved)
            _positions[moved] = place;
        var market = place.Token.Market;
        if (place.Token.Count == 0)
        {
            _tokens.Remove(place.Token.Token);
            ChunkOf(place.Token.Slot).Tokens[place.Token.Slot & (ChunkSize - 1)] = null;
        }
        if (--market.Positions > 0)
            return null;
        foreach (var slot in market.Slots)
            ChunkOf(slot).Markets[slot & (ChunkSize - 1)] = null;
        _markets.Remove(market.Id);
        _tokenless.Remove(market);
        return _closedEarly is null ? market.Id : null; // until all are loaded nobody knows that it was the last
    }

    private bool Follow(HeldMarket market, IReadOnlyList<TokenId>? tokens)
    {
        if (tokens is not { Count: > 0 })
            return false;
        market.Tokens = [.. tokens];
        foreach (var token in tokens)
            Watch(quotes.Slot(token, Shares.Zero), market);
        Queue(market);
        return true;
    }

    private void Watch(int slot, HeldMarket market)
    {
        ref var watched = ref ChunkOf(slot).Markets[slot & (ChunkSize - 1)];
        if (watched == market)
            return;
        Volatile.Write(ref watched, market);
        market.Slots.Add(slot);
    }

    private Chunk ChunkOf(int slot)
    {
        for (var c = 0; c <= slot >> ChunkBits; c++)
            if (_chunks[c] is null)
                Volatile.Write(ref _chunks[c], new Chunk());
        return _chunks[slot >> ChunkBits]!;
    }

    private void Queue(TokenMarks? token)
    {
        if (token is null or { Count: 0 })
            return;
        if (token.Due == 0)
            _due.Enqueue(token);
        token.Restart();
    }

    private void Queue(HeldMarket? market)
    {
        if (market is null or { Queued: true })
            return;
        market.Queued = true;
        _dueMarkets.Enqueue(market);
    }

    private sealed class Chunk
    {
        public readonly byte[] Dirty = new byte[ChunkSize];
        public readonly HeldMarket?[] Markets = new HeldMarket?[ChunkSize];
        public readonly TokenMarks?[] Tokens = new TokenMarks?[ChunkSize];
    }
}
