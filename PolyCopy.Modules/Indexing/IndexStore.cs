using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

/// <summary>Stores what the chain says: each reading in one transaction with its cursor, every fill and transfer once however often it is read.</summary>
internal sealed class IndexStore(WorkerScope workers, TradeBook trades, CoverageBook coverage, Outgoing outgoing, Contracts contracts, IVenueClock time)
{
    private const int MostRemembered = 200_000;
    private readonly ConcurrentDictionary<string, long> _booked = new();
    private readonly ConcurrentDictionary<(string, TokenId), byte> _held = new();

    public async Task LoadChainAsync(ChainState state, CancellationToken ct)
    {
        await workers.ReadAsync(async (db, stop) =>
        {
            foreach (var held in await db.Set<LeaderHoldingRow>().AsNoTracking().Select(h => new { h.Wallet, h.TokenId }).ToListAsync(stop))
                _held[(held.Wallet, held.TokenId)] = 0;
            if (await db.Set<ChainCursorRow>().AsNoTracking().SingleOrDefaultAsync(c => c.ChainId == contracts.ChainId, stop) is not { } cursor)
                return false;
            foreach (var row in await db.Set<ChainBlockRow>().AsNoTracking().OrderBy(b => b.Number).ToListAsync(stop))
                state.Set(new ChainBlock(row.Number, Bytes32.Parse(row.Hash), Bytes32.Parse(row.Parent), row.At));
            state.Read(cursor.Through, cursor.At);
            state.FinalThrough = cursor.FinalThrough;
            return true;
        }, ct);
    }

    public bool IsBooked(ScanTransfer transfer) => _booked.ContainsKey(Key(transfer));

    public bool IsHeld(string wallet, TokenId token) => _held.ContainsKey((wallet, token));

    /// <summary>Blocks were left out that only the Data API can tell of.</summary>
    public void Missed(WatchBook.Snapshot watched) => coverage.Gap(watched.Leaders.Keys, CoverageBook.BlocksSkipped.With());

    /// <summary>Stores a reading.</summary>
    /// <returns>How many trades a reorganisation removed.</returns>
    public async Task<int> ApplyAsync(ChainStep step, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var fills = Fills(step.Scan, watched);
        if (fills.Count == 0 && step.Scan.Transfers.Count == 0 && step.Fork is null && step.Blocks.Count == 0)
            return 0;
        var outcome = await workers.WriteAsync(async (db, stop) =>
        {
            var result = await trades.WriteFillsAsync(db, step, fills, watched, stop);
            result.Booked = await WriteTransfersAsync(db, step, watched, stop);
            await WriteCursorAsync(db, step, stop);
            await db.SaveChangesAsync(stop);
            return result;
        }, ct);
        Remember(step.Scan, outcome);
        coverage.Note(outcome.New);
        outgoing.Ring();
        return outcome.Removed;
    }

    /// <summary>Stores a second reading of what cannot change any more.</summary>
    /// <returns>How many trades of the range it does not know.</returns>
    public async Task<int> FinalizeAsync(ChainStep step, WatchBook.Snapshot watched, bool accept, CancellationToken ct)
    {
        var fills = Fills(step.Scan, watched);
        var (outcome, disputed) = await workers.WriteAsync(async (db, stop) =>
        {
            var result = await trades.WriteFillsAsync(db, step, fills, watched, stop);
            result.Booked = await WriteTransfersAsync(db, step, watched, stop);
            await db.SaveChangesAsync(stop);
            var keys = fills.Select(f => f.Key).ToHashSet();
            var wallets = watched.WalletTexts.Keys.ToHashSet();
            var open = (await db.Set<LeaderTradeRow>().Where(t => t.BlockNumber >= step.Scan.From && t.BlockNumber <= step.Scan.To && !t.Removed && !t.IsFinal && t.ChainKey != null).ToListAsync(stop))
                .Where(t => wallets.Contains(t.Wallet)).ToList();
            foreach (var row in open.Where(r => accept || keys.Contains(r.ChainKey!)))
                row.IsFinal = true;
            var unknown = open.Count(r => !keys.Contains(r.ChainKey!));
            if ((unknown == 0 || accept) && await db.Set<ChainCursorRow>().SingleOrDefaultAsync(c => c.ChainId == contracts.ChainId, stop) is { } cursor)
                cursor.FinalThrough = step.FinalThrough;
            await db.SaveChangesAsync(stop);
            return (result, unknown);
        }, ct);
        Remember(step.Scan, outcome);
        coverage.Note(outcome.New);
        if (outcome.New.Count > 0)
            outgoing.Ring();
        return disputed;
    }

