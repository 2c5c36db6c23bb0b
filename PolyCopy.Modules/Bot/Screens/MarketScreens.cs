using PolyCopy.Modules.Bot.Chats;
using PolyCopy.Modules.Bot.Pictures;
using PolyCopy.Modules.Bot.Text;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Bot.Screens;

/// <summary>Browsing, searching, pasted links, the card of a market, its chart and book.</summary>
internal sealed class MarketScreens(IMarketBrowser catalog, IMarketBooks data, IPositions positions, ICoreStatus core, Ui ui) : IScreens
{
    private const int Rows = 6;
    private const int Levels = 6;
    private const int MostOutcomes = 4;
    private static readonly string[] Categories = ["Politics", "Sports", "Crypto", "Economy", "Culture", "Science", "Tech", "World"];
    private static readonly (string Interval, int Minutes)[] Spans = [("6h", 5), ("1d", 15), ("1w", 60), ("max", 720)];

    public void Map(Routes routes)
    {
        routes.On("mkts", BrowseAsync);
        routes.Command("markets", (turn, words, ct) => SearchAsync(turn, "", string.Join(' ', words.Values ?? []), ct));
        routes.On("cats", CategoriesAsync);
        routes.On("cat", (turn, a, ct) => ListAsync(turn, new Listing(null, a[0], [""]), 0, ct));
        routes.On("find", AskAsync);
        routes.On("mkt", CardAsync);
        routes.On("chart", ChartAsync);
        routes.On("book", BookAsync);
        routes.On("rules", RulesAsync);
        routes.Answer("search", SearchAsync);
        routes.Answer("link", LinkAsync);
    }

    private Task<View?> BrowseAsync(Turn turn, Arguments arguments, CancellationToken ct) => arguments[0].Length == 0 || turn.Memory.Listing is not { } listing
        ? ListAsync(turn, new Listing(null, null, [""]), 0, ct)
        : ListAsync(turn, listing, arguments.Int(0), ct);

