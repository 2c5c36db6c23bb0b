using System.Text.Json;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Tests.ApiClient;

public abstract class BotStateContract(Backends backends, bool overHttp) : Contract<IBotState>(backends, overHttp)
{
    private readonly long _bot = backends.NewUser();
    private readonly long _ana = backends.NewUser();

    [Fact]
    public async Task An_update_is_taken_once_and_open_until_it_is_done()
    {
        BotUpdate[] updates = [new(5, """{"text":"a \u003Cb\u003E ü 😀"}"""), new(6, "{}"), new(7, "{}")];
        (await It.TakeAsync(_bot, updates, default)).Should().Equal(updates);
        (await It.TakeAsync(_bot, [updates[2], new(8, "{}")], default)).Should().Equal(new BotUpdate(8, "{}"));
        await It.DoneAsync(_bot, [6, 8], default);
        (await It.OpenAsync(_bot, long.MinValue, 10, default)).Should().Equal(updates[0], updates[2]);
        (await It.OpenAsync(_bot, 5, 1, default)).Should().Equal(updates[2]);
    }

    [Fact]
    public async Task A_chat_is_kept_as_it_was_given()
    {
        await RegisterAsync(_ana);
        (await It.ChatAsync(_bot, _ana, default)).Should().BeNull();
        var chat = new BotChat(_ana, _ana, 12, true, """{"draft":null}""", "r & <x>");
        await It.SaveChatAsync(_bot, chat, default);
        (await It.ChatAsync(_bot, _ana, default)).Should().Be(chat);
        await It.SaveChatAsync(_bot, new BotChat(_ana, _ana, null, false, null, null), default);
        (await It.ChatAsync(_bot, _ana, default)).Should().Be(new BotChat(_ana, _ana, null, false, null, "r & <x>"), "the first referrer stays");
        (await It.ReferralsAsync(_bot, "r & <x>", default)).Should().Be(1);
    }

