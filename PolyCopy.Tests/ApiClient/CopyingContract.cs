using PolyCopy.Modules.Copying;

namespace PolyCopy.Tests.ApiClient;

public abstract class CopyingContract(Backends backends, bool overHttp) : Contract<ICopying>(backends, overHttp)
{
    private static readonly Guid Nothing = Guid.Parse("01930000-0000-7000-8000-000000000001");
    private static int _leaders;

    private readonly string _leader = $"0x{(overHttp ? "b" : "a")}{Interlocked.Increment(ref _leaders):x39}";

    [Fact]
    public async Task A_follow_keeps_every_rule_it_was_given()
    {
        var ana = await Backends.TraderAsync();
        var rules = Rules();
        var made = (await It.CreateAsync(ana.UserId, _leader.ToUpperInvariant().Replace("0X", "0x"), rules, default)).Value;
        made.Should().Match<FollowView>(f => f.Leader == _leader && f.Status == "active" && f.RulesVersion == 1 && f.Holdings.Count == 0 && f.SpentToday == 0);
        made.Rules.Should().BeEquivalentTo(rules);
        (await It.GetAsync(ana.UserId, made.Id, default))!.Rules.Should().BeEquivalentTo(rules);
        (await It.ListAsync(ana.UserId, 10, null, default)).Items.Should().ContainSingle(f => f.Id == made.Id);
        (await It.CreateAsync(ana.UserId, _leader, rules, default)).Error!.Code.Should().Be("follow.duplicate");
    }

    [Fact]
    public async Task Changed_rules_replace_all_of_the_old_ones_which_stay_readable()
    {
        var ana = await Backends.TraderAsync();
        var made = (await It.CreateAsync(ana.UserId, _leader, Rules(), default)).Value;
        var simple = new FollowRules { AmountUsd = 7m };
        var changed = (await It.ChangeAsync(ana.UserId, made.Id, simple, default)).Value;
        changed.RulesVersion.Should().Be(2);
        changed.Rules.Should().BeEquivalentTo(simple);
        (await It.RulesAsync(ana.UserId, made.Id, 1, default)).Should().BeEquivalentTo(Rules());
        (await It.RulesAsync(ana.UserId, made.Id, 9, default)).Should().BeNull();
    }

    [Fact]
    public async Task Pause_resume_delete_and_close_all_are_four_verbs()
    {
        var ana = await Backends.TraderAsync();
        var id = (await It.CreateAsync(ana.UserId, _leader, Rules(), default)).Value.Id;
        (await It.PauseAsync(ana.UserId, id, "a \"rest\" & tea", default)).Value.Should().Match<FollowView>(f => f.Status == "paused" && f.Reason == "a \"rest\" & tea");
        (await It.PauseAsync(ana.UserId, id, null, default)).Value.Should().Match<FollowView>(f => f.Reason == "by you" && f.ReasonSaid!.Code == "follow.by_you" && f.ReasonSaid.Text == "by you");
        (await It.ResumeAsync(ana.UserId, id, default)).Value.Should().Match<FollowView>(f => f.Status == "active" && f.Reason == null && f.ReasonSaid == null);
        (await It.CloseAllAsync(ana.UserId, id, default)).Value.Should().BeEmpty("nothing is held");
        (await It.DeleteAsync(ana.UserId, id, keepSells: false, default)).Value.Status.Should().Be("deleted");
        (await It.ListAsync(ana.UserId, 10, null, default)).Items.Should().BeEmpty();
        (await It.PauseAsync(ana.UserId, id, null, default)).Error!.Code.Should().Be("follow.deleted");
    }

    [Fact]
    public async Task Shared_rules_are_read_by_anybody_who_has_their_id()
    {
        var ana = await Backends.TraderAsync();
        var id = (await It.CreateAsync(ana.UserId, _leader, Rules(), default)).Value.Id;
        var share = (await It.ShareAsync(ana.UserId, id, default)).Value;
        share.Should().MatchRegex("^[A-Za-z0-9_-]{16,22}$");
        var shared = (await It.SharedAsync(ana.UserId, share, default)).Value;
        shared.Leader.Should().Be(_leader);
        shared.Rules.Should().BeEquivalentTo(Rules());
        shared.Differences.Should().BeEmpty();
        (await It.ShareAsync(ana.UserId, Nothing, default)).Error!.Code.Should().Be("follow.unknown");
        (await It.SharedAsync(ana.UserId, "nothing", default)).Error!.Code.Should().Be("share.unknown");
    }

