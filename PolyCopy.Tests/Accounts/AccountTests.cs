using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Accounts;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Accounts;

public class AccountTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task Registering_twice_at_once_gives_one_user(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var accounts = new AccountStore(database.Users, database.Workers, new AccountsOptions(), TimeProvider.System);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => accounts.RegisterAsync(1001, "ana", default)));

        results.Should().OnlyContain(r => r.IsOk && r.Value.Id == 1001);
        (await accounts.ListAsync(10, null, default)).Items.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_user_sees_only_his_own_rows(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var accounts = new AccountStore(database.Users, database.Workers, new AccountsOptions(), TimeProvider.System);
        await accounts.RegisterAsync(1, null, default);
        await accounts.RegisterAsync(2, null, default);

        var seen = await database.Users.ReadAsync(1, (db, ct) => db.Set<UserSettingsRow>().CountAsync(ct), default);

        seen.Should().Be(provider == Db.PostgreSql ? 1 : 2, "PostgreSQL enforces it by policy; SQLite is a single-operator store");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Settings_change_only_where_named(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var accounts = new AccountStore(database.Users, database.Workers, new AccountsOptions(), TimeProvider.System);
        await accounts.RegisterAsync(1, null, default);

        (await accounts.ChangeSettingsAsync(1, new UserSettingsChange(MaxSlippage: 0.02m, Notifications: new Dictionary<string, string> { ["fill"] = "silent" }), default)).IsOk.Should().BeTrue();
        (await accounts.ChangeSettingsAsync(1, new UserSettingsChange(TimeZone: "Mars/Base"), default)).Error!.Code.Should().Be("settings.time_zone");

        var settings = await accounts.SettingsAsync(1, default);
        settings!.MaxSlippage.Should().Be(0.02m);
        settings.QuickAmounts.Should().Equal(5m, 10m, 25m, 50m, 100m);
        settings.Notifications.Should().ContainKey("fill").WhoseValue.Should().Be("silent");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task An_event_is_claimed_once_until_its_lease_ends_and_never_after_it_was_acknowledged(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        var outbox = new Outbox(database.Users, database.Workers, clock);
        await database.Users.WriteAsync(7, async (db, ct) =>
        {
            outbox.Append(db, 7, "fill", new { Shares = "5" });
            return await db.SaveChangesAsync(ct);
        }, default);

        var first = await outbox.ClaimAsync(10, TimeSpan.FromSeconds(30), default);
        first.Should().ContainSingle().Which.Payload.Should().Contain("shares");
        (await outbox.ClaimAsync(10, TimeSpan.FromSeconds(30), default)).Should().BeEmpty();
        clock.Advance(TimeSpan.FromSeconds(31));
        (await outbox.ClaimAsync(10, TimeSpan.FromSeconds(30), default)).Should().ContainSingle();
        await outbox.AcknowledgeAsync([first[0].Sequence], default);
        clock.Advance(TimeSpan.FromSeconds(31));
        (await outbox.ClaimAsync(10, TimeSpan.FromSeconds(30), default)).Should().BeEmpty();
        (await outbox.ReadAsync(7, 0, 10, default)).Should().ContainSingle();
    }
}
