using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Accounts;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Bot;

public class StateTests
{
    private const long Bot = 77;
    private const long Ana = 1001;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task An_update_is_new_once_even_after_a_restart(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        (await State(database).TakeAsync(Bot, [new(5, "{}"), new(6, "{}"), new(6, "{}")], default)).Select(u => u.Id).Should().Equal(5, 6);
        (await State(database).TakeAsync(Bot, [new(6, "{}"), new(7, "{}")], default)).Select(u => u.Id).Should().Equal(7);
        (await State(database).TakeAsync(Bot + 1, [new(6, "{}")], default)).Should().ContainSingle("another bot counts for itself");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_was_taken_and_not_done_is_found_again(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var state = State(database);
        await state.TakeAsync(Bot, [new(5, """{"a":1}"""), new(6, "{}"), new(7, "{}")], default);
        await state.DoneAsync(Bot, [6], default);
        (await State(database).OpenAsync(Bot, long.MinValue, 10, default)).Should().Equal(new BotUpdate(5, """{"a":1}"""), new BotUpdate(7, "{}"));
        (await State(database).OpenAsync(Bot, 5, 10, default)).Should().Equal(new BotUpdate(7, "{}"));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_chat_keeps_its_first_referrer_and_opens_again_when_the_user_writes(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var state = State(database);
        await state.SaveChatAsync(Bot, new BotChat(Ana, Ana, null, false, null, "abc"), default);
        await state.BlockAsync(Bot, Ana, default);
        (await state.ReachableAsync(Bot, [Ana, 2], default)).Should().BeEmpty();
        (await state.AudienceAsync(Bot, default)).Should().Be(new BotAudience(1, 1));
        await state.SaveChatAsync(Bot, new BotChat(Ana, Ana, 12, true, "{}", "other"), default);
        (await state.ChatAsync(Bot, Ana, default)).Should().Be(new BotChat(Ana, Ana, 12, true, "{}", "abc"));
        (await state.ReachableAsync(Bot, [Ana, 2], default)).Should().Contain(Ana, Ana);
        (await state.ReferralsAsync(Bot, "abc", default)).Should().Be(1);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Of_many_presses_at_once_one_is_granted(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var state = State(database);
        await OfferAsync(state);
        var uses = await Task.WhenAll(Enumerable.Range(1, 8).Select(update => state.UseAsync(Bot, Ana, "n1", 9, update, default)));
        uses.Count(u => u.Outcome == BotUseOutcome.Granted).Should().Be(1);
        uses.Count(u => u.Outcome == BotUseOutcome.Spent).Should().Be(7);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_confirmation_belongs_to_its_user_and_message(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var state = State(database);
        await OfferAsync(state);
        (await state.UseAsync(Bot, Ana + 1, "n1", 9, 1, default)).Outcome.Should().Be(BotUseOutcome.Unknown);
        (await state.UseAsync(Bot, Ana, "n1", 8, 1, default)).Outcome.Should().Be(BotUseOutcome.Unknown);
        (await state.UseAsync(Bot, Ana, "n1", 9, 1, default)).Should().Match<BotUse>(u => u.Outcome == BotUseOutcome.Granted && u.Confirmation!.Payload == "{\"a\":1}");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_confirmation_that_is_not_bound_to_a_message_yet_cannot_be_used(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var state = State(database);
        await state.OfferAsync(Bot, new BotConfirmation("n1", Ana, "order", "{}", _clock.GetUtcNow().AddSeconds(60)), default);
        (await state.UseAsync(Bot, Ana, "n1", 0, 1, default)).Outcome.Should().Be(BotUseOutcome.Unknown);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_confirmation_expires_after_its_minute(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var state = State(database);
        await OfferAsync(state);
        _clock.Advance(TimeSpan.FromSeconds(60));
        (await state.UseAsync(Bot, Ana, "n1", 9, 1, default)).Outcome.Should().Be(BotUseOutcome.Expired);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task The_press_that_was_granted_may_ask_again_after_a_crash_but_not_for_ever(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await OfferAsync(State(database));
        (await State(database).UseAsync(Bot, Ana, "n1", 9, 41, default)).Outcome.Should().Be(BotUseOutcome.Granted);
        (await State(database).UseAsync(Bot, Ana, "n1", 9, 41, default)).Outcome.Should().Be(BotUseOutcome.Granted);
        (await State(database).UseAsync(Bot, Ana, "n1", 9, 42, default)).Outcome.Should().Be(BotUseOutcome.Spent);
        _clock.Advance(TimeSpan.FromMinutes(5));
        (await State(database).UseAsync(Bot, Ana, "n1", 9, 41, default)).Outcome.Should().Be(BotUseOutcome.Interrupted);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task An_announcement_becomes_an_event_of_everybody_who_can_be_reached(Db provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var events = new Outbox(database.Users, database.Workers, _clock);
        var state = new BotState(database.Users, database.Workers, events, _clock);
        foreach (var user in new long[] { 1, 2, 3 })
            await state.SaveChatAsync(Bot, new BotChat(user, user, null, false, null, null), default);
        await state.BlockAsync(Bot, 2, default);
        (await state.AnnounceAsync(Bot, "hello", default)).Should().Be(2);
        (await events.ClaimAsync(10, TimeSpan.FromSeconds(30), default)).Select(e => (e.UserId, e.Kind)).Should().BeEquivalentTo([(1L, "announcement"), (3L, "announcement")]);
    }

    private BotState State(TestDatabase database) => new(database.Users, database.Workers, new Outbox(database.Users, database.Workers, _clock), _clock);

    private async Task OfferAsync(BotState state)
    {
        await state.OfferAsync(Bot, new BotConfirmation("n1", Ana, "order", "{\"a\":1}", _clock.GetUtcNow().AddSeconds(60)), default);
        await state.AttachAsync(Bot, Ana, "n1", 9, default);
    }
}
