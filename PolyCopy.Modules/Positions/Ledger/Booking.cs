using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Positions.Ledger;

/// <summary>One act of bookkeeping inside the caller's transaction: locks wallets, loads what it touches, appends rows in memory and writes everything by a handful of statements.</summary>
internal sealed class Booking(PolyContext db, IQuoteBoard board, TimeProvider clock)
{
    /// <summary>Below 0.01 share an episode counts as flat; the rest stays in it until the next one takes it over.</summary>
    public const long Dust = Shares.Scale / 100;

    private readonly Dictionary<Guid, Episode> _episodes = [];
    private readonly Dictionary<(Guid, TokenId), Episode> _open = [];
    private readonly Dictionary<Guid, CashRow> _cash = [];
    private readonly Dictionary<(string, string), FillHistory> _fills = [];
    private readonly List<LedgerRow> _appended = [];
    private readonly HashSet<Guid> _moved = [];

    private DateTime Now { get; } = clock.GetUtcNow().UtcDateTime;

    /// <summary>Waits for other bookings of these wallets, then loads their cash.</summary>
    public async Task LockAsync(IEnumerable<(Guid WalletId, long UserId)> wallets, CancellationToken ct)
    {
        var owners = wallets.DistinctBy(w => w.WalletId).ToDictionary(w => w.WalletId, w => w.UserId);
        await LoadCashAsync(owners, ct);
        var missing = owners.Where(o => !_cash.ContainsKey(o.Key)).Select(o => new CashRow { WalletId = o.Key, UserId = o.Value, UpdatedAt = Now }).ToList();
        if (missing.Count == 0)
            return;
        await db.InsertAsync(missing, ct, skipExisting: true);
        await LoadCashAsync(missing.ToDictionary(m => m.WalletId, m => m.UserId), ct);
    }

    private async Task LoadCashAsync(Dictionary<Guid, long> owners, CancellationToken ct)
    {
        await db.LockRowsAsync("cash", "wallet_id", owners.Keys, ct);
        foreach (var row in await db.Set<CashRow>().AsNoTracking().Where(c => owners.Keys.Contains(c.WalletId)).ToListAsync(ct))
            _cash[row.WalletId] = row;
    }

    /// <summary>Loads the open episodes of these wallets and tokens, and closed ones that still hold dust.</summary>
    public async Task LoadAsync(IReadOnlyCollection<Guid> wallets, IReadOnlyCollection<TokenId> tokens, CancellationToken ct) =>
        Keep(await db.Set<PositionRow>().AsNoTracking()
            .Where(p => wallets.Contains(p.WalletId) && tokens.Contains(p.TokenId) && (p.ClosedAt == null || p.Bought != p.Sold)).ToListAsync(ct));

    public async Task LoadAsync(IReadOnlyCollection<Guid> positions, CancellationToken ct) =>
        Keep(await db.Set<PositionRow>().AsNoTracking().Where(p => positions.Contains(p.Id)).ToListAsync(ct));

    public void Keep(IEnumerable<PositionRow> rows)
    {
        foreach (var row in rows)
        {
            if (!_episodes.TryAdd(row.Id, new Episode(row, isNew: false)))
                continue;
            if (row.ClosedAt is null)
                _open[(row.WalletId, row.TokenId)] = _episodes[row.Id];
        }
    }

    /// <summary>Loads what the ledger knows of the fills of these orders.</summary>
    public async Task LoadFillsAsync(IReadOnlyCollection<string> orderHashes, CancellationToken ct)
    {
        foreach (var row in await db.Set<LedgerRow>().AsNoTracking().Where(r => orderHashes.Contains(r.OrderHash)).OrderBy(r => r.Sequence).ToListAsync(ct))
            Remember(row);
    }

    public FillHistory? Fill(string orderHash, string tradeId) => _fills.GetValueOrDefault((orderHash, tradeId));

    public IEnumerable<Episode> Episodes => _episodes.Values;

    public Episode? Find(Guid? id) => id is { } known ? _episodes.GetValueOrDefault(known) : null;

    public Episode? Open(Guid walletId, TokenId token) => _open.GetValueOrDefault((walletId, token));

    /// <summary>The newest closed episode of the token that still holds something.</summary>
    public Episode? Dusty(Guid walletId, TokenId token) =>
        _episodes.Values.Where(e => e.Row.ClosedAt is not null && e.Row.WalletId == walletId && e.Row.TokenId == token && e.State.Size > 0).MaxBy(e => e.Row.ClosedAt);

