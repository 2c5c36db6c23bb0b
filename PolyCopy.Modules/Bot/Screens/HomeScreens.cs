using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Alerts;
using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>Start, home, help, status, stop.</summary>
internal sealed class HomeScreens(IPositions positions, ITrading trading, IExits exits, IBotState state, ICoreStatus core, AlertPump alerts, Courier courier, BotSession session, Ui ui) : IScreens
{
    private Routes _routes = null!;

    /// <summary>The code of a user's own referral link.</summary>
    public static string ReferralCode(long userId)
    {
        const string digits = "0123456789abcdefghijklmnopqrstuvwxyz";
        var code = "";
        for (var rest = userId; rest > 0; rest /= 36)
            code = digits[(int)(rest % 36)] + code;
        return code;
    }

    public void Map(Routes routes)
    {
        _routes = routes;
        routes.Command("start", StartAsync);
        routes.On("home", (turn, _, ct) => HomeAsync(turn, false, ct), "home");
        routes.On("help", HelpAsync, "help");
        routes.On("status", StatusAsync, "status");
        routes.On("stop", StopAsync, "stop");
        routes.On("go_on", GoOnAsync);
        routes.Answer("secret", async (turn, _, _, ct) => await ui.NoticeAsync(turn, "secret.removed", ct));
    }

    private async Task<View?> StartAsync(Turn turn, Arguments arguments, CancellationToken ct) => arguments[0] switch
    {
        ['m', '_', .. { Length: > 0 } market] => await _routes.Button("mkt", turn.IsAdmin)!(turn, new Arguments([market]), ct),
        ['c', '_', .. { Length: > 0 } share] => await _routes.Button("fw_shared", turn.IsAdmin)!(turn, new Arguments([share]), ct),
        _ => await HomeAsync(turn, true, ct),
    };

    private async Task<View?> HomeAsync(Turn turn, bool isWelcome, CancellationToken ct)
    {
        var words = turn.Words;
        var portfolio = await positions.PortfolioAsync(turn.UserId, ct);
        var paused = await trading.PausedAsync(turn.UserId, ct);
        var feed = await core.FeedAsync(ct);
        var lines = new List<Html> { await ui.HeadAsync(turn, "home.title", ct), Html.Empty };
        if (isWelcome)
            lines.AddRange([words["home.welcome"], Html.Empty]);
        lines.AddRange(
        [
            words["home.positions", words.Money(portfolio.PositionsValue)],
            words["home.cash", words.Money(portfolio.Cash.ToDecimal())],
            words["home.reserved", words.Money(portfolio.Reserved.ToDecimal())],
            words["home.net_worth", words.Money(portfolio.NetWorth)],
        ]);
        if (paused is not null)
            lines.AddRange([Html.Empty, words["home.paused", paused]]);
        if (feed.Reason is { } reason)
            lines.AddRange([Html.Empty, words["home.feed", words.Say(feed.ReasonSaid, reason)]]);
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        return new View(Ui.Lines(lines),
        [
            [Ui.Go(turn, "nav.markets", "mkts"), Ui.Go(turn, "nav.positions", "pos_list")],
            [Ui.Go(turn, "nav.leaders", "leaders"), Ui.Go(turn, "nav.follows", "fols")],
            [Ui.Go(turn, "nav.orders", "orders"), Ui.Go(turn, "nav.history", "hist")],
            [Ui.Go(turn, "nav.exit_log", "exit_log"), Ui.Go(turn, "nav.settings", "set")],
            [Ui.Go(turn, "nav.help", "help"), Ui.Go(turn, "nav.refresh", "home")],
        ]);
    }

    private async Task<View?> HelpAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var code = ReferralCode(turn.UserId);
        var lines = new List<Html> { await ui.HeadAsync(turn, "help.title", ct), Html.Empty, words["help.text"] };
        if (session.Username is { } name)
            lines.AddRange([Html.Empty, words["help.referral", Html.Of($"https://t.me/{name}?start=r_{code}"), await state.ReferralsAsync(session.BotId, code, ct)]]);
        return new View(Ui.Lines(lines), [[Ui.Go(turn, "nav.status", "status"), Ui.Go(turn, "nav.settings", "set")], Ui.HomeRow(turn)]);
    }

    private async Task<View?> StatusAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        var feed = await core.FeedAsync(ct);
        var paused = await trading.PausedAsync(turn.UserId, ct);
        var latencies = (await exits.ListAsync(turn.UserId, null, 100, null, ct)).Items.Where(e => e.TickToSubmitMs is not null).Select(e => e.TickToSubmitMs!.Value).Order().ToList();
        var lines = new List<Html>
        {
            await ui.HeadAsync(turn, "status.title", ct),
            Html.Empty,
            words["status.feed", words.Has("feed." + feed.WebSocketManager) ? words["feed." + feed.WebSocketManager] : feed.WebSocketManager, feed.ActiveSubscriptions, feed.Streamer.WebSocket.Tokens],
        };
        if (feed.Reason is { } reason)
            lines.Add(words["status.reason", words.Say(feed.ReasonSaid, reason)]);
        lines.Add(feed.Streamer.Unprotected == 0 ? words["status.protected"] : words["status.unprotected", feed.Streamer.Unprotected]);
        lines.Add(paused is null ? words["status.trading_on"] : words["status.trading_off", paused]);
        if (latencies.Count > 0)
            lines.Add(words["status.latency", latencies.Count, Milliseconds(latencies, 0.5), Milliseconds(latencies, 0.99)]);
        lines.Add(words["status.outbound", courier.Waiting, alerts.Held]);
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        return new View(Ui.Lines(lines),
        [
            [paused is null ? Ui.Go(turn, "nav.stop", "stop") : Ui.Go(turn, "nav.go_on", "go_on"), Ui.Go(turn, "nav.refresh", "status")],
            Ui.HomeRow(turn),
        ]);

        string Milliseconds(List<decimal> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))].ToString("0.#", words.Culture);
    }

    /// <summary>Stopping is always safe, so it asks nothing; exits and closing go on.</summary>
    private async Task<View?> StopAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        if (turn.IsOld)
            return await StatusAsync(turn, arguments, ct);
        await trading.PauseAsync(turn.UserId, true, turn.Words.Label("stop.reason"), $"telegram:{turn.UserId}", ct);
        return new View(Ui.Lines(await ui.HeadAsync(turn, "stop.title", ct), Html.Empty, turn.Words["stop.text"]), [[Ui.Go(turn, "nav.go_on", "go_on"), Ui.Go(turn, "nav.positions", "pos_list")], Ui.HomeRow(turn)]);
    }

    private async Task<View?> GoOnAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        await trading.PauseAsync(turn.UserId, false, turn.Words.Label("stop.resumed"), $"telegram:{turn.UserId}", ct);
        return await HomeAsync(turn, false, ct);
    }
}
