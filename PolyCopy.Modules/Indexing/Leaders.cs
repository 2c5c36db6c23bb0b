using System.Globalization;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Indexing.Cards;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

internal sealed class Leaders(
    WorkerScope workers, WatchStore store, WatchBook book, WatchKeeper keeper, CardStore cards, CoverageBook coverage, NodeBook nodes, ChainState chain, Contracts contracts, ITradeHistory history) : ILeaders
{
    private static readonly Error Invalid = new("address.invalid", "An address is 0x and 40 hexadecimal digits.");
    private static readonly Error Unknown = new("address.unknown", "This address is not watched.");

    public async Task<Result<WatchedAddress>> WatchAsync(string address, string kind, string by, CancellationToken ct)
    {
        if (!Address.TryParse(address, out var parsed) || parsed == Address.Zero)
            return Invalid;
        if (kind is not (WatchStore.Leader or WatchStore.SmartTrader))
            return new Error("address.kind", "kind is leader or smart_trader.");
        await store.AddAsync(parsed.ToLower(), kind, by == WatchStore.Follows ? by : WatchStore.Operator, ct);
        keeper.FindWallets();
        return View(book.Now.Leaders[parsed.ToLower()]);
    }

    public async Task<Result<WatchedAddress>> UnwatchAsync(string address, CancellationToken ct)
    {
        if (!Address.TryParse(address, out var parsed))
            return Invalid;
        if (!await store.RemoveAsync(parsed.ToLower(), WatchStore.Operator, ct))
            return Unknown;
        var row = await workers.ReadAsync((db, stop) => db.Set<WatchedRow>().AsNoTracking().SingleAsync(w => w.Address == parsed.ToLower(), stop), ct);
        return View(row);
    }

    public Task<Page<WatchedAddress>> WatchedAsync(int limit, string? cursor, CancellationToken ct)
    {
        var all = book.Now.Leaders.Values.OrderByDescending(r => r.WatchedAt).ThenBy(r => r.Address, StringComparer.Ordinal).ToList();
        var start = Offset(cursor);
        var items = all.Skip(start).Take(limit).Select(View).ToList();
        return Task.FromResult(new Page<WatchedAddress>(items, start + items.Count < all.Count ? (start + items.Count).ToString(CultureInfo.InvariantCulture) : null));
    }

    public async Task<Page<LeaderCard>> ListAsync(string? order, int limit, string? cursor, CancellationToken ct)
    {
        var all = await cards.ListAsync(order ?? "pnl", ct);
        var start = Offset(cursor);
        var items = all.Skip(start).Take(limit).ToList();
        return new Page<LeaderCard>(items, start + items.Count < all.Count ? (start + items.Count).ToString(CultureInfo.InvariantCulture) : null);
    }

    public async Task<LeaderCard?> GetAsync(string address, CancellationToken ct) => Address.TryParse(address, out var parsed) ? await cards.GetAsync(parsed.ToLower(), ct) : null;

    public Task<Page<LeaderTrade>> TradesAsync(string address, int limit, string? cursor, CancellationToken ct)
    {
        if (!Address.TryParse(address, out var parsed))
            return Task.FromResult(new Page<LeaderTrade>([], null));
        var leader = parsed.ToLower();
        return workers.ReadAsync(async (db, stop) =>
        {
            var rows = db.Set<LeaderTradeRow>().AsNoTracking().Where(t => t.Leader == leader && !t.Removed);
            if (cursor?.Split('-') is [var ticks, var number] && long.TryParse(ticks, out var at) && long.TryParse(number, out var seq) && at >= 0 && at <= DateTime.MaxValue.Ticks)
            {
                var before = new DateTime(at, DateTimeKind.Utc);
                rows = rows.Where(t => t.TradedAt < before || (t.TradedAt == before && t.Seq < seq));
            }
            var page = await rows.OrderByDescending(t => t.TradedAt).ThenByDescending(t => t.Seq).Take(limit + 1).ToListAsync(stop);
            var next = page.Count > limit ? string.Create(CultureInfo.InvariantCulture, $"{page[limit - 1].TradedAt.Ticks}-{page[limit - 1].Seq}") : null;
            return new Page<LeaderTrade>([.. page.Take(limit).Select(r => r.ToTrade())], next);
        }, ct);
    }

    public Task<IReadOnlyList<LeaderTrade>> FindTradesAsync(IReadOnlyCollection<string> ids, CancellationToken ct) => workers.ReadAsync<IReadOnlyList<LeaderTrade>>(async (db, stop) =>
    {
        var found = new List<LeaderTrade>();
        foreach (var chunk in ids.Distinct().Chunk(500))
            found.AddRange((await db.Set<LeaderTradeRow>().AsNoTracking().Where(t => chunk.Contains(t.Id)).ToListAsync(stop)).Select(r => r.ToTrade()));
        return found;
    }, ct);

    public async Task<long> HoldingAsync(string address, TokenId token, CancellationToken ct)
    {
        if (!Address.TryParse(address, out var parsed))
            return 0;
        var leader = parsed.ToLower();
        var wallets = book.Now.WalletsOf(leader);
        var (known, ahead) = await workers.ReadAsync(async (db, stop) => (
            await db.Set<LeaderHoldingRow>().AsNoTracking().Where(h => wallets.Contains(h.Wallet) && h.TokenId == token).ToDictionaryAsync(h => h.Wallet, h => h.Held, stop),
            await db.Set<LeaderTradeRow>().AsNoTracking().Where(t => t.Leader == leader && t.TokenId == token && t.ChainKey == null && t.IsNews && !t.Removed).Select(t => new { t.Wallet, t.Side, t.Shares, t.IsAdvance }).ToListAsync(stop)), ct);
        var held = known.Values.Sum();
        foreach (var wallet in wallets.Where(w => !known.ContainsKey(w)))
            held += await AskAsync(wallet, token, ct);
        // what feeds told and the chain's reading has not reached; a wallet that had to be asked has it, but for what is not settled
        held += ahead.Where(t => t.IsAdvance || known.ContainsKey(t.Wallet)).Sum(t => t.Side == Side.Buy ? t.Shares.Micros : -t.Shares.Micros);
        return Math.Max(0, held);
    }

    public Task<Coverage?> CoverageAsync(string address, CancellationToken ct) =>
        Task.FromResult(Address.TryParse(address, out var parsed) && book.Now.Leaders.ContainsKey(parsed.ToLower()) ? coverage.Of(parsed.ToLower()) : null);

    public Task RefreshAsync(CancellationToken ct) => keeper.SyncAsync(ct);

    /// <summary>No transfer of the token was seen since the wallet is watched: the chain is asked, else the venue's books; neither answering, nothing.</summary>
    private async Task<long> AskAsync(string wallet, TokenId token, CancellationToken ct)
    {
        if (chain.Through is { } through && UInt256.TryParse(token.Digits, out var id) && await nodes.BalanceAsync(contracts.Holder(id), wallet, id, through, ct) is { } micros)
            return micros;
        try
        {
            return (await history.HoldingsAsync(wallet, ct)).GetValueOrDefault(token).Micros;
        }
        catch (VenueException)
        {
            return 0;
        }
    }

    private WatchedAddress View(WatchedRow row) => new(row.Address, row.Kind, row.AllWallets(), row.By, row.CreatedAt, coverage.Of(row.Address));

    private static int Offset(string? cursor) => int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 0;
}
