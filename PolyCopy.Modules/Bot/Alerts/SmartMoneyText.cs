using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Screens;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;

namespace PolyCopy.Modules.Bot.Alerts;

/// <summary>What smart traders bought and sold, one paragraph for each outcome; its buttons lead to the market and to following the largest of them.</summary>
internal sealed class SmartMoneyText(Words words)
{
    public const string Kind = "smart_money";
    private const int MostRows = 3;

    public Html Of(Alert alert)
    {
        var moves = alert.Parts("moves");
        var text = words["alert.smart_money"] + Html.Join("", moves.Select(m => Html.Of("\n") + Move(m)));
        return alert.Number("more") is > 0 and var more ? text + Html.Of("\n") + words["alert.smart_more", more] : text;
    }

    public IReadOnlyList<IReadOnlyList<Button>>? Keyboard(Alert alert)
    {
        var moves = alert.Parts("moves").Take(MostRows).Select(m => (Market: m.Text("marketId"), Question: m.Text("question"), Trader: m.Parts("traders").FirstOrDefault())).ToList();
        var rows = new List<IReadOnlyList<Button>>();
        foreach (var (market, question, trader) in moves)
        {
            var row = new List<Button>();
            if (market is { Length: > 0 and <= 40 })
                row.Add(new Button(words.Label("nav.market") + (moves.Count > 1 ? " " + Ui.Label(question, 24) : ""), Actions.Data("mkt", market)));
            if (trader is not null && LeaderLink.Address(trader.Text("address")) is { } address)
                row.Add(new Button($"{words.Label("nav.follow")} {Ui.Label(Name(trader), 20)}", Actions.Data("fw", address)));
            if (row.Count > 0)
                rows.Add(row);
        }
        return rows.Count == 0 ? null : rows;
    }

    private Html Move(Alert m)
    {
        var (count, side) = (m.Number("count") ?? 0, m.Text("side") == "SELL" ? "sold" : "bought");
        var names = Html.Join(", ", m.Parts("traders").Select(t => Html.Foreign(Name(t), 24)));
        var (outcome, money, price, question) = (Html.Foreign(m.Text("outcome"), 40), words.Money(m.Number("usd") ?? 0), words.Cents(m.Number("price") ?? 0), Html.Foreign(m.Text("question"), 160));
        return count > 1
            ? words["alert.smart_many_" + side, count, outcome, m.Number("minutes") ?? 0, money, price, question, count > 3 ? names + Html.Of(" …") : names]
            : words["alert.smart_one_" + side, names, outcome, money, price, question];
    }

    private static string Name(Alert trader) => trader.Text("name") is { Length: > 0 } name && LeaderLink.Address(name) is null ? name : LeaderLink.Short(trader.Text("address"));
}
