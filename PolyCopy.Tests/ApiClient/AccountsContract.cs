using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Tests.ApiClient;

public abstract class AccountsContract(Backends backends, bool overHttp) : Contract<IAccounts>(backends, overHttp)
{
    [Fact]
    public async Task Registering_twice_gives_the_same_user()
    {
        var id = Backends.NewUser();
        var first = await It.RegisterAsync(id, "ana & <b>", default);
        var second = await It.RegisterAsync(id, "other", default);
        first.Value.Should().Be(second.Value);
        first.Value.Username.Should().Be("ana & <b>");
        (await It.FindAsync(id, default)).Should().Be(first.Value);
        (await It.ListAsync(1, $"{id + 1}", default)).Should().Match<Modules.Kernel.Page<User>>(p => p.Items.Count == 1 && p.Items[0] == first.Value && p.NextCursor == $"{id}");
    }

    [Theory]
    [InlineData(0, null, "user.invalid")]
    [InlineData(77, "a name that is longer than any name may be, which is sixty-four letters", "user.username")]
    public async Task A_refusal_keeps_its_code(long id, string? name, string code) => (await It.RegisterAsync(id, name, default)).Error!.Code.Should().Be(code);

    [Fact]
    public async Task Nobody_has_no_settings()
    {
        var id = Backends.NewUser();
        (await It.FindAsync(id, default)).Should().BeNull();
        (await It.SettingsAsync(id, default)).Should().BeNull();
        (await It.ChangeSettingsAsync(id, new UserSettingsChange(MaxSlippage: 0.1m), default)).Error!.Code.Should().Be("user.unknown");
    }

    [Fact]
    public async Task A_change_leaves_what_it_does_not_name_and_clears_what_it_says()
    {
        var id = Backends.NewUser();
        await It.RegisterAsync(id, null, default);
        await It.ChangeSettingsAsync(id, new UserSettingsChange(0.07m, [1.5m, 20m], 25m, 10m, "fr", "Europe/Paris", new Dictionary<string, string> { ["fill"] = "off" }), default);
        var changed = (await It.ChangeSettingsAsync(id, new UserSettingsChange(DefaultStopLossPercent: 12.5m, ClearDefaultTakeProfit: true), default)).Value;
        changed.Should().BeEquivalentTo(new UserSettings(0.07m, [1.5m, 20m], null, 12.5m, "fr", "Europe/Paris", new Dictionary<string, string> { ["smart_money"] = "off", ["fill"] = "off" }));
        (await It.SettingsAsync(id, default)).Should().BeEquivalentTo(changed);
    }

    [Fact]
    public async Task A_wrong_setting_is_refused_by_its_name()
    {
        var id = Backends.NewUser();
        await It.RegisterAsync(id, null, default);
        (await It.ChangeSettingsAsync(id, new UserSettingsChange(MaxSlippage: 2m), default)).Error!.Code.Should().Be("settings.max_slippage");
        (await It.ChangeSettingsAsync(id, new UserSettingsChange(TimeZone: "Nowhere/No"), default)).Error!.Code.Should().Be("settings.time_zone");
    }
}

[Collection(nameof(Backends))]
public sealed class AccountsInProcessTests(Backends backends) : AccountsContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class AccountsOverHttpTests(Backends backends) : AccountsContract(backends, overHttp: true);

public abstract class OnboardingContract(Backends backends, bool overHttp) : Contract<IOnboarding>(backends, overHttp)
{
    [Fact]
    public async Task A_welcomed_user_can_trade()
    {
        var id = Backends.NewUser();
        (await It.WelcomeAsync(id, "ben", default)).Value.Id.Should().Be(id);
        (await It.WelcomeAsync(id, "ben", default)).IsOk.Should().BeTrue();
        (await Core<IPositions>().PortfolioAsync(id, default)).Cash.Should().Be(new Modules.Kernel.Usdc(1_000_000_000));
    }

    [Fact]
    public async Task A_crowd_that_comes_at_once_is_welcomed_whatever_the_venue_allows_a_second()
    {
        var ids = Enumerable.Range(0, 60).Select(_ => Backends.NewUser()).ToList();
        (await Task.WhenAll(ids.Select(id => It.WelcomeAsync(id, null, default)))).Should().OnlyContain(w => w.IsOk);
        foreach (var id in ids)
            (await Core<IPositions>().PortfolioAsync(id, default)).Cash.Should().Be(new Modules.Kernel.Usdc(1_000_000_000));
    }

    [Fact]
    public async Task A_refusal_keeps_its_code() => (await It.WelcomeAsync(-1, null, default)).Error!.Code.Should().Be("user.invalid");
}

[Collection(nameof(Backends))]
public sealed class OnboardingInProcessTests(Backends backends) : OnboardingContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class OnboardingOverHttpTests(Backends backends) : OnboardingContract(backends, overHttp: true);
