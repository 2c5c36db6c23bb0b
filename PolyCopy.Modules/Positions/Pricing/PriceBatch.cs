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
    private readonly Row[] _rows = new Row[MostRows];
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
        _rows[Count] = new Row(mark.Revision, mark.Size, mark.Net, mark.Cost, price);
        Count++;
        Users.Add(mark.UserId);
        CollectionsMarshal.GetValueRefOrAddDefault(Markets, market, out _)++;
    }

    public BulkUpdate ToUpdate(DateTime now)
    {
        Array.Sort(_ids, _rows, 0, Count); // as they lie in the table and its key, which grow with time: a tenth to a third of the statement's time
        for (var i = 0; i < Count; i++)
        {
            var row = _rows[i];
            (_revisions[i], _prices[i]) = (row.Revision, row.Price.ToDecimal());
            (_amounts[i], _percentages[i]) = Pnl.Of(row.Size, row.Net, row.Cost, _prices[i]);
        }
        Array.Fill(_at, now, 0, Count);
        return new BulkUpdate("positions", Column("id", _ids), Column("revision", _revisions),
            [Column("current_price", _prices), Column("pnl_amount", _amounts), Column("pnl_percentage", _percentages), Column("updated_at", _at)]);
    }

    private BulkColumn Column<T>(string name, T[] values) => new(name, IsFull ? values : values[..Count]);

    private readonly record struct Row(long Revision, long Size, long Net, long Cost, Price Price);
}
