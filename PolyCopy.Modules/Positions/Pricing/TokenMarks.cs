using System.Runtime.InteropServices;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Positions.Pricing;

/// <summary>What pricing one open position takes; 64 bytes, so that a hundred thousand of them are a few megabytes.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct PositionMark
{
    public const int Unknown = -1;

    public Guid Id;
    public long UserId;
    public long Revision;
    public long Size;

    /// <summary>P&amp;L is Net + Size × price, micro-pUSD.</summary>
    public long Net;
    public long Cost;

    /// <summary>The price in its row, ten-thousandths.</summary>
    public int Written;
}

/// <summary>The open positions of one token, and their sums: what the token as a whole gains or loses takes no loop.</summary>
internal sealed class TokenMarks(TokenId token, int slot, HeldMarket market)
{
    private PositionMark[] _marks = new PositionMark[1];

    public TokenId Token { get; } = token;
    public int Slot { get; } = slot;
    public HeldMarket Market { get; } = market;

    public int Count { get; private set; }
    public long Size { get; private set; }
    public long Net { get; private set; }

    /// <summary>The last price worth believing.</summary>
    public Price LastPrice { get; private set; }

    /// <summary>How many positions the price writer has still to look at; above zero it stands in the writer's queue.</summary>
    public int Due { get; private set; }

    private int _next; // where the writer goes on: round and round, so that a token that ticks all the time still reaches everybody

    public ref PositionMark this[int index] => ref _marks[index];

    /// <summary>All positions are to be looked at.</summary>
    public void Restart() => Due = Count;

    /// <summary>Hands the next positions to the batch until it is full or all have been looked at.</summary>
    public void Take(PriceBatch batch, Price price)
    {
        LastPrice = price;
        for (; Due > 0 && !batch.IsFull; Due--)
        {
            if (_next >= Count)
                _next = 0;
            batch.Add(ref _marks[_next++], Market, price);
        }
    }

    /// <summary>Nothing can be said about the price: nobody is looked at.</summary>
    public void Skip() => Due = 0;

    public int Add(in PositionMark mark)
    {
        if (Count == _marks.Length)
            Array.Resize(ref _marks, Count * 2);
        _marks[Count] = mark;
        Sum(mark, 1);
        Count++;
        return Count - 1;
    }

    public void Replace(int index, in PositionMark mark)
    {
        Sum(_marks[index], -1);
        _marks[index] = mark;
        Sum(mark, 1);
    }

    /// <summary>Takes one out; the last takes its place.</summary>
    /// <returns>The id that moved to <paramref name="index"/>, if one did.</returns>
    public Guid? RemoveAt(int index)
    {
        Sum(_marks[index], -1);
        Count--;
        Due = Math.Min(Due, Count);
        if (index == Count)
            return null;
        _marks[index] = _marks[Count];
        if (Due > 0)
            Due = Count; // the moved one may not have been looked at
        return _marks[index].Id;
    }

    private void Sum(in PositionMark mark, int sign)
    {
        Size += sign * mark.Size;
        Net += sign * mark.Net;
    }
}

/// <summary>A market in which somebody holds a position.</summary>
internal sealed class HeldMarket(string id)
{
    public string Id { get; } = id;

    /// <summary>Open positions, of any outcome.</summary>
    public int Positions { get; set; }

    /// <summary>By outcome index; empty until the catalogue has told.</summary>
    public TokenId[] Tokens { get; set; } = [];

    /// <summary>Slots that are watched for this market.</summary>
    public List<int> Slots { get; } = [];

    public bool Queued { get; set; }

    /// <summary>What was last handed to the catalogue.</summary>
    public decimal[]? Prices { get; set; }
    public decimal? Mid { get; set; }

    /// <summary>Positions written since the last log line, and when that was (clock timestamp).</summary>
    public int Unlogged { get; set; }
    public long LoggedAt { get; set; }
}
