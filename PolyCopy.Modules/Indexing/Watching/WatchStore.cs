using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Watching;

/// <summary>The table watched_addresses; every change also swaps the snapshot everybody reads.</summary>
internal sealed class WatchStore(WorkerScope workers, WatchBook book, CoverageBook coverage, IVenueClock time) : IDisposable
{
    public const string Leader = "leader";
    public const string SmartTrader = "smart_trader";
    public const string Operator = "operator";
    public const string Follows = "follows";
    public const string Leaderboard = "leaderboard";
    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task LoadAsync(CancellationToken ct)
    {
        foreach (var row in await workers.ReadAsync((db, stop) => db.Set<WatchedRow>().AsNoTracking().ToListAsync(stop), ct))
            coverage.Load(row);
        await ChangeAsync((_, _) => Task.CompletedTask, ct);
    }

    /// <summary>Adds a wish for an address.</summary>
    public Task AddAsync(string address, string kind, string by, CancellationToken ct) => ChangeOneAsync(address, async (db, stop) => Want(await FindAsync(db, address, kind, stop), kind, by), ct);

    /// <summary>Takes a wish back.</summary>
    /// <returns>False when nobody has ever watched the address.</returns>
    public async Task<bool> RemoveAsync(string address, string by, CancellationToken ct)
    {
        var found = false;
        await ChangeOneAsync(address, async (db, stop) =>
        {
            if (await db.Set<WatchedRow>().SingleOrDefaultAsync(w => w.Address == address, stop) is not { } row)
                return;
            found = true;
            Unwant(row, by);
        }, ct);
        return found;
    }

    /// <summary>Makes the addresses a source wants exactly these.</summary>
    /// <returns>Whether anything changed.</returns>
    public async Task<bool> SyncAsync(IReadOnlyDictionary<string, string?> wanted, string kind, string by, CancellationToken ct)
    {
        var now = book.Now.Leaders;
        if (wanted.Keys.All(a => now.TryGetValue(a, out var row) && row.By.Contains(by)) && now.Values.Where(r => r.By.Contains(by)).All(r => wanted.ContainsKey(r.Address)))
            return false;
        await ChangeAsync(async (db, stop) =>
        {
            foreach (var row in (await db.Set<WatchedRow>().Where(w => w.Active).ToListAsync(stop)).Where(r => r.By.Contains(by) && !wanted.ContainsKey(r.Address)))
                Unwant(row, by);
            foreach (var (address, name) in wanted)
            {
                var row = await FindAsync(db, address, kind, stop);
                Want(row, kind, by);
                row.Name ??= name;
            }
        }, ct);
        return true;
    }

    /// <summary>The wallets of an address are known.</summary>
    public Task WalletsAsync(string address, IReadOnlyList<string> wallets, CancellationToken ct) => ChangeOneAsync(address, async (db, stop) =>
    {
        if (await db.Set<WatchedRow>().SingleOrDefaultAsync(w => w.Address == address, stop) is not { } row)
            return;
        row.CodeAt = time.UtcNow.UtcDateTime;
        if (!row.Wallets.SequenceEqual(wallets))
            (row.Wallets, row.BackfilledAt) = (wallets, null); // a wallet more has days of its own
    }, ct);

    public Task BackfilledAsync(WatchedRow leader, string? name, DateTimeOffset at, CancellationToken ct) => ChangeOneAsync(leader.Address, (db, stop) =>
        db.Set<WatchedRow>().Where(w => w.Address == leader.Address).ExecuteUpdateAsync(s => s.SetProperty(w => w.BackfilledAt, at.UtcDateTime).SetProperty(w => w.Name, w => name ?? w.Name), stop), ct);

    /// <summary>The comparison has come so far; kept outside the snapshot, as it moves all the time.</summary>
    public Task AuditedAsync(WatchedRow leader, DateTimeOffset through, CancellationToken ct) => workers.WriteAsync((db, stop) =>
        db.Set<WatchedRow>().Where(w => w.Address == leader.Address).ExecuteUpdateAsync(s => s.SetProperty(w => w.AuditedThrough, through.UtcDateTime), stop), ct);

    /// <summary>Stores the counters of coverage.</summary>
    public async Task SaveCoverageAsync(CancellationToken ct)
    {
        var changed = coverage.Changed();
        if (changed.Count == 0)
            return;
        await workers.WriteAsync(async (db, stop) =>
        {
            foreach (var (leader, gaps, gapAt, recovered, worst) in changed)
            {
                var ms = (long?)worst?.TotalMilliseconds;
                await db.Set<WatchedRow>().Where(w => w.Address == leader)
                    .ExecuteUpdateAsync(s => s.SetProperty(w => w.Gaps, gaps).SetProperty(w => w.GapAt, gapAt).SetProperty(w => w.Recovered, recovered).SetProperty(w => w.WorstDelayMs, ms), stop);
            }
            return changed.Count;
        }, ct);
    }

    public void Dispose() => _one.Dispose();

    private async Task ChangeAsync(Func<PolyContext, CancellationToken, Task> change, CancellationToken ct)
    {
        await _one.WaitAsync(ct); // the snapshot must follow the rows' order
        try
        {
            book.Set(await workers.WriteAsync(async (db, stop) =>
            {
                await change(db, stop);
                await db.SaveChangesAsync(stop);
                return await db.Set<WatchedRow>().AsNoTracking().Where(w => w.Active).ToListAsync(stop);
            }, ct));
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The same for one address: the others are taken from the snapshot.</summary>
    private async Task ChangeOneAsync(string address, Func<PolyContext, CancellationToken, Task> change, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var row = await workers.WriteAsync(async (db, stop) =>
            {
                await change(db, stop);
                await db.SaveChangesAsync(stop);
                return await db.Set<WatchedRow>().AsNoTracking().SingleOrDefaultAsync(w => w.Address == address, stop);
            }, ct);
            book.Set([.. book.Now.Leaders.Values.Where(l => l.Address != address), .. row is { Active: true } ? [row] : Array.Empty<WatchedRow>()]);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<WatchedRow> FindAsync(PolyContext db, string address, string kind, CancellationToken ct)
    {
        if (db.Set<WatchedRow>().Local.FirstOrDefault(w => w.Address == address) is { } tracked)
            return tracked;
        if (await db.Set<WatchedRow>().SingleOrDefaultAsync(w => w.Address == address, ct) is { } row)
            return row;
        row = new WatchedRow { Address = address, Kind = kind, Wallets = [address], CreatedAt = time.UtcNow.UtcDateTime };
        db.Add(row);
        return row;
    }

    private void Want(WatchedRow row, string kind, string by)
    {
        if (kind == Leader || row.By.Count == 0)
            row.Kind = kind; // who is followed is a leader, whatever else he is
        if (!row.By.Contains(by))
            row.By = [.. row.By.Append(by).Order(StringComparer.Ordinal)];
        if (row.Active)
            return;
        row.Active = true;
        (row.WatchedAt, row.BackfilledAt, row.AuditedThrough) = (time.UtcNow.UtcDateTime, null, null);
    }

    private static void Unwant(WatchedRow row, string by)
    {
        row.By = [.. row.By.Where(b => b != by)];
        row.Active = row.By.Count > 0;
        if (row.Active && row.By.All(b => b == Leaderboard))
            row.Kind = SmartTrader;
    }
}