    /// <summary>The fills with their identities: identical ones of a transaction are numbered in the order of their logs.</summary>
    private static List<ScannedFill> Fills(ChainScan scan, WatchBook.Snapshot watched)
    {
        var counted = new Dictionary<(Bytes32, Address, UInt256, Side, long), int>();
        var fills = new List<ScannedFill>(scan.Fills.Count);
        foreach (var fill in scan.Fills.OrderBy(f => f.BlockNumber).ThenBy(f => f.LogIndex))
        {
            var same = (fill.Transaction, fill.Wallet, fill.Token, fill.Side, fill.Shares);
            var occurrence = counted.GetValueOrDefault(same);
            counted[same] = occurrence + 1;
            var token = TokenId.Parse(fill.Token.ToString());
            var (transaction, wallet) = (fill.Transaction.ToString(), fill.Wallet.ToLower());
            if (watched.WalletTexts.TryGetValue(wallet, out var leaders))
                fills.Add(new ScannedFill(
                    Identity.Trade(transaction, wallet, token, fill.Side, fill.Shares, occurrence), leaders, wallet, transaction, token, fill, scan.Counterparty(fill)?.ToLower(), scan.Times[fill.BlockNumber]));
        }
        return fills;
    }

    /// <returns>The identities of all transfers of the scan.</returns>
    private async Task<List<string>> WriteTransfersAsync(PolyContext db, ChainStep step, WatchBook.Snapshot watched, CancellationToken ct)
    {
        var found = step.Scan.Transfers.OrderBy(t => t.BlockNumber).ThenBy(t => t.LogIndex).Select(t => (Key: Key(t), Transfer: t)).ToList();
        var keys = found.Select(f => f.Key).ToList();
        var fork = step.Fork ?? long.MaxValue;
        var rows = new Dictionary<string, LeaderTransferRow>();
        foreach (var chunk in keys.Where(k => step.Fork is not null || !_booked.ContainsKey(k)).Chunk(500))
            foreach (var row in await db.Set<LeaderTransferRow>().Where(t => chunk.Contains(t.Id)).ToListAsync(ct))
                rows[row.Id] = row;
        var wallets = watched.WalletTexts.Keys.ToHashSet();
        var gone = step.Fork is null ? [] : (await db.Set<LeaderTransferRow>().Where(t => t.BlockNumber > fork && !t.Removed).ToListAsync(ct)).Where(t => wallets.Contains(t.Wallet) && !keys.Contains(t.Id)).ToList();
        if (gone.Count == 0 && found.All(f => _booked.ContainsKey(f.Key) && step.Fork is null))
            return keys;
        var holdings = new Dictionary<(string, TokenId), LeaderHoldingRow>();
        async Task<LeaderHoldingRow?> HoldingAsync(string wallet, TokenId token)
        {
            if (holdings.TryGetValue((wallet, token), out var known))
                return known;
            return await db.Set<LeaderHoldingRow>().SingleOrDefaultAsync(h => h.Wallet == wallet && h.TokenId == token, ct) is { } row ? holdings[(wallet, token)] = row : null;
        }
        foreach (var row in gone)
        {
            row.Removed = true;
            if (await HoldingAsync(row.Wallet, row.TokenId) is { } holding)
                holding.Held -= row.Delta;
            foreach (var move in await db.Set<LeaderMoveRow>().Where(m => m.TransactionHash == row.TransactionHash && m.Wallet == row.Wallet && m.TokenId == row.TokenId && !m.Removed).ToListAsync(ct))
                (move.Removed, move.Tell) = (true, null);
        }
        var now = time.UtcNow.UtcDateTime;
        var rests = MoveJudge.Unexplained(step.Scan).ToDictionary(m => m.Transfer, m => m.Amount);
        foreach (var (key, transfer) in found)
        {
            if (rows.TryGetValue(key, out var row) ? !row.Removed : _booked.ContainsKey(key) && step.Fork is null)
            {
                if (row is not null)
                    row.BlockNumber = transfer.BlockNumber;
                continue;
            }
            var wallet = transfer.Wallet.ToLower();
            if (row is null)
                db.Add(new LeaderTransferRow { Id = key, Wallet = wallet, TokenId = transfer.TokenId, Delta = transfer.Delta, TransactionHash = transfer.Transaction.ToString(), BlockNumber = transfer.BlockNumber });
            else
                (row.Removed, row.BlockNumber) = (false, transfer.BlockNumber);
            if (await HoldingAsync(wallet, transfer.TokenId) is not { } holding)
            {
                holding = new LeaderHoldingRow { Wallet = wallet, TokenId = transfer.TokenId, Held = transfer.Before ?? 0, UpdatedAt = now };
                holdings[(wallet, transfer.TokenId)] = holding;
                db.Add(holding);
            }
            var before = holding.Held;
            holding.Held = Math.Max(0, before + transfer.Delta); // a balance we never learnt cannot go below nothing
            holding.UpdatedAt = now;
            if (rests.TryGetValue(transfer, out var rest))
                await AddMoveAsync(db, key, transfer, wallet, rest, Math.Max(before, -rest), step, watched, now, ct);
        }
        return keys;
    }

