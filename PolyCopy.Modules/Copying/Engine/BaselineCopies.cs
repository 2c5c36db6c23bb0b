using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>What a leader held before he was followed; copied only when the rules ask, once, at present prices and under the same rules as any trade.</summary>
internal sealed class BaselineCopies(CopyEngine engine, ILeaders leaders, TimeProvider clock)
{
    private const int Page = 200;
    private const int MostPages = 10;

    public async Task CopyAsync(Follow follow, CancellationToken ct)
    {
        var trades = new List<LeaderTrade>();
        string? cursor = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var page = await leaders.TradesAsync(follow.Leader, Page, cursor, ct);
            trades.AddRange(page.Items);
            if ((cursor = page.NextCursor) is null)
                break;
        }
        var now = clock.GetUtcNow();
        foreach (var token in trades.GroupBy(t => t.Token))
        {
            var held = await leaders.HoldingAsync(follow.Leader, token.Key, ct);
            var bought = token.Where(t => t.Side == Side.Buy).ToList();
            if (held <= 0 || bought.Count == 0)
                continue;
            var price = bought.Sum(t => t.Collateral.ToDecimal()) / bought.Sum(t => t.Shares.ToDecimal());
            var last = token.OrderByDescending(t => t.SeenAt).First();
            await engine.BaselineAsync(follow, last with
            {
                Id = $"baseline:{follow.Id:N}:{token.Key}",
                OrderHash = null,
                Side = Side.Buy,
                Shares = new Shares(held),
                Collateral = Usdc.Floor(held / 1_000_000m * price),
                Counterparty = null,
                IsAdvance = false,
                IsBackfilled = false,
                MatchedAt = now,
                BlockAt = null,
                SeenAt = now,
            }, ct);
        }
    }
}
