using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>The CLOB's public reads (facts 2.1). Every answer is made whole under the gate and sent after it.</summary>
internal sealed class PublicRoutes(SimWorld world)
{
    private const string NoBook = "No orderbook exists for the requested token id";
    private const string NotFound = "market not found";
    private const string InvalidToken = "Invalid token id";
    private const string InvalidPayload = "Invalid payload";
    private const int MaxTokens = 500;
    private const int PageSize = 1000;
    private const string LastPage = "LTE=";

    private delegate void WriteToken(Utf8JsonWriter json, MarketState market, int tokenIndex);

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<PublicRoutes>();
        var clob = app.MapGroup("/clob");
        clob.MapGet("/", context => Send(context, "\"OK\""));
        clob.MapGet("/ok", context => Send(context, "\"OK\""));
        clob.MapGet("/time", context => Send(context, Wire.Text(routes.Now.ToUnixTimeSeconds())));
        clob.MapGet("/version", context => Send(context, """{"version":2}"""));

        clob.MapGet("/book", routes.BookAsync);
        clob.MapPost("/books", context => routes.ManyAsync(context, routes.Books));
        clob.MapGet("/price", routes.PriceAsync);
        clob.MapPost("/prices", context => routes.ManyAsync(context, routes.Prices));
        clob.MapGet("/midpoint", context => routes.OneAsync(context, needsBook: true, (json, market, i) => json.WriteString("mid"u8, Quotes.MidText(market, i))));
        clob.MapPost("/midpoints", context => routes.ManyAsync(context, asked => routes.Strings(asked, Quotes.MidText)));
        clob.MapGet("/spread", context => routes.OneAsync(context, needsBook: true, (json, market, i) => json.WriteString("spread"u8, Quotes.SpreadText(market, i))));
        clob.MapPost("/spreads", context => routes.ManyAsync(context, asked => routes.Strings(asked, Quotes.SpreadText)));
        clob.MapGet("/last-trade-price", context => routes.OneAsync(context, needsBook: false, WriteLastTrade));
        clob.MapPost("/last-trades-prices", context => routes.ManyAsync(context, routes.LastTrades));
        foreach (var path in (string[])["/books", "/prices", "/midpoints"])
            clob.MapGet(path, context => Reply.Error(context, StatusCodes.Status400BadRequest, InvalidPayload));

        clob.MapGet("/tick-size", context => routes.OneAsync(context, needsBook: false, (json, market, _) => json.WriteNumber("minimum_tick_size"u8, market.Tick.ToDecimal())));
        clob.MapGet("/tick-size/{token}", context => routes.OneAsync(context, needsBook: false, (json, market, _) => json.WriteNumber("minimum_tick_size"u8, market.Tick.ToDecimal())));
        clob.MapGet("/neg-risk", context => routes.OneAsync(context, needsBook: false, (json, market, _) => json.WriteBoolean("neg_risk"u8, market.Market.NegRisk)));
        clob.MapGet("/neg-risk/{token}", context => routes.OneAsync(context, needsBook: false, (json, market, _) => json.WriteBoolean("neg_risk"u8, market.Market.NegRisk)));
        clob.MapGet("/fee-rate", context => routes.OneAsync(context, needsBook: false, (json, market, _) => json.WriteNumber("base_fee"u8, MarketJson.LegacyFee(market.Market)), "fee rate not found for market"));
        clob.MapGet("/fee-rate/{token}", context => routes.OneAsync(context, needsBook: false, (json, market, _) => json.WriteNumber("base_fee"u8, MarketJson.LegacyFee(market.Market)), "fee rate not found for market"));
        clob.MapGet("/fees/builder-fees/{code}", context => Send(context, """{"builder_maker_fee_rate_bps":0,"builder_taker_fee_rate_bps":0}"""));

        clob.MapGet("/prices-history", routes.HistoryAsync);
        clob.MapPost("/batch-prices-history", routes.HistoriesAsync);