    [Fact]
    public async Task Who_blocked_the_bot_is_not_reached_and_not_announced_to()
    {
        var ben = Backends.NewUser();
        foreach (var user in new[] { _ana, ben })
        {
            await RegisterAsync(user);
            await It.SaveChatAsync(_bot, new BotChat(user, user + 1, null, false, null, null), default);
        }
        await It.BlockAsync(_bot, ben, default);
        (await It.ReachableAsync(_bot, [_ana, ben, 1], default)).Should().BeEquivalentTo(new Dictionary<long, long> { [_ana] = _ana + 1 });
        (await It.AudienceAsync(_bot, default)).Should().Be(new BotAudience(2, 1));
        (await It.AnnounceAsync(_bot, "hello <b>", default)).Should().Be(1);
        (await Core<IUserEvents>().ReadAsync(_ana, 0, 10, default)).Should().ContainSingle(e => e.Kind == "announcement" && e.Payload.Contains("hello"));
        (await Core<IUserEvents>().ReadAsync(ben, 0, 10, default)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_confirmation_is_granted_once_to_its_user_on_its_message()
    {
        await RegisterAsync(_ana);
        var offer = new BotConfirmation("n-" + _ana, _ana, "order", """{"amountUsd":"12.5"}""", TimeProvider.System.GetUtcNow().AddSeconds(60));
        await It.OfferAsync(_bot, offer, default);
        (await It.UseAsync(_bot, _ana, offer.Nonce, 9, 1, default)).Should().Be(new BotUse(BotUseOutcome.Unknown, null), "no message shows it yet");
        await It.AttachAsync(_bot, _ana, offer.Nonce, 9, default);
        (await It.UseAsync(_bot, _ana, offer.Nonce, 8, 1, default)).Outcome.Should().Be(BotUseOutcome.Unknown);
        var granted = await It.UseAsync(_bot, _ana, offer.Nonce, 9, 1, default);
        granted.Outcome.Should().Be(BotUseOutcome.Granted);
        granted.Confirmation.Should().BeEquivalentTo(offer, o => o.Excluding(c => c.ExpiresAt));
        granted.Confirmation!.ExpiresAt.Should().BeCloseTo(offer.ExpiresAt, TimeSpan.FromMilliseconds(1));
        (await It.UseAsync(_bot, _ana, offer.Nonce, 9, 2, default)).Outcome.Should().Be(BotUseOutcome.Spent);
        (await It.UseAsync(_bot, _ana, offer.Nonce, 9, 1, default)).Outcome.Should().Be(BotUseOutcome.Granted, "the press that was granted may ask again");
    }

    [Fact]
    public async Task A_confirmation_that_is_too_old_says_so()
    {
        await RegisterAsync(_ana);
        await It.OfferAsync(_bot, new BotConfirmation("old-" + _ana, _ana, "order", "{}", TimeProvider.System.GetUtcNow().AddSeconds(-1)), default);
        await It.AttachAsync(_bot, _ana, "old-" + _ana, 9, default);
        (await It.UseAsync(_bot, _ana, "old-" + _ana, 9, 1, default)).Outcome.Should().Be(BotUseOutcome.Expired);
    }

    private Task RegisterAsync(long user) => Core<IAccounts>().RegisterAsync(user, null, default);
}

[Collection(nameof(Backends))]
public sealed class BotStateInProcessTests(Backends backends) : BotStateContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class BotStateOverHttpTests(Backends backends) : BotStateContract(backends, overHttp: true);

public abstract class EventDeliveryContract(Backends backends, bool overHttp) : Contract<IEventDelivery>(backends, overHttp)
{
    [Fact]
    public async Task What_was_claimed_comes_back_until_it_is_acknowledged()
    {
        var ana = await TellAsync();
        var first = (await MineAsync(ana, TimeSpan.Zero)).Should().ContainSingle(e => e.Kind == "news" && e.At > DateTimeOffset.UnixEpoch).Subject;
        JsonDocument.Parse(first.Payload).RootElement.GetProperty("text").GetString().Should().Be("ü & <b>");
        var again = (await MineAsync(ana, TimeSpan.FromMinutes(1))).Should().ContainSingle("the first claim was for no time").Subject;
        (await MineAsync(ana, TimeSpan.FromMinutes(1))).Should().BeEmpty("it is claimed");
        await It.ProlongAsync([again.Sequence], TimeSpan.Zero, default);
        (await MineAsync(ana, TimeSpan.Zero)).Should().ContainSingle("it was given back");
        await It.ProlongAsync([again.Sequence], TimeSpan.FromMinutes(1), default);
        (await MineAsync(ana, TimeSpan.FromMinutes(1))).Should().BeEmpty("it is kept for longer");
        await It.AcknowledgeAsync([again.Sequence], default);
        (await MineAsync(ana, TimeSpan.Zero)).Should().BeEmpty();
    }

    [Fact]
    public async Task Who_waits_is_woken_before_the_time()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await It.WaitAsync(TimeSpan.FromMilliseconds(1), deadline.Token); // a time-out is no error
        var told = TellEverySecondAsync(deadline.Token);
        await It.WaitAsync(TimeSpan.FromMinutes(5), deadline.Token);
        deadline.IsCancellationRequested.Should().BeFalse();
        await deadline.CancelAsync();
        await told;
    }

    // again and again: the stream of the client may just be opening
    private async Task TellEverySecondAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            do
                Core<IUserEvents>().Notify();
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException)
        {
            // heard
        }
    }

    private async Task<long> TellAsync()
    {
        var ana = Backends.NewUser();
        await Core<IAccounts>().RegisterAsync(ana, null, default);
        await Core<UserScope>().WriteAsync(ana, (db, ct) =>
        {
            Core<IUserEvents>().Append(db, ana, "news", new { text = "ü & <b>" });
            return db.SaveChangesAsync(ct);
        }, default);
        return ana;
    }

    private async Task<List<UserEvent>> MineAsync(long ana, TimeSpan lease) => [.. (await It.ClaimAsync(500, lease, default)).Where(e => e.UserId == ana)];
}

[Collection(nameof(Backends))]
public sealed class EventDeliveryInProcessTests(Backends backends) : EventDeliveryContract(backends, overHttp: false);

[Collection(nameof(Backends))]
public sealed class EventDeliveryOverHttpTests(Backends backends) : EventDeliveryContract(backends, overHttp: true);
