using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>A follow as the engine judges it: an immutable snapshot.</summary>
internal sealed record Follow(Guid Id, long UserId, Guid WalletId, string Leader, string Status, string? Reason, bool SellsEnded, int RulesVersion, FollowRules Rules, DateTimeOffset CreatedAt)
{
    /// <summary>Blocks and feeds tell whole seconds, and a block may be a little older than what it holds: a trade this much before the follow may have come after it.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    public bool IsActive => Status == FollowStatus.Active;

    /// <summary>Whether a trade of that time counts as made after the follow began.</summary>
    public static bool IsSince(DateTimeOffset createdAt, DateTimeOffset tradedAt) => createdAt - Tolerance <= tradedAt;

    /// <summary>The reason for other languages; null: the owner's own words.</summary>
    public Said? Said { get; init; }

    /// <summary>When its owner, or a pause, changed it last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>For one sell: all of the holding, whatever the rules say. Close-all, and what a reorganisation undid.</summary>
    public bool SellsAll { get; init; }

    /// <summary>For one sell of all: no more than these micro-shares, whatever else is held. What a reorganisation undid.</summary>
    public long? SellsAtMost { get; init; }
}

/// <summary>All follows by leader and by id, in memory; read at start, replaced after each commit that changes one. Deleted ones stay: what they hold is still mirrored.</summary>
internal sealed class FollowBoard(WorkerScope workers)
{
    private readonly Lock _writing = new();
    private Snapshot _now = Snapshot.Empty;

    public IReadOnlyList<Follow> OfLeader(string leader) => Volatile.Read(ref _now).ByLeader.TryGetValue(leader, out var follows) ? follows : [];

    public Follow? Find(Guid id) => Volatile.Read(ref _now).ById.GetValueOrDefault(id);

    public IEnumerable<Follow> All => Volatile.Read(ref _now).ById.Values;

    public async Task LoadAsync(CancellationToken ct)
    {
        var rows = await workers.ReadAsync((db, token) => (
            from follow in db.Set<FollowRow>().AsNoTracking()
            join rules in db.Set<FollowRulesRow>().AsNoTracking() on new { Id = follow.Id, Version = follow.RulesVersion } equals new { Id = rules.FollowId, rules.Version }
            select new { follow, rules.Rules }).ToListAsync(token), ct);
        var follows = rows.Select(r => Of(r.follow, r.Rules)).ToList();
        lock (_writing)
            Volatile.Write(ref _now, Snapshot.Of(follows));
    }

    public void Put(Follow follow) => Put([follow]);

    /// <summary>Two who commit one after the other may arrive here the other way round: the newer one stays.</summary>
    public void Put(IReadOnlyList<Follow> news)
    {
        lock (_writing)
        {
            var (byId, byLeader) = _now;
            var follows = news.Where(f => !(byId.TryGetValue(f.Id, out var known) && known.UpdatedAt > f.UpdatedAt)).ToList();
            byId = byId.SetItems(follows.Select(f => KeyValuePair.Create(f.Id, f)));
            foreach (var group in follows.GroupBy(f => f.Leader))
            {
                var others = byLeader.TryGetValue(group.Key, out var before) ? before : [];
                var changed = group.ToDictionary(f => f.Id);
                byLeader = byLeader.SetItem(group.Key, [.. others.Where(o => !changed.ContainsKey(o.Id)), .. group]);
            }
            Volatile.Write(ref _now, new Snapshot(byId, byLeader));
        }
    }

    public static Follow Of(FollowRow row, FollowRules rules) => new(
        row.Id, row.UserId, row.WalletId, row.Leader, row.Status, row.Reason, row.SellsEnded, row.RulesVersion, rules, new DateTimeOffset(row.CreatedAt, TimeSpan.Zero))
    {
        Said = row.Said,
        UpdatedAt = new DateTimeOffset(row.UpdatedAt, TimeSpan.Zero),
    };

    private sealed record Snapshot(ImmutableDictionary<Guid, Follow> ById, ImmutableDictionary<string, Follow[]> ByLeader)
    {
        public static Snapshot Empty { get; } = new(ImmutableDictionary<Guid, Follow>.Empty, ImmutableDictionary.Create<string, Follow[]>(StringComparer.Ordinal));

        public static Snapshot Of(IReadOnlyList<Follow> follows) => new(
            follows.ToImmutableDictionary(f => f.Id),
            follows.GroupBy(f => f.Leader).ToImmutableDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal));
    }
}
