using System.Collections.Concurrent;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Tests.Bot.Support;

/// <summary>Leaders, follows and limits as the bot sees them, with what a test wants to be there.</summary>
internal sealed class CopyCore(TimeProvider clock) : ILeaders, ICopying, IRisk
{
    public const string Leader = "0x00000000000000000000000000000000000000ab";

    public static readonly Coverage Trusted = new("trusted", null, 100, 0, 2, TimeSpan.FromSeconds(3.5), null);

    public List<LeaderCard> Cards { get; } = [ACard()];

    public List<FollowView> Follows { get; } = [];

    public List<DecisionView> Decisions { get; } = [];

    public List<RiskState> Limits { get; } = [];

    public ConcurrentDictionary<string, SharedFollow> Links { get; } = new();

    /// <summary>What was asked to change, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public Error? Refusal { get; set; }

    public static LeaderCard ACard(string address = Leader, string? name = "Nate <b>", decimal pnl = 1_234.5m) => new(
        address, "leader", name, 87, 45_000m, pnl, 800m, 0.62m, 0.48m, 0.74m, 31, TimeSpan.FromHours(30), 0.21m, 210m, 0.08m,
        [(new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero), 100m), (new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero), pnl)], new DateTimeOffset(2026, 11, 22, 11, 0, 0, TimeSpan.Zero), Trusted);

    public FollowView AFollow(FollowRules? rules = null, bool holds = true) => new(
        Guid.Parse("01930000-0000-7000-8000-0000000000f1"), Leader, rules ?? new FollowRules { AmountUsd = 10m }, 1, "active", null,
        holds ? [new FollowHolding(Core.MarketId, "Yes", Core.Yes, new Shares(20_000_000), new Usdc(9_000_000), 1)] : [], 10m, clock.GetUtcNow(), clock.GetUtcNow());

    public static DecisionView ADecision(string verdict = "skipped") => new(
        Guid.Parse("01930000-0000-7000-8000-0000000000d1"), Guid.Parse("01930000-0000-7000-8000-0000000000f1"), Leader, "t1", Core.MarketId, "Will it <b>rain</b>?", "Yes", Side.Buy, Side.Buy, 0.55m, 100m,
        verdict, verdict == "skipped" ? "price_cap" : null, verdict == "skipped" ? "The best ask is 0.65, the limit 0.5775: the lower of the leader's 0.55 and the market's 0.56, plus 5 %." : null, ["10 fixed", "10 cut to 8 (at most 8 a trade)"], 2,
        verdict == "skipped" ? null : new Usdc(8_000_000), verdict == "skipped" ? Shares.Zero : new Shares(14_000_000), verdict == "skipped" ? null : 0.56m, new Price(5_700), 0.56m,
        new BookSeen([new SeenLevel(new Price(5_400), new Shares(100_000_000))], [new SeenLevel(new Price(6_500), new Shares(50_000_000))], "7", DateTimeOffset.UnixEpoch), "chain", "0xabcdef0123456789abcdef", null, verdict == "skipped" ? null : "filled",
        new DecisionStamps(At(0), 123, At(2_000), At(2_012), verdict == "skipped" ? null : At(2_030), verdict == "skipped" ? null : At(2_080), null, At(1_900)));

    public Task<Result<WatchedAddress>> WatchAsync(string address, string kind, string by, CancellationToken ct)
    {
        Calls.Enqueue($"watch {address} {kind} {by}");
        return Task.FromResult<Result<WatchedAddress>>(new WatchedAddress(address, kind, [address], ["operator"], DateTimeOffset.UnixEpoch, Trusted));
    }

    public Task<Result<WatchedAddress>> UnwatchAsync(string address, CancellationToken ct) => Task.FromResult<Result<WatchedAddress>>(new Error("address.unknown", "This address is not watched."));

    public Task<Page<WatchedAddress>> WatchedAsync(int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<WatchedAddress>([new WatchedAddress(Leader, "leader", [Leader], ["follows"], DateTimeOffset.UnixEpoch, Trusted)], null));

    public Task<Page<LeaderCard>> ListAsync(string? order, int limit, string? cursor, CancellationToken ct)
    {
        var start = cursor is null ? 0 : int.Parse(cursor, System.Globalization.CultureInfo.InvariantCulture);
        var all = Cards.OrderByDescending(c => order == "volume" ? c.Volume : c.Pnl).ToList();
        return Task.FromResult(new Page<LeaderCard>([.. all.Skip(start).Take(limit)], all.Count > start + limit ? $"{start + limit}" : null));
    }

    public Task<LeaderCard?> GetAsync(string address, CancellationToken ct) => Task.FromResult(Cards.Find(c => c.Address == address));

    public Task<Page<LeaderTrade>> TradesAsync(string address, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<LeaderTrade>(
        [new LeaderTrade("t1", Leader, Leader, LeaderTradeSource.Chain, "0x1", null, Core.Yes, null, Core.MarketId, "Yes", Side.Buy, new Shares(100_000_000), new Usdc(55_000_000), true, null, false, false, At(0), 123, null, At(0))], null));

    public Task<IReadOnlyList<LeaderTrade>> FindTradesAsync(IReadOnlyCollection<string> ids, CancellationToken ct) => throw new NotSupportedException();

    public Task<long> HoldingAsync(string address, TokenId token, CancellationToken ct) => throw new NotSupportedException();

    public Task<Coverage?> CoverageAsync(string address, CancellationToken ct) => Task.FromResult<Coverage?>(Trusted);

    public Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;

    public Task<Result<FollowView>> CreateAsync(long userId, string leader, FollowRules rules, CancellationToken ct)
    {
        Calls.Enqueue($"create {leader}");
        if (Refusal is { } refusal)
            return Task.FromResult<Result<FollowView>>(refusal);
        Follows.Add(AFollow(rules, holds: false) with { Leader = leader });
        return Task.FromResult<Result<FollowView>>(Follows[^1]);
    }

    public Task<Result<FollowView>> ChangeAsync(long userId, Guid followId, FollowRules rules, CancellationToken ct) => SetAsync("change", followId, f => f with { Rules = rules, RulesVersion = f.RulesVersion + 1 });

    public Task<Result<FollowView>> PauseAsync(long userId, Guid followId, string? reason, CancellationToken ct) => SetAsync("pause", followId, f => f with { Status = "paused", Reason = reason });

    public Task<Result<FollowView>> ResumeAsync(long userId, Guid followId, CancellationToken ct) => SetAsync("resume", followId, f => f with { Status = "active", Reason = null });

    public Task<Result<FollowView>> DeleteAsync(long userId, Guid followId, bool keepSells, CancellationToken ct) => SetAsync($"delete {keepSells}", followId, f => f with { Status = "deleted" });

    public async Task<Result<IReadOnlyList<DecisionView>>> CloseAllAsync(long userId, Guid followId, CancellationToken ct) =>
        (await SetAsync("close", followId, f => f with { Holdings = [] })).Try(out _, out var error) ? Result<IReadOnlyList<DecisionView>>.Ok([ADecision("copied")]) : error;

    public Task<Page<FollowView>> ListAsync(long userId, int limit, string? cursor, CancellationToken ct) => Task.FromResult(new Page<FollowView>([.. Follows], null));

    public Task<FollowView?> GetAsync(long userId, Guid followId, CancellationToken ct) => Task.FromResult(Follows.Find(f => f.Id == followId));

    public Task<FollowRules?> RulesAsync(long userId, Guid followId, int version, CancellationToken ct) => throw new NotSupportedException();

    public Task<Result<string>> ShareAsync(long userId, Guid followId, CancellationToken ct) => Task.FromResult<Result<string>>("abcdefghijklmnopqrstuv");

    public Task<Result<SharedFollow>> SharedAsync(long userId, string shareId, CancellationToken ct) => Task.FromResult<Result<SharedFollow>>(Links.TryGetValue(shareId, out var shared) ? shared : new Error("share.unknown", "This link does not lead to anything."));

    public Task<Result<CopyPreview>> PreviewAsync(long userId, string leader, FollowRules rules, int days, CancellationToken ct) =>
        Task.FromResult<Result<CopyPreview>>(new CopyPreview(days, 40, 26, 14, [new RuleCount("price_cap", 12), new RuleCount("minimum", 2)], 260m, 180m, 21.5m, 5, 3, 1, []));

    public Task<Page<DecisionView>> DecisionsAsync(long userId, Guid? followId, string? verdict, int limit, string? cursor, CancellationToken ct) =>
        Task.FromResult(new Page<DecisionView>([.. Decisions.Where(d => verdict is null || d.Verdict == verdict).Take(limit)], null));

    public Task<DecisionView?> DecisionAsync(long userId, Guid decisionId, CancellationToken ct) => Task.FromResult(Decisions.Find(d => d.Id == decisionId));

    public Task<Result<RiskState>> LimitAsync(RiskScope scope, RiskLimits limits, string by, CancellationToken ct) => throw new NotSupportedException();

    public Task<Result<RiskState>> ResumeAsync(RiskScope scope, string reason, string by, CancellationToken ct)
    {
        Calls.Enqueue($"resume {scope.Kind} {scope.Key}: {reason} ({by})");
        return Task.FromResult<Result<RiskState>>(Limits[0] with { Tripped = null });
    }

    public Task<IReadOnlyList<RiskState>> ListAsync(long? userId, CancellationToken ct) => Task.FromResult<IReadOnlyList<RiskState>>(Limits);

    private Task<Result<FollowView>> SetAsync(string call, Guid id, Func<FollowView, FollowView> change)
    {
        Calls.Enqueue(call);
        var index = Follows.FindIndex(f => f.Id == id);
        if (index < 0)
            return Task.FromResult<Result<FollowView>>(new Error("follow.unknown", "There is no such follow."));
        Follows[index] = change(Follows[index]);
        return Task.FromResult<Result<FollowView>>(Follows[index]);
    }

    private static DateTimeOffset At(int milliseconds) => new DateTimeOffset(2026, 11, 22, 11, 59, 0, TimeSpan.Zero).AddMilliseconds(milliseconds);
}