    private async Task AddMoveAsync(PolyContext db, string key, ScanTransfer transfer, string wallet, long rest, long before, ChainStep step, WatchBook.Snapshot watched, DateTime now, CancellationToken ct)
    {
        foreach (var leader in watched.WalletTexts.GetValueOrDefault(wallet, []))
        {
            var id = Identity.Of(key, leader, wallet);
            var isNews = !watched.Leaders.TryGetValue(leader, out var info) || step.Scan.Times[transfer.BlockNumber].UtcDateTime >= info.WatchedAt - TradeBook.Tolerance;
            if (await db.Set<LeaderMoveRow>().FindAsync([id], ct) is { } again)
            {
                (again.Removed, again.BlockNumber) = (false, transfer.BlockNumber);
                continue;
            }
            db.Add(new LeaderMoveRow
            {
                Id = id,
                Leader = leader,
                Wallet = wallet,
                Kind = transfer.Kind ?? "transfer",
                TokenId = transfer.TokenId,
                MarketId = trades.MarketOf(transfer.TokenId),
                Delta = rest,
                HeldBefore = before,
                TransactionHash = transfer.Transaction.ToString(),
                BlockNumber = transfer.BlockNumber,
                SeenAt = now,
                Tell = isNews ? "move" : null,
                Seq = outgoing.Next(),
            });
        }
    }

    private async Task WriteCursorAsync(PolyContext db, ChainStep step, CancellationToken ct)
    {
        if (step.Fork is { } fork)
            await db.Set<ChainBlockRow>().Where(b => b.Number > fork).ExecuteDeleteAsync(ct);
        if (step.Blocks.Count > 0)
        {
            var (first, last) = (step.Blocks[0].Number, step.Blocks[^1].Number);
            await db.Set<ChainBlockRow>().Where(b => b.Number <= last - ChainState.Kept || (b.Number >= first && b.Number <= last)).ExecuteDeleteAsync(ct);
            foreach (var block in step.Blocks)
                db.Add(new ChainBlockRow { Number = block.Number, Hash = block.Hash.ToString(), Parent = block.Parent.ToString(), At = block.At.UtcDateTime });
        }
        var at = (step.Blocks.Count > 0 ? step.Blocks[^1].At : time.UtcNow).UtcDateTime;
        if (await db.Set<ChainCursorRow>().SingleOrDefaultAsync(c => c.ChainId == contracts.ChainId, ct) is { } cursor)
            (cursor.Through, cursor.FinalThrough, cursor.At) = (step.Through, Math.Max(cursor.FinalThrough, step.FinalThrough), at);
        else
            db.Add(new ChainCursorRow { ChainId = contracts.ChainId, Through = step.Through, FinalThrough = step.FinalThrough, At = at });
    }

    private void Remember(ChainScan scan, FillOutcome outcome)
    {
        trades.Remember(outcome);
        if (_booked.Count > MostRemembered)
            _booked.Clear(); // the database knows them still
        foreach (var key in outcome.Booked)
            _booked[key] = scan.To;
        foreach (var transfer in scan.Transfers)
            _held[(transfer.Wallet.ToLower(), transfer.TokenId)] = 0;
    }

    private static string Key(ScanTransfer transfer) => Identity.Transfer(transfer.Transaction.ToString(), transfer.Wallet.ToLower(), transfer.TokenId);
}

/// <summary>A fill of the chain with its identity.</summary>
internal sealed record ScannedFill(string Key, string[] Leaders, string Wallet, string Transaction, TokenId Token, Fill Fill, string? Counterparty, DateTimeOffset BlockAt);
