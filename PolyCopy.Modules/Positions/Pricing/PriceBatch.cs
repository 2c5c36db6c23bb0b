using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Ledger;

namespace PolyCopy.Modules.Positions.Pricing;

/// <summary>The rows of one statement: P&amp;L is computed here, SQL only stores it.</summary>
internal sealed class PriceBatch(int capacity)
{
    private readonly List<Guid> _ids = [];
    private readonly List<long> _revisions = [];
    private readonly List<decimal> _prices = [];
    private readonly List<decimal> _amounts = [];
    private readonly List<decimal> _percentages = [];

    public const int MostRows = 10_000;

    public bool IsFull => _ids.Count >= capacity;
    public int Count => _ids.Count;
    public IReadOnlyList<Guid> Ids => _ids;
    public HashSet<long> Users { get; } = [];
    public Dictionary<HeldMarket, int> Markets { get; } = [];

    public void Add(ref PositionMark mark, HeldMarket market, Price price)
    {
        if (mark.Written == price.TenThousandths)
            return;
        mark.Written = price.TenThousandths;
        var worth = price.ToDecimal();
        var (amount, percentage) = Pnl.Of(mark.Size, mark.Net, mark.Cost, worth);
        _ids.Add(mark.Id);
        _revisions.Add(mark.Revision);
        _prices.Add(worth);
        _amounts.Add(amount);
        _percentages.Add(percentage);
        Users.Add(mark.UserId);
        Markets[market] = Markets.GetValueOrDefault(market) + 1;
    }

    public BulkUpdate ToUpdate(DateTime now)
    {
        var at = new DateTime[Count];
        Array.Fill(at, now);
        return new BulkUpdate("positions", new BulkColumn("id", _ids.ToArray()), new BulkColumn("revision", _revisions.ToArray()),
        [
            new BulkColumn("current_price", _prices.ToArray()), new BulkColumn("pnl_amount", _amounts.ToArray()),
            new BulkColumn("pnl_percentage", _percentages.ToArray()), new BulkColumn("updated_at", at),
        ]);
    }
}