    [Fact]
    public async Task A_preview_of_a_leader_without_trades_has_none()
    {
        var ana = await Backends.TraderAsync();
        (await It.PreviewAsync(ana.UserId, _leader, Rules(), 7, default)).Value.Should().Match<CopyPreview>(p => p.Days == 7 && p.Trades == 0 && p.Copied == 0 && p.Pnl == 0);
        (await It.PreviewAsync(ana.UserId, _leader, Rules() with { MaxPerTrade = 0 }, 7, default)).Error!.Code.Should().Be("rules.caps");
    }

    [Fact]
    public async Task A_refusal_keeps_its_code()
    {
        var ana = await Backends.TraderAsync();
        (await It.CreateAsync(ana.UserId, "0x12", Rules(), default)).Error!.Code.Should().Be("leader.invalid");
        (await It.CreateAsync(ana.UserId, _leader, Rules() with { MaxPerTrade = 0 }, default)).Error!.Code.Should().Be("rules.caps");
        (await It.ChangeAsync(ana.UserId, Nothing, Rules(), default)).Error!.Code.Should().Be("follow.unknown");
        (await It.DeleteAsync(ana.UserId, Nothing, true, default)).Error!.Code.Should().Be("follow.unknown");
        (await It.CloseAllAsync(ana.UserId, Nothing, default)).Error!.Code.Should().Be("follow.unknown");
        (await It.GetAsync(ana.UserId, Nothing, default)).Should().BeNull();
        (await It.DecisionAsync(ana.UserId, Nothing, default)).Should().BeNull();
        (await It.DecisionsAsync(ana.UserId, null, "skipped", 10, null, default)).Items.Should().BeEmpty();
    }

    private static FollowRules Rules() => new()
    {
        Mode = CopyMode.Multiplier,
        Factor = 0.25m,
        Tiers = [new FactorTier(100, 0.5m), new FactorTier(1_000, 0.1m)],
        MaxSlippage = 0.03m,
        MinimumUsd = 2m,
        BelowMinimum = BelowMinimum.Accumulate,
        MaxPerTrade = 40m,
        MinPrice = 0.1m,
        MaxPrice = 0.9m,
        Categories = ["Politics", "Été & <b>"],
        ExcludedKeywords = ["rain"],
        FirstEntryOnly = true,
        TakeProfitPercent = 30m,
        StopLossPercent = 12.5m,
        Sells = SellMode.Percent,
        SellPercent = 75m,
        Opposite = OppositePolicy.Net,
        OnMove = MovePolicy.Sell,
        OnRemoved = RemovedPolicy.Sell,
        PauseWhenBlind = false,
        PauseOnDrift = false,
    };
}

[Collection(nameof(Backends))]
public sealed class CopyingInProcessTests(Backends backends) : CopyingContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class CopyingOverHttpTests(Backends backends) : CopyingContract(backends, overHttp: true);

public abstract class RiskContract(Backends backends, bool overHttp) : Contract<IRisk>(backends, overHttp)
{
    [Fact]
    public async Task Limits_are_set_listed_and_cleared()
    {
        var ana = await Backends.TraderAsync();
        var scope = RiskScope.User(ana.UserId);
        (await It.LimitAsync(scope, new RiskLimits(MaxDailyLoss: 50.5m, MaxOrdersPerMinute: 3), "telegram:9", default)).Value.Limits.Should().Be(new RiskLimits(50.5m, null, 3));
        (await It.ListAsync(ana.UserId, default)).Should().ContainSingle(s => s.Scope == scope && s.Tripped == null);
        (await It.ListAsync(null, default)).Should().Contain(s => s.Scope == scope);
        (await It.ResumeAsync(scope, "checked", "telegram:9", default)).Error!.Code.Should().Be("risk.not_tripped");
        (await It.LimitAsync(new RiskScope("planet", ""), new RiskLimits(1m), "telegram:9", default)).Error!.Code.Should().Be("risk.scope");
        (await It.LimitAsync(scope, new RiskLimits(), "telegram:9", default)).IsOk.Should().BeTrue();
        (await It.ListAsync(ana.UserId, default)).Should().BeEmpty();
    }
}

[Collection(nameof(Backends))]
public sealed class RiskInProcessTests(Backends backends) : RiskContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class RiskOverHttpTests(Backends backends) : RiskContract(backends, overHttp: true);
