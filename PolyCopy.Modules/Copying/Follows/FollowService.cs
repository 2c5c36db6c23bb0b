using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Reading;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>What users do with follows.</summary>
internal sealed class FollowService(
    FollowBoard board, FollowStore store, CopyEngine engine, DecisionViews decisions, BaselineCopies baseline, IReplay replay, SharedFollows shares, IPositions positions, ILeaders leaders, IWallets wallets, IUserZones zones, UserScope users, TimeProvider clock) : ICopying
{
    private static readonly Error Unknown = new("follow.unknown", "There is no such follow.");

    // a circle needs two follows that are made at once; one host writes them one after the other
    private readonly SemaphoreSlim _creating = new(1, 1);

    public async Task<Result<FollowView>> CreateAsync(long userId, string leader, FollowRules rules, CancellationToken ct)
    {
        if (LeaderOf(leader) is not { } address)
            return new Error("leader.invalid", "A leader is an address: 0x and 40 hex digits.");
        if (RulesCheck.Check(rules) is { } wrong)
            return wrong;
        if (await wallets.OfUserAsync(userId, ct) is not { } wallet)
            return new Error("wallet.unknown", "There is no wallet to copy with yet.");
        await _creating.WaitAsync(ct);
        Follow? follow;
        try
        {
            if (FollowGraph.Refusal(userId, address, await wallets.ListAsync(ct), board.All) is { } refusal)
                return refusal;
            follow = await store.AddAsync(userId, wallet.Id, address, rules, ct);
        }
        finally
        {
            _creating.Release();
        }
        if (follow is null)
            return new Error("follow.duplicate", "You follow this leader already: change the rules instead.");
        await leaders.RefreshAsync(ct);
        if (rules.CopyBaseline)
            await baseline.CopyAsync(follow, ct);
        return await ViewAsync(follow, ct);
    }

    public async Task<Result<FollowView>> ChangeAsync(long userId, Guid followId, FollowRules rules, CancellationToken ct)
    {
        if (Find(userId, followId) is not { } known)
            return Unknown;
        if (known.Status == FollowStatus.Deleted)
            return new Error("follow.deleted", "This follow has been deleted.");
        if (RulesCheck.Check(rules) is { } wrong)
            return wrong;
        return await store.ChangeAsync(userId, followId, rules, ct) is { } follow ? await ViewAsync(follow, ct) : Unknown;
    }

    public Task<Result<FollowView>> PauseAsync(long userId, Guid followId, string? reason, CancellationToken ct) => SetAsync(userId, followId, FollowStatus.Paused, string.IsNullOrWhiteSpace(reason) ? Reasons.ByYou.With() : null, ct, foreign: reason?.Length > 500 ? reason[..500] : reason);

    public Task<Result<FollowView>> ResumeAsync(long userId, Guid followId, CancellationToken ct) => SetAsync(userId, followId, FollowStatus.Active, null, ct);

    public async Task<Result<FollowView>> DeleteAsync(long userId, Guid followId, bool keepSells, CancellationToken ct)
    {
        if (Find(userId, followId) is not { } follow)
            return Unknown;
        var deleted = await store.DeleteAsync(follow, keepSells, ct);
        await leaders.RefreshAsync(ct);
        return await ViewAsync(deleted, ct);
    }

    public async Task<Result<IReadOnlyList<DecisionView>>> CloseAllAsync(long userId, Guid followId, CancellationToken ct)
    {
        if (Find(userId, followId) is not { } follow)
            return Unknown;
        var made = await engine.CloseAllAsync(follow, ct);
        return Result<IReadOnlyList<DecisionView>>.Ok([.. made.Select(d => decisions.View(d, null))]);
    }

    public async Task<Page<FollowView>> ListAsync(long userId, int limit, string? cursor, CancellationToken ct)
    {
        var mine = board.All.Where(f => f.UserId == userId).ToList();
        var views = await ViewsAsync(userId, mine, ct);
        var before = Guid.TryParse(cursor, out var id) ? id.ToString("N") : null;
        var page = views.Where(v => v.Status != FollowStatus.Deleted || v.Holdings.Count > 0).OrderByDescending(v => v.Id.ToString("N"), StringComparer.Ordinal)
            .Where(v => before is null || string.CompareOrdinal(v.Id.ToString("N"), before) < 0).Take(limit + 1).ToList();
        return new Page<FollowView>([.. page.Take(limit)], page.Count > limit ? page[limit - 1].Id.ToString() : null);
    }

    public async Task<FollowView?> GetAsync(long userId, Guid followId, CancellationToken ct) => Find(userId, followId) is { } follow ? await ViewAsync(follow, ct) : null;

    public Task<FollowRules?> RulesAsync(long userId, Guid followId, int version, CancellationToken ct) => users.ReadAsync(userId, (db, token) =>
        db.Set<FollowRulesRow>().AsNoTracking().Where(r => r.UserId == userId && r.FollowId == followId && r.Version == version).Select(r => r.Rules).FirstOrDefaultAsync(token), ct);

    public Task<Page<DecisionView>> DecisionsAsync(long userId, Guid? followId, string? verdict, int limit, string? cursor, CancellationToken ct) => decisions.ListAsync(userId, followId, verdict, limit, cursor, ct);

    public Task<DecisionView?> DecisionAsync(long userId, Guid decisionId, CancellationToken ct) => decisions.GetAsync(userId, decisionId, ct);

    public async Task<Result<CopyPreview>> PreviewAsync(long userId, string leader, FollowRules rules, int days, CancellationToken ct) =>
        await replay.RunAsync(leader, rules, Math.Max(0, (await positions.PortfolioAsync(userId, ct)).NetWorth), days, ct);

    public async Task<Result<string>> ShareAsync(long userId, Guid followId, CancellationToken ct) => Find(userId, followId) is { } follow ? await shares.ShareAsync(follow, ct) : Unknown;

    public async Task<Result<SharedFollow>> SharedAsync(long userId, string shareId, CancellationToken ct) =>
        await shares.ReadAsync(userId, shareId, ct) is { } shared ? shared : new Error("share.unknown", "This link does not lead to anything.");

    internal static string? LeaderOf(string? text) => text is { Length: 42 } && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && text.AsSpan(2).IndexOfAnyExcept(Hex) < 0 ? text.ToLowerInvariant() : null;

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private Follow? Find(long userId, Guid followId) => board.Find(followId) is { } follow && follow.UserId == userId ? follow : null;

    private async Task<Result<FollowView>> SetAsync(long userId, Guid followId, string status, Said? said, CancellationToken ct, string? foreign = null)
    {
        if (Find(userId, followId) is not { } known)
            return Unknown;
        if (known.Status == FollowStatus.Deleted)
            return new Error("follow.deleted", "This follow has been deleted.");
        return await store.SetStatusAsync(known, status, said, ct, byOwner: true, foreign: foreign) is { } follow ? await ViewAsync(follow, ct) : Unknown;
    }

    private async Task<FollowView> ViewAsync(Follow follow, CancellationToken ct) => (await ViewsAsync(follow.UserId, [follow], ct))[0];

    private async Task<IReadOnlyList<FollowView>> ViewsAsync(long userId, IReadOnlyList<Follow> follows, CancellationToken ct)
    {
        Guid[] ids = [.. follows.Select(f => f.Id)];
        var day = Days.Of(clock.GetUtcNow(), (await zones.ZonesAsync([userId], ct))[userId]);
        var (held, spent, changed) = await users.ReadAsync(userId, async (db, token) => (
            (await db.Set<HoldingRow>().AsNoTracking().Where(h => h.UserId == userId && h.Shares > 0 && ids.Contains(h.FollowId)).ToListAsync(token)).ToLookup(h => h.FollowId),
            await db.Set<DecisionRow>().Where(d => d.UserId == userId && d.Day == day && ids.Contains(d.FollowId)).GroupBy(d => d.FollowId).Select(g => new { g.Key, Sum = g.Sum(d => d.Committed) }).ToDictionaryAsync(g => g.Key, g => g.Sum, token),
            await db.Set<FollowRow>().AsNoTracking().Where(f => f.UserId == userId && ids.Contains(f.Id)).ToDictionaryAsync(f => f.Id, f => f.UpdatedAt, token)), ct);
        return [.. follows.Select(f => new FollowView(
            f.Id, f.Leader, f.Rules, f.RulesVersion, f.Status, f.Reason, [.. held[f.Id].Select(h => new FollowHolding(h.MarketId, h.Outcome, h.TokenId, new Shares(h.Shares), new Usdc(h.Cost), h.RulesVersion))],
            spent.GetValueOrDefault(f.Id) / 1_000_000m, f.CreatedAt, changed.TryGetValue(f.Id, out var at) ? new DateTimeOffset(at, TimeSpan.Zero) : f.CreatedAt, f.Said))];
    }
}