    /// <summary>Opens an episode; what earlier ones left as dust moves into it.</summary>
    public Episode New(long userId, Guid walletId, string marketId, string conditionId, TokenId token, string outcome, string origin, DateTime at)
    {
        var episode = new Episode(
            new PositionRow
            {
                Id = Ids.New(clock),
                UserId = userId,
                WalletId = walletId,
                MarketId = marketId,
                ConditionId = conditionId,
                TokenId = token,
                Outcome = outcome,
                Origin = origin,
                OpenedAt = at,
            },
            isNew: true);
        var dusty = Dusty(walletId, token);
        _episodes.Add(episode.Row.Id, episode);
        _open.Add((walletId, token), episode);
        if (dusty is not null)
            Move(dusty, episode, "dust of the closed position");
        return episode;
    }

    /// <summary>Appends a row that is no failure, and folds it.</summary>
    public void Append(Episode episode, LedgerRow row)
    {
        var before = episode.State;
        row.PositionId = episode.Row.Id;
        episode.State = PositionFold.Apply(before, row);
        row.Realised = episode.State.Realised - episode.State.Fees - before.Realised + before.Fees;
        Record(episode, row);
        if (row.Shares < 0 && episode.State.Size < Dust)
            Close(episode, row.Kind == LedgerKinds.Redeem ? PositionStatus.Resolved : PositionStatus.Closed, row.At);
    }

    /// <summary>Appends a row that moves only cash.</summary>
    public void Append(LedgerRow row) => Record(null, row);

    /// <summary>Appends a failure and recomputes the episode from its rows.</summary>
    public async Task FailAsync(Episode episode, IReadOnlyList<LedgerRow> reversal, CancellationToken ct)
    {
        var before = episode.State;
        var rows = await db.Set<LedgerRow>().AsNoTracking().Where(r => r.PositionId == episode.Row.Id).OrderBy(r => r.Sequence).ToListAsync(ct);
        rows.AddRange(_appended.Where(r => r.PositionId == episode.Row.Id));
        rows.AddRange(reversal);
        episode.State = PositionFold.Of(rows);
        reversal[0].Realised = episode.State.Realised - episode.State.Fees - before.Realised + before.Fees;
        foreach (var row in reversal)
        {
            row.PositionId = episode.Row.Id;
            Record(episode, row);
        }
        Mend(episode, rows);
    }

    /// <summary>After the past has changed: nothing may be held below zero, a resolved episode holds nothing, a closed one that holds something again is not closed.</summary>
    private void Mend(Episode episode, List<LedgerRow> rows)
    {
        var size = episode.State.Size;
        if (episode.Row.Status == PositionStatus.Resolved)
        {
            var paid = rows.First(r => r.Kind == LedgerKinds.Redeem);
            if (size != 0)
                Append(episode, episode.Redemption(Ids.New(clock), size, PositionFold.Share(paid.Usdc, -size, paid.Shares), "settlement failed after the resolution", Now));
            return;
        }
        // Sold although its buy failed: the missing shares hang on the latest sells, so that they vanish with them should those fail too.
        var failed = rows.Where(r => r.Kind == LedgerKinds.Fail).Select(r => (r.OrderHash, r.TradeId)).ToHashSet();
        foreach (var sell in rows.Where(r => r is { Kind: LedgerKinds.Trade, Shares: < 0 } && !failed.Contains((r.OrderHash, r.TradeId))).Reverse())
        {
            if (episode.State.Size >= 0)
                break;
            var missing = Math.Min(-episode.State.Size, -sell.Shares);
            Append(episode, episode.Shortfall(Ids.New(clock), sell, missing, $"short:{episode.Row.Revision}", "a buy failed after its shares were sold", Now));
        }
        if (episode.State.Size < 0) // moved on to another episode before
            Append(episode, episode.Adjustment(Ids.New(clock), $"short:{episode.Row.Id:N}:{episode.Row.Revision}", -episode.State.Size, 0, "a buy failed after its shares were moved", Now));
        if (episode.Row.ClosedAt is null && episode.State.Size < Dust)
            Close(episode, PositionStatus.Closed, Now);
        else if (episode.Row.ClosedAt is not null && episode.State.Size >= Dust)
            Reopen(episode);
    }

    /// <summary>Moves all an episode holds into another of the same token, at cost.</summary>
    private void Move(Episode from, Episode to, string reason)
    {
        var (shares, cost, key) = (from.State.Size, from.State.Cost, $"move:{from.Row.Id:N}:{to.Row.Id:N}:{from.Row.Revision}");
        Append(from, from.Adjustment(Ids.New(clock), key + ":out", -shares, cost, reason, Now));
        Append(to, to.Adjustment(Ids.New(clock), key + ":in", shares, cost, reason, Now));
    }