    private async Task<View?> AskAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        turn.Memory = turn.Memory with { Asking = new Question("search") };
        return new View(Ui.Lines(await ui.HeadAsync(turn, "markets.title", ct), Html.Empty, turn.Words["markets.ask"]), [Ui.HomeRow(turn, Ui.Go(turn, "nav.markets", "mkts"))]);
    }

    private Task<View?> SearchAsync(Turn turn, string subject, string text, CancellationToken ct)
    {
        var search = ForeignText.Clean(text, 100);
        return ListAsync(turn, new Listing(search.Length == 0 ? null : search, null, [""]), 0, ct);
    }

    private async Task<View?> CategoriesAsync(Turn turn, Arguments arguments, CancellationToken ct) => new View(
        Ui.Lines(await ui.HeadAsync(turn, "markets.title", ct), Html.Empty, turn.Words["markets.categories"]),
        [.. Categories.Chunk(2).Select(pair => pair.Select(c => new Button(turn.Words.Label("category." + c.ToLowerInvariant()), Actions.Data("cat", c))).ToArray()), Ui.HomeRow(turn, Ui.Go(turn, "nav.markets", "mkts"))]);

    private async Task<View?> LinkAsync(Turn turn, string subject, string text, CancellationToken ct)
    {
        var link = MarketLink.Find(text)!;
        if (link.MarketSlug is { } slug)
            return await catalog.FindAsync(slug, ct) is { } market ? await CardAsync(turn, market, ct) : await ui.NoticeAsync(turn, "market.unknown", ct, Ui.Go(turn, "nav.markets", "mkts"));
        // an event of one market has the market's slug; one of several is found by its words
        if (await catalog.FindAsync(link.EventSlug!, ct) is { } only)
            return await CardAsync(turn, only, ct);
        return await ListAsync(turn, new Listing(link.EventSlug!.Replace('-', ' '), null, [""]), 0, ct, m => m.EventSlug == link.EventSlug);
    }

    private async Task<View?> ListAsync(Turn turn, Listing listing, int page, CancellationToken ct, Func<Market, bool>? only = null)
    {
        var words = turn.Words;
        page = Math.Clamp(page, 0, listing.Cursors.Count - 1);
        var cursor = listing.Cursors[page];
        var found = await catalog.ListAsync(listing.Search, listing.Category, only is null ? Rows : 50, cursor.Length == 0 ? null : cursor, ct);
        var items = only is null ? found.Items : found.Items.Where(only).Take(Rows).ToList();
        if (items.Count == 0 && only is not null)
            items = [.. found.Items.Take(Rows)];
        var next = only is null ? found.NextCursor : null;
        turn.Memory = turn.Memory with { Listing = listing with { Cursors = next is null ? [.. listing.Cursors.Take(page + 1)] : [.. listing.Cursors.Take(page + 1), next] } };
        var title = listing.Search is { } search ? words["markets.found", search] : listing.Category is { } category ? words["markets.category", words.Has("category." + category.ToLowerInvariant()) ? words["category." + category.ToLowerInvariant()] : Html.Foreign(category, 30)] : words["markets.title"];
        var lines = new List<Html> { await ui.HeadAsync(turn, title, ct), Html.Empty };
        if (items.Count == 0)
            lines.Add(words["markets.none"]);
        lines.AddRange(items.Select((m, i) => words["markets.row", (page * Rows) + i + 1, Ui.Title(m), Prices(words, m), words.Rough(m.Volume24h)]));
        var rows = new List<Button[]>();
        rows.AddRange(items.Select((m, i) => new[] { new Button($"{(page * Rows) + i + 1}. {Ui.Label(m.Question, 48)}", Actions.Data("mkt", m.Id)) }));
        var turnPage = new List<Button>();
        if (page > 0)
            turnPage.Add(Ui.Go(turn, "nav.previous", "mkts", page - 1));
        if (next is not null)
            turnPage.Add(Ui.Go(turn, "nav.next", "mkts", page + 1));
        if (turnPage.Count > 0)
            rows.Add([.. turnPage]);
        rows.Add([Ui.Go(turn, "nav.search", "find"), Ui.Go(turn, "nav.categories", "cats")]);
        rows.Add(Ui.HomeRow(turn));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> CardAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var key = arguments[0];
        if (key.Length is 0 or > 200 || await catalog.FindAsync(key, ct) is not { } market)
            return await ui.NoticeAsync(turn, "market.unknown", ct, Ui.Go(turn, "nav.markets", "mkts"));
        return await CardAsync(turn, market, ct);
    }

    private async Task<View> CardAsync(Turn turn, Market market, CancellationToken ct)
    {
        var words = turn.Words;
        catalog.Viewed(market.Id);
        var shown = Math.Min(market.Outcomes.Count, MostOutcomes);
        var books = await Task.WhenAll(Enumerable.Range(0, market.IsTradable ? shown : 0).Select(i => BookOrNullAsync(market.Tokens[i], ct)));
        var held = (await positions.ListAsync(turn.UserId, "active", 200, null, ct)).Items.Where(p => p.MarketId == market.Id).ToList();
        var lines = new List<Html> { await ui.HeadAsync(turn, Ui.Title(market), ct), Html.Empty };
        for (var i = 0; i < shown; i++)
            lines.Add(books.Length > i && books[i] is { } book ? Quote(words, Ui.Outcome(market, i), book) : words["market.outcome_price", Ui.Outcome(market, i), words.Cents(i < market.Prices.Count ? market.Prices[i] : 0)]);
        lines.Add(Html.Empty);
        lines.Add(words["market.volume", words.Rough(market.Volume24h), words.Rough(market.Liquidity)]);
        if (market.EndDate is { } end)
            lines.Add(words["market.ends", words.When(end, turn.Zone, withYear: true)]);
        lines.Add(State(words, market));
        lines.AddRange(held.Select(p => words["market.held", words.Count(p.Size.ToDecimal()), Html.Foreign(p.Outcome, 40), words.Gain(p.PnlAmount), words.Percent(p.PnlPercentage)]));
        lines.AddRange([Html.Empty, ui.Updated(turn)]);
        var rows = new List<Button[]>();
        if (market.IsTradable)
            rows.AddRange(Enumerable.Range(0, shown).Select(i => new Button(words.Label("market.buy", Ui.Label(market.Outcomes[i], 20), Ask(words, books[i])), Actions.Data("buy", market.Id, i), i == 0 ? Tone.Good : Tone.Bad)).Chunk(2));
        rows.AddRange(held.Take(3).Select(p => new[] { new Button(words.Label("market.position", Ui.Label(p.Outcome, 20)), Actions.Data("pos", p.Id)) }));
        rows.Add([Ui.Go(turn, "nav.chart", "chart", market.Id, 0, "1d"), Ui.Go(turn, "nav.book", "book", market.Id, 0), Ui.Go(turn, "nav.rules", "rules", market.Id)]);
        if (MarketLink.IsSlug(market.Slug) && await core.ProfileAsync(ct) != Profile.Demo) // the demo's markets are nowhere else
            rows.Add([new Button(words.Label("nav.open"), "", Url: MarketLink.IsSlug(market.EventSlug) ? $"https://polymarket.com/event/{market.EventSlug}/{market.Slug}" : $"https://polymarket.com/market/{market.Slug}")]);
        rows.Add([Ui.Go(turn, "nav.refresh", "mkt", market.Id), Ui.Go(turn, "nav.markets", "mkts", 0)]);
        rows.Add(Ui.HomeRow(turn));
        return new View(Ui.Lines(lines), rows);
    }

    private async Task<View?> ChartAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (await catalog.FindAsync(arguments[0], ct) is not { } market || arguments.Int(1) is var index && (index < 0 || index >= market.Tokens.Count))
            return await ui.NoticeAsync(turn, "market.unknown", ct, Ui.Go(turn, "nav.markets", "mkts"));
        var span = Spans.FirstOrDefault(s => s.Interval == arguments[2]) is { Interval: not null } chosen ? chosen : Spans[1];
        var points = await data.HistoryAsync(market.Tokens[index], span.Interval, span.Minutes, ct);
        if (points.Count < 2)
            return await ui.NoticeAsync(turn, "market.no_history", ct, Ui.Go(turn, "nav.back", "mkt", market.Id));
        var (first, last) = (points[0].Price, points[^1].Price);
        var (low, high) = (points.Min(p => p.Price), points.Max(p => p.Price));
        var picture = Picture.History(market.Question, market.Outcomes[index], points, (await core.ProfileAsync(ct)).ToString().ToUpperInvariant(), words, turn.Zone);
        var caption = Ui.Lines(await ui.HeadAsync(turn, Ui.Title(market), ct), words["chart.caption", Ui.Outcome(market, index), words.Cents(last), words.Cents(first), words.Cents(low), words.Cents(high)], ui.Updated(turn));
        var rows = new List<Button[]> { Spans.Select(s => new Button((s == span ? "• " : "") + words.Label("span." + s.Interval), Actions.Data("chart", market.Id, index, s.Interval))).ToArray() };
        if (market.Tokens.Count > 1)
            rows.Add([new Button(Ui.Label(market.Outcomes[(index + 1) % market.Tokens.Count], 30), Actions.Data("chart", market.Id, (index + 1) % market.Tokens.Count, span.Interval))]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "mkt", market.Id)));
        return new View(caption, rows, picture);
    }

    private async Task<View?> BookAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (await catalog.FindAsync(arguments[0], ct) is not { } market || arguments.Int(1) is var index && (index < 0 || index >= market.Tokens.Count))
            return await ui.NoticeAsync(turn, "market.unknown", ct, Ui.Go(turn, "nav.markets", "mkts"));
        if (await data.BookAsync(market.Tokens[index], ct) is not { } book)
            return await ui.NoticeAsync(turn, "market.no_book", ct, Ui.Go(turn, "nav.back", "mkt", market.Id));
        var table = new List<string>();
        table.AddRange(book.Asks.Take(Levels).Reverse().Select(l => Row("▼", l)));
        table.Add("  ─────────────────");
        table.AddRange(book.Bids.Take(Levels).Select(l => Row("▲", l)));
        var text = Ui.Lines(await ui.HeadAsync(turn, Ui.Title(market), ct), Html.Empty, words["book.of", Ui.Outcome(market, index)], new Html("<pre>") + Html.Of(string.Join('\n', table)) + new Html("</pre>"), ui.Updated(turn));
        var rows = new List<Button[]>();
        if (market.Tokens.Count > 1)
            rows.Add([new Button(Ui.Label(market.Outcomes[(index + 1) % market.Tokens.Count], 30), Actions.Data("book", market.Id, (index + 1) % market.Tokens.Count)), Ui.Go(turn, "nav.refresh", "book", market.Id, index)]);
        rows.Add(Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "mkt", market.Id)));
        return new View(text, rows);

        string Row(string side, Level level) => $"{side} {(level.Price.ToDecimal() * 100).ToString("0.0#", words.Culture),6}¢ {level.Size.ToDecimal().ToString("0.##", words.Culture),12}";
    }

    /// <summary>How the market is decided, in the venue's words.</summary>
    private async Task<View?> RulesAsync(Turn turn, Arguments arguments, CancellationToken ct)
    {
        var words = turn.Words;
        if (await catalog.FindAsync(arguments[0], ct) is not { } market)
            return await ui.NoticeAsync(turn, "market.unknown", ct, Ui.Go(turn, "nav.markets", "mkts"));
        var text = market.Description is { Length: > 0 } description ? Html.Foreign(description, 2_500) : words["market.no_rules"];
        return new View(Ui.Lines(await ui.HeadAsync(turn, Ui.Title(market), ct), Html.Empty, State(words, market), Html.Empty, text), [Ui.HomeRow(turn, Ui.Go(turn, "nav.back", "mkt", market.Id))]);
    }

    private async Task<BookSnapshot?> BookOrNullAsync(TokenId token, CancellationToken ct)
    {
        try
        {
            return await data.BookAsync(token, ct);
        }
        catch (VenueException)
        {
            return null; // the card shows the last known price instead
        }
    }

    private static Html Quote(Words words, Html outcome, BookSnapshot book)
    {
        if (book is not { Bids: [var bid, ..], Asks: [var ask, ..] })
            return words["market.one_sided", outcome, book.Bids.Count > 0 ? words.Cents(book.Bids[0].Price.ToDecimal()) : Html.Of("–"), book.Asks.Count > 0 ? words.Cents(book.Asks[0].Price.ToDecimal()) : Html.Of("–")];
        const int near = 500; // 5 cents
        var toBuy = book.Asks.TakeWhile(l => l.Price.TenThousandths <= ask.Price.TenThousandths + near).Sum(l => l.Price.ToDecimal() * l.Size.ToDecimal());
        var toSell = book.Bids.TakeWhile(l => l.Price.TenThousandths >= bid.Price.TenThousandths - near).Sum(l => l.Price.ToDecimal() * l.Size.ToDecimal());
        return words["market.quote", outcome, words.Cents(bid.Price.ToDecimal()), words.Cents(ask.Price.ToDecimal()), words.Cents(ask.Price.ToDecimal() - bid.Price.ToDecimal()), words.Rough(toSell), words.Rough(toBuy)];
    }

    private static Html State(Words words, Market market) => market switch
    {
        { Payouts: { } payouts } => words["market.resolved", string.Join(", ", market.Outcomes.Zip(payouts, (o, p) => $"{o} {p:0.##}"))],
        { ResolutionStatus: { } status } => words["market.resolving", words.Has("resolution." + status) ? words["resolution." + status] : Html.Foreign(status, 30)],
        { IsTradable: true } => words["market.open"],
        _ => words["market.closed"],
    };

    private static string Ask(Words words, BookSnapshot? book) => book is { Asks: [var ask, ..] } ? Html.Plain(words.Cents(ask.Price.ToDecimal()).Value) : "–";

    private static Html Prices(Words words, Market market) => Html.Join(" · ", market.Outcomes.Take(2).Select((o, i) => Html.Foreign(o, 24) + Html.Of(" ") + words.Cents(i < market.Prices.Count ? market.Prices[i] : 0)));
}
