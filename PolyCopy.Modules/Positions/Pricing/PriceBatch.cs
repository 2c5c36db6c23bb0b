using System.Runtime.InteropServices;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Ledger;

namespace PolyCopy.Modules.Positions.Pricing;

/// <summary>The rows of one statement: P&amp;L is computed here, SQL only stores it. Made once and used again: its arrays are too big to be thrown away ten times a second.</summary>
internal sealed class PriceBatch
{
    public const int MostRows = 10_000;

    private readonly Guid[] _ids = new Guid[MostRows];
    private readonly long[] _revisions = new long[MostRows];
    private readonly decimal[] _prices = new decimal[MostRows];
    private readonly decimal[] _amounts = new decimal[MostRows];
    private readonly decimal[] _percentages = new decimal[MostRows];
    private readonly DateTime[] _at = new DateTime[MostRows];

    public bool IsFull => Count == MostRows;
    public int Count { get; private set; }
    public Guid[] Ids => _ids[..Count];
    public HashSet<long> Users { get; } = [];
    public Dictionary<HeldMarket, int> Markets { get; } = [];

    public void Clear()
    {
        Count = 0;
        Users.Clear();
        Markets.Clear();
    }

    public void Add(ref PositionMark mark, HeldMarket market, Price price)
    {
        if (mark.Written == price.TenThousandths)
            return;
        mark.Written = price.TenThousandths;
        _ids[Count] = mark.Id;
        _revisions[Count] = mark.Revision;
        _prices[Count] = price.ToDecimal();
        (_amounts[Count], _percentages[Count]) = Pnl.Of(mark.Size, mark.Net, mark.Cost, _prices[Count]);
        Count++;
        Users.Add(mark.UserId);
        CollectionsMarshal.GetValueRefOrAddDefault(Markets, market, out _)++;
    }

    public BulkUpdate ToUpdate(DateTime now)
    {
        Array.Fill(_at, now, 0, Count);
        return new BulkUpdate("positions", Column("id", _ids), Column("revision", _revisions),
            [Column("current_price", _prices), Column("pnl_amount", _amounts), Column("pnl_percentage", _percentages), Column("updated_at", _at)]);
    }

    private BulkColumn Column<T>(string name, T[] values) => new(name, IsFull ? values : values[..Count]);
}
