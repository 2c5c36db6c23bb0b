using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>What all screens have in common.</summary>
internal sealed class Ui(ICoreStatus core, TimeProvider clock)
{
    /// <summary>The title with the profile beside it: no screen is without DEMO, PAPER or LIVE.</summary>
    public async Task<Html> HeadAsync(Turn turn, Html title, CancellationToken ct) => turn.Words["screen.head", title, await BadgeAsync(turn.Words, ct)];

    public Task<Html> HeadAsync(Turn turn, string titleKey, CancellationToken ct) => HeadAsync(turn, turn.Words[titleKey], ct);

    public async Task<Html> BadgeAsync(Words words, CancellationToken ct) => words["badge." + (await core.ProfileAsync(ct)).ToString().ToLowerInvariant()];

    /// <summary>When the numbers were read; it also makes a refreshed screen differ from the one before.</summary>
    public Html Updated(Turn turn) => turn.Words["screen.updated", TimeZoneInfo.ConvertTime(clock.GetUtcNow(), turn.Zone).ToString("HH:mm:ss", turn.Words.Culture)];

    public static Html Lines(params IEnumerable<Html> lines) => Html.Join("\n", lines);

    public static Button Go(Turn turn, string labelKey, string action, params object[] arguments) => new(turn.Words.Label(labelKey), Actions.Data(action, arguments));

    public static Button[] HomeRow(Turn turn, Button? first = null) => first is null ? [Go(turn, "nav.home", "home")] : [first, Go(turn, "nav.home", "home")];

    /// <summary>A foreign name as a button's label: plain text, one line, short.</summary>
    public static string Label(string? foreign, int most = 40) => ForeignText.Clean(foreign, most);

    /// <summary>What a refusal says: our own sentence in the user's language where there is one, else the core's.</summary>
    public static Html Refusal(Turn turn, Error error) => turn.Words["screen.refused", turn.Words.Say(error)];

    public async Task<View> NoticeAsync(Turn turn, string key, CancellationToken ct, params Button[] buttons) =>
        new(Lines(await HeadAsync(turn, "notice.title", ct), Html.Empty, turn.Words[key]), buttons.Length == 0 ? [HomeRow(turn)] : [buttons, HomeRow(turn)]);

    public async Task<View> RefusedAsync(Turn turn, Error error, CancellationToken ct, params Button[] buttons) =>
        new(Lines(await HeadAsync(turn, "notice.title", ct), Html.Empty, Refusal(turn, error)), buttons.Length == 0 ? [HomeRow(turn)] : [buttons, HomeRow(turn)]);

    /// <summary>A price moved by a percentage, on the market's tick and inside its range.</summary>
    public static Price Snap(decimal price, Price tick)
    {
        var unit = Math.Max(1, tick.TenThousandths);
        var steps = (int)decimal.Round(price * Price.Scale / unit, MidpointRounding.AwayFromZero);
        return new Price(Math.Clamp(steps * unit, unit, Price.Scale - unit));
    }

    public static Html Title(Market market) => Html.Foreign(market.Question, 160);

    public static Html Outcome(Market market, int index) => Html.Foreign(index >= 0 && index < market.Outcomes.Count ? market.Outcomes[index] : "", 40);
}
