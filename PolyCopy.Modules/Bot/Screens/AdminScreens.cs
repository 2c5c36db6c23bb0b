using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>The operator's commands, in the chats of Bot:Admins only: users, pause and resume for everybody, broadcast with a count first.</summary>
internal sealed class AdminScreens(IAccounts accounts, ITrading trading, IBotState state, BotSession session, Ui ui) : IScreens
{
    private const string Broadcast = "broadcast";
    private const int Rows = 20;

    public void Map(Routes routes)
    {
        routes.On("a_users", UsersAsync, "users", forAdmins: true);
        routes.Command("pause", (turn, words, ct) => PauseAsync(turn, true, string.Join(' ', words.Values ?? []), ct), forAdmins: true);
        routes.On("a_resume", (turn, _, ct) => PauseAsync(turn, false, "", ct), "resume", forAdmins: true);
        routes.Command(Broadcast, BroadcastAsync, forAdmins: true);
        routes.Confirmed(Broadcast, SendAsync, (turn, _, text, ct) => ReviewAsync(turn, text, ct));
    }

    private async Task<View?> UsersAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var page = await accounts.ListAsync(Rows, arguments[0].Length == 0 ? null : arguments[0], ct);
        var audience = await state.AudienceAsync(session.BotId, ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "admin.users", ct), Html.Empty, words["admin.audience", audience.Chats, audience.Blocked], Html.Empty };
        lines.AddRange(page.Items.Select(u => words["admin.user", u.Id, Html.Foreign(u.Username, 40), words.When(u.CreatedAt, turn.Zone)]));
        var rows = new List<IReadOnlyList<Button>>();
        if (page.NextCursor is { } next)
            rows.Add([Ui.Go(turn, "nav.next", "a_users", next)]);
        rows.Add(Ui.HomeRow(turn));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> PauseAsync(Turn turn, bool paused, string reason, CancellationToken ct)
    {
        if (turn.IsOld)
            return await ui.NoticeAsync(turn, "admin.old", ct);
        await trading.PauseAsync(null, paused, reason.Length == 0 ? turn.Words.Label("admin.no_reason") : ForeignText.Clean(reason), $"telegram:{turn.UserId}", ct);
        return await ui.NoticeAsync(turn, paused ? "admin.paused" : "admin.resumed", ct, paused ? [Ui.Go(turn, "nav.go_on", "a_resume")] : []);
    }

    private async Task<View?> BroadcastAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var text = string.Join(' ', arguments.Values ?? []);
        return text.Length == 0 ? await ui.NoticeAsync(turn, "admin.broadcast_how", ct) : await ReviewAsync(turn, text, ct);
    }

    private async Task<View?> ReviewAsync(Turn turn, string text, CancellationToken ct)
    {
        var audience = await state.AudienceAsync(session.BotId, ct);
        var nonce = await turn.OfferAsync(Broadcast, text, ct);
        return new View(
            Ui.Lines(await ui.HeadAsync(turn, "admin.broadcast", ct), Html.Empty, turn.Words["admin.broadcast_count", audience.Chats - audience.Blocked], Html.Empty, Html.Foreign(text, 1_500)),
            [[new Button(turn.Words.Label("admin.send"), Actions.Data(Actions.Confirm, nonce), Tone.Main)], Ui.HomeRow(turn)], Nonce: nonce);
    }

    private async Task<View?> SendAsync(Turn turn, string nonce, string text, CancellationToken ct)
    {
        var told = await state.AnnounceAsync(session.BotId, text, ct);
        return new View(Ui.Lines(await ui.HeadAsync(turn, "admin.broadcast", ct), Html.Empty, turn.Words["admin.broadcast_sent", told]), [Ui.HomeRow(turn)]);
    }
}