        clob.MapGet("/markets", context => routes.PageAsync(context, _ => true, MarketJson.Full));
        clob.MapGet("/simplified-markets", context => routes.PageAsync(context, _ => true, MarketJson.Simplified));
        clob.MapGet("/sampling-markets", context => routes.PageAsync(context, MarketJson.IsSampling, MarketJson.Full));
        clob.MapGet("/sampling-simplified-markets", context => routes.PageAsync(context, MarketJson.IsSampling, MarketJson.Simplified));
        clob.MapGet("/markets/{condition}", context => routes.MarketAsync(context, MarketJson.Full));
        clob.MapGet("/clob-markets/{condition}", context => routes.MarketAsync(context, MarketJson.Compact));
        clob.MapGet("/markets-by-token/{token}", context => routes.OneAsync(context, needsBook: false, WriteTokens, NotFound));
    }

    private Task BookAsync(HttpContext context) => AnswerAsync(context, () =>
        Asked(PublicRequest.Token(context), needsBook: true, NoBook, out var found) ?? Text(found.Market, found.TokenIndex));

    private Task OneAsync(HttpContext context, bool needsBook, WriteToken write, string notFound = NoBook) => AnswerAsync(context, () =>
        Asked(PublicRequest.Token(context), needsBook, notFound, out var found) ?? Answer.Object(json => write(json, found.Market, found.TokenIndex)));

    /// <summary>The side of the book, not what one would pay: BUY is the best bid.</summary>
    private Task PriceAsync(HttpContext context)
    {
        var side = context.Request.Query["side"].ToString().ToUpperInvariant();
        return side is "BUY" or "SELL"
            ? OneAsync(context, needsBook: true, (json, market, i) => json.WriteString("price"u8, side == "BUY" ? Quotes.BidText(market, i) : Quotes.AskText(market, i)))
            : Reply.Error(context, StatusCodes.Status400BadRequest, "Invalid side");
    }

    private static void WriteLastTrade(Utf8JsonWriter json, MarketState market, int tokenIndex)
    {
        var (price, side) = Quotes.LastTrade(market, tokenIndex);
        json.WriteString("price"u8, price);
        json.WriteString("side"u8, side);
    }

    private static void WriteTokens(Utf8JsonWriter json, MarketState market, int tokenIndex)
    {
        var primary = market.Market.PrimaryIsSecond ? 1 : 0;
        json.WriteString("condition_id"u8, market.Market.ConditionId);
        json.WriteString("primary_token_id"u8, market.Market.TokenIds[primary]);
        json.WriteString("secondary_token_id"u8, market.Market.TokenIds[1 - primary]);
    }

    /// <summary>Bodies that ask for many tokens at once; what is unknown or has no book is left out without a word.</summary>
    private async Task ManyAsync(HttpContext context, Func<IReadOnlyList<(string Token, string? Side)>, Answer> answer)
    {
        var asked = await PublicRequest.TokensAsync(context);
        await AnswerAsync(context, () => asked switch
        {
            null => Answer.BadRequest(InvalidPayload),
            { Count: > MaxTokens } => Answer.BadRequest("Payload exceeds the limit"),
            _ => answer(asked),
        });
    }

    /// <summary>In the order of the token ids: the venue's order is not the request's, and clients must not trust it.</summary>
    private Answer Books(IReadOnlyList<(string Token, string? Side)> asked) =>
        $"[{string.Join(',', Known(asked).OrderBy(f => f.Token, StringComparer.Ordinal).DistinctBy(f => f.Token).Select(f => Text(f.Market, f.TokenIndex)))}]";

    private Answer Prices(IReadOnlyList<(string Token, string? Side)> asked) => Answer.Object(json =>
    {
        foreach (var group in Known(asked).GroupBy(f => f.Token))
        {
            json.WriteStartObject(group.Key);
            foreach (var (_, side, market, tokenIndex) in group)
            {
                // Without a side only SELL is answered.
                var buy = side?.Equals("BUY", StringComparison.OrdinalIgnoreCase) ?? false;
                json.WriteString(buy ? "BUY"u8 : "SELL"u8, buy ? Quotes.BidText(market, tokenIndex) : Quotes.AskText(market, tokenIndex));
            }
            json.WriteEndObject();
        }
    });

    private Answer Strings(IReadOnlyList<(string Token, string? Side)> asked, Func<MarketState, int, string> value) => Answer.Object(json =>
    {
        foreach (var (token, _, market, tokenIndex) in Known(asked).DistinctBy(f => f.Token))
            json.WriteString(token, value(market, tokenIndex));
    });

    private Answer LastTrades(IReadOnlyList<(string Token, string? Side)> asked) => Answer.Json(json =>
    {
        json.WriteStartArray();
        foreach (var (token, _, market, tokenIndex) in Known(asked).DistinctBy(f => f.Token))
        {
            json.WriteStartObject();
            WriteLastTrade(json, market, tokenIndex);
            json.WriteString("token_id"u8, token);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private Task HistoryAsync(HttpContext context) => AnswerAsync(context, () =>
    {
        if (Asked(context.Request.Query["market"].ToString(), needsBook: false, NotFound, out var found) is { } unknown)
            return unknown;
        var now = Now;
        if (PriceHistory.Read(name => context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null, now, out var refusal) is not { } history)
            return Answer.BadRequest(refusal);
        return Answer.Object(json =>
        {
            json.WritePropertyName("history"u8);
            history.Write(json, found.Market, found.TokenIndex, now);
        });
    });

    private async Task HistoriesAsync(HttpContext context)
    {
        var body = await PublicRequest.BodyAsync(context);
        await AnswerAsync(context, () =>
        {
            if (body is not { ValueKind: JsonValueKind.Object } query || !query.TryGetProperty("markets", out var tokens) || tokens.ValueKind != JsonValueKind.Array)
                return Answer.BadRequest(InvalidPayload);
            var now = Now;
            if (PriceHistory.Read(name => PublicRequest.Member(query, name) ?? PublicRequest.Member(query, name.Replace("Ts", "_ts")), now, out var refusal) is not { } history)
                return Answer.BadRequest(refusal);
            return Answer.Object(json =>
            {
                json.WriteStartObject("history"u8);
                foreach (var token in tokens.EnumerateArray().Select(t => t.ToString()).Distinct().Take(20))
                {
                    if (world.FindToken(token) is not { } found)
                        continue;
                    json.WritePropertyName(token);
                    history.Write(json, found.Market, found.TokenIndex, now);
                }
                json.WriteEndObject();
            });
        });
    }

    private Task MarketAsync(HttpContext context, Action<Utf8JsonWriter, MarketState> write) => AnswerAsync(context, () =>
    {
        if (world.FindCondition((string)context.Request.RouteValues["condition"]!) is not { } market)
            return Answer.NotFound(NotFound);
        return Answer.Json(json => write(json, market));
    });

    private Task PageAsync(HttpContext context, Func<MarketState, bool> filter, Action<Utf8JsonWriter, MarketState> write) => AnswerAsync(context, () =>
    {
        if (PublicRequest.Offset(context.Request.Query["next_cursor"].ToString()) is not { } from)
            return Answer.BadRequest("Next item should be greater than or equal to 0");
        var all = world.Markets.Where(filter).ToList();
        var page = all.Skip(from).Take(PageSize).ToList();
        return Answer.Object(json =>
        {
            json.WriteNumber("limit"u8, PageSize);
            json.WriteNumber("count"u8, page.Count);
            json.WriteString("next_cursor"u8, from + page.Count >= all.Count ? LastPage : PublicRequest.Cursor(from + page.Count));
            json.WriteStartArray("data"u8);
            foreach (var market in page)
                write(json, market);
            json.WriteEndArray();
        });
    });

    private DateTimeOffset Now => world.Clock.GetUtcNow();

    private static string Text(MarketState market, int tokenIndex) => new BookJson(market, tokenIndex).Text();

    /// <summary>The token's market, or what to answer instead.</summary>
    private Answer? Asked(string token, bool needsBook, string notFound, out (MarketState Market, int TokenIndex) found)
    {
        found = default;
        if (!TokenId.TryParse(token, out _))
            return Answer.BadRequest(InvalidToken);
        if (world.FindToken(token) is not { } known || (needsBook && !known.Market.HasBook))
            return Answer.NotFound(notFound);
        found = known;
        return null;
    }

    private IEnumerable<(string Token, string? Side, MarketState Market, int TokenIndex)> Known(IEnumerable<(string Token, string? Side)> asked)
    {
        foreach (var (token, side) in asked)
        {
            if (world.FindToken(token) is { } found && found.Market.HasBook)
                yield return (token, side, found.Market, found.TokenIndex);
        }
    }

    private Task AnswerAsync(HttpContext context, Func<Answer> make)
    {
        Answer answer;
        lock (world.Gate)
            answer = make();
        return answer.SendAsync(context);
    }

    private static Task Send(HttpContext context, string body) => new Answer(StatusCodes.Status200OK, body).SendAsync(context);
}