    private void Close(Episode episode, string status, DateTime at)
    {
        if (episode.Row.ClosedAt is not null)
            return;
        episode.Row.ClosedAt = at;
        episode.Row.Status = status;
        _open.Remove((episode.Row.WalletId, episode.Row.TokenId));
    }

    /// <summary>Opens a closed episode again, or hands its shares to the one that is open now.</summary>
    private void Reopen(Episode episode)
    {
        if (Open(episode.Row.WalletId, episode.Row.TokenId) is { } open)
        {
            Move(episode, open, "came back after the position was closed");
            return;
        }
        episode.Row.ClosedAt = null;
        episode.Row.Status = PositionStatus.Active;
        _open.Add((episode.Row.WalletId, episode.Row.TokenId), episode);
    }

    /// <summary>What a share of the token would bring now; null while no book says so.</summary>
    public decimal? Price(TokenId token) => LivePrice.Of(board, token)?.ToDecimal();

    /// <summary>Writes everything that was appended.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        await db.InsertAsync(_appended, ct);
        var changed = _episodes.Values.Where(e => e.Changed).ToList();
        foreach (var episode in changed)
            episode.Row.Price(Price(episode.Row.TokenId) ?? (episode.IsNew ? episode.State.EntryPrice : episode.Row.CurrentPrice), Now);
        await UpdateAsync([.. changed.Where(e => !e.IsNew)], ct); // first, so that what closes makes room for what opens
        await db.InsertAsync(changed.Where(e => e.IsNew).Select(e => e.Row).ToList(), ct);
        var cash = _cash.Values.Where(c => _moved.Contains(c.WalletId)).ToList();
        if (cash.Count == 0)
            return;
        cash.ForEach(c => c.UpdatedAt = Now);
        Expect(cash.Count, await db.BulkUpdateAsync(
            new BulkUpdate("cash", db.Columns(cash, nameof(CashRow.WalletId))[0], null, db.Columns(cash, nameof(CashRow.Balance), nameof(CashRow.UpdatedAt)), Wait: true), ct));
    }

    private void Record(Episode? episode, LedgerRow row)
    {
        _appended.Add(row);
        Remember(row);
        if (episode is not null)
            episode.Row.Revision++;
        if (row.Usdc - row.Fee == 0)
            return;
        _cash[row.WalletId].Balance += row.Usdc - row.Fee;
        _moved.Add(row.WalletId);
    }

    private void Remember(LedgerRow row)
    {
        if (row.OrderHash.Length == 0)
            return;
        if (!_fills.TryGetValue((row.OrderHash, row.TradeId), out var fill))
            _fills[(row.OrderHash, row.TradeId)] = fill = new FillHistory();
        fill.Rows.Add(row);
    }

    private async Task UpdateAsync(List<Episode> episodes, CancellationToken ct)
    {
        if (episodes.Count == 0)
            return;
        var rows = episodes.ConvertAll(e => e.Row);
        var loaded = new BulkColumn("revision", episodes.Select(e => e.LoadedRevision).ToArray());
        Expect(rows.Count, await db.BulkUpdateAsync(new BulkUpdate("positions", db.Columns(rows, nameof(PositionRow.Id))[0], loaded, db.Columns(rows, Folded), Wait: true), ct));
    }

    /// <summary>The wallets' cash rows are locked: somebody who wrote without the lock would be a bug, and must not be overwritten.</summary>
    private static void Expect(int rows, int written)
    {
        if (rows != written)
            throw new InvalidOperationException($"Only {written} of {rows} rows were as they had been read.");
    }

    /// <summary>Everything but the identity of the episode and the projection of its exits.</summary>
    public static readonly string[] Folded =
    [
        nameof(PositionRow.ClosedAt), nameof(PositionRow.Status), nameof(PositionRow.Revision), nameof(PositionRow.Bought), nameof(PositionRow.Sold), nameof(PositionRow.Mined),
        nameof(PositionRow.Confirmed), nameof(PositionRow.Failed), nameof(PositionRow.PendingFills), nameof(PositionRow.Cost), nameof(PositionRow.BoughtCost), nameof(PositionRow.Proceeds),
        nameof(PositionRow.Fees), nameof(PositionRow.Size), nameof(PositionRow.EntryPrice), nameof(PositionRow.CurrentPrice), nameof(PositionRow.PnlAmount), nameof(PositionRow.PnlPercentage),
        nameof(PositionRow.UpdatedAt),
    ];
}
