using System.Runtime.CompilerServices;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Streaming;

/// <summary>The quotes by slot, in chunks that never move: one writer per token (whoever holds its shard's gate), any number of readers without a lock.</summary>
/// <remarks>About 100 bytes for a token that is not followed; its id is the caller's own string.</remarks>
internal sealed class QuoteBoard : IQuoteBoard
{
    private const int ChunkBits = 9;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly Lock _growing = new();
    private Cell[][] _chunks = new Cell[16][];
    private int[] _index = new int[1024]; // slot + 1 by hash, open addressing, at most half full
    private int _count;

    public int Slot(TokenId token, Shares minOrderSize)
    {
        var slot = Find(token);
        if (slot < 0)
            slot = Add(token);
        if (minOrderSize > Shares.Zero)
        {
            ref var cell = ref CellOf(slot);
            Volatile.Write(ref cell.MinOrder, minOrderSize.Micros);
            if (Volatile.Read(ref cell.Book) is { } book)
                book.MinOrder = minOrderSize;
        }
        return slot;
    }

    public bool TryRead(TokenId token, out Quote quote)
    {
        var slot = Find(token);
        quote = slot < 0 ? default : Read(slot);
        return quote.Version > 0;
    }

    public BookSnapshot? Depth(TokenId token)
    {
        var slot = Find(token);
        return slot < 0 ? null : Volatile.Read(ref CellOf(slot).Book)?.Snapshot();
    }

    /// <summary>The latest quote of a slot.</summary>
    public Quote Read(int slot)
    {
        ref var cell = ref CellOf(slot);
        var spin = new SpinWait();
        while (true)
        {
            var sequence = Volatile.Read(ref cell.Sequence);
            if ((sequence & 1) == 0)
            {
                var quote = new Quote(
                    slot, cell.Token, new Price(cell.BestBid), new Price(cell.BestAsk), new Price(cell.TriggerBid), new Price(cell.LastTrade),
                    cell.LastTradeAt, cell.ReceivedAt, cell.Version, cell.Trust);
                Volatile.ReadBarrier();
                if (cell.Sequence == sequence)
                    return quote;
            }
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Publishes a quote. Only under the gate of the token's shard.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(in Quote quote)
    {
        ref var cell = ref CellOf(quote.Slot);
        cell.Sequence++;
        Volatile.WriteBarrier();
        cell.BestBid = quote.BestBid.TenThousandths;
        cell.BestAsk = quote.BestAsk.TenThousandths;
        cell.TriggerBid = quote.TriggerBid.TenThousandths;
        cell.LastTrade = quote.LastTrade.TenThousandths;
        cell.LastTradeAt = quote.LastTradeAt;
        cell.ReceivedAt = quote.ReceivedAt;
        cell.Version = quote.Version;
        cell.Trust = quote.Trust;
        Volatile.Write(ref cell.Sequence, cell.Sequence + 1);
    }

    /// <summary>The book that feeds a slot; null when it is not followed any more.</summary>
    public void Attach(int slot, Book? book) => Volatile.Write(ref CellOf(slot).Book, book);

    /// <summary>The minimum order last given to <see cref="Slot"/>; zero when none was.</summary>
    public Shares MinOrder(int slot) => new(Volatile.Read(ref CellOf(slot).MinOrder));

    private int Find(TokenId token)
    {
        var index = Volatile.Read(ref _index);
        for (var at = Hash(token); ; at++)
        {
            var entry = Volatile.Read(ref index[at & (index.Length - 1)]);
            if (entry == 0)
                return -1;
            if (CellOf(entry - 1).Token == token)
                return entry - 1;
        }
    }

    private int Add(TokenId token)
    {
        lock (_growing)
        {
            var slot = Find(token);
            if (slot >= 0)
                return slot;
            slot = _count;
            if (2 * (slot + 1) > _index.Length)
                Grow();
            var chunk = slot >> ChunkBits;
            if (chunk == _chunks.Length)
            {
                var more = new Cell[chunk * 2][];
                _chunks.CopyTo(more, 0);
                Volatile.Write(ref _chunks, more);
            }
            if (_chunks[chunk] is null)
                Volatile.Write(ref _chunks[chunk], new Cell[ChunkSize]);
            ref var cell = ref CellOf(slot);
            cell.Token = token;
            cell.BestAsk = Price.Scale;
            _count = slot + 1;
            Insert(_index, token, slot);
            return slot;
        }
    }

    private void Grow()
    {
        var larger = new int[_index.Length * 2];
        for (var slot = 0; slot < _count; slot++)
            Insert(larger, CellOf(slot).Token, slot);
        Volatile.Write(ref _index, larger);
    }

    private static void Insert(int[] index, TokenId token, int slot)
    {
        var at = Hash(token);
        while (index[at & (index.Length - 1)] != 0)
            at++;
        Volatile.Write(ref index[at & (index.Length - 1)], slot + 1);
    }

    private static int Hash(TokenId token) => token.Digits.GetHashCode() & 0x3FFFFFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Cell CellOf(int slot) => ref Volatile.Read(ref _chunks)[slot >> ChunkBits][slot & (ChunkSize - 1)];

    private struct Cell
    {
        public TokenId Token;
        public Book? Book;
        public long MinOrder;
        public long LastTradeAt;
        public long ReceivedAt;
        public long Version;
        public int BestBid;
        public int BestAsk;
        public int TriggerBid;
        public int LastTrade;
        public int Sequence;
        public QuoteTrust Trust;
    }
}
