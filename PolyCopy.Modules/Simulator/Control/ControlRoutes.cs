using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Control;

/// <summary>The lab's handles on the venue: quotes, resolutions, money, settlement, clock, statistics. Everything is journalled before it is answered.</summary>
internal sealed class ControlRoutes(SimWorld world, Books books, Settler settler, Resolutions resolutions, ConnectionRegistry connections)
{
    private const decimal MaxFunding = 1_000_000_000m;
    private static readonly TimeSpan MaxAdvance = TimeSpan.FromDays(3650);

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<ControlRoutes>();
        var control = app.MapGroup("/control");
        control.MapGet("/markets", routes.MarketsAsync);
        control.MapPost("/markets/{conditionId}/quote", context => routes.OnMarket(context, routes.QuoteAsync));
        control.MapPost("/markets/{conditionId}/resolve", context => routes.OnMarket(context, routes.ResolveAsync));
        control.MapPost("/wallets/{address}/fund", routes.FundAsync);
        control.MapPost("/settlement", routes.SettleAsync);
        control.MapPost("/clock", routes.ClockAsync);
        control.MapGet("/stats", routes.StatsAsync);
    }

    private Task MarketsAsync(HttpContext context)
    {
        byte[] body;
        lock (world.Gate)
        {
            body = Wire.Json(json =>
            {
                json.WriteStartArray();
                foreach (var market in world.Markets.Where(market => market.AcceptsOrders))
                    Write(json, market);
                json.WriteEndArray();
            });
        }
        return Reply.Json(context, body, Task.CompletedTask);
    }

    private async Task OnMarket(HttpContext context, Func<HttpContext, MarketState, JsonElement, Task> handle)
    {
        MarketState? market;
        lock (world.Gate)
            market = world.FindCondition((string)context.Request.RouteValues["conditionId"]!);
        if (market is null)
            await ControlReply.Problem(context, StatusCodes.Status404NotFound, "market.unknown", "There is no such market.");
        else if (await ControlReply.BodyAsync(context) is not { } body)
            await ControlReply.BadBody(context);
        else
            await handle(context, market, body);
    }

    private async Task QuoteAsync(HttpContext context, MarketState market, JsonElement body)
    {
        if (Outcome(market, ControlReply.Text(body, "outcome")) is not { } outcome)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "market.outcome", $"outcome is one of {string.Join(", ", market.Market.Outcomes)}.");
            return;
        }
        Price tick;
        lock (world.Gate)
            tick = market.Tick;
        if (!OnTick(body, "bid", tick, out var bid) || !OnTick(body, "ask", tick, out var ask) || (bid is { } low && ask is { } high && low >= high)
            || !Shares.TryParse(ControlReply.Text(body, "size") ?? "1000", out var size) || size.Micros <= 0)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "market.quote", $"bid and ask are prices on the tick {tick} with bid below ask (null for an empty side), size is a number of shares.");
            return;
        }
        byte[]? row = null;
        lock (world.Gate)
        {
            if (market.AcceptsOrders)
            {
                using (var entry = books.Begin())
                {
                    entry.Apply(new MarketQuoted(market.Market.ConditionId, outcome, bid?.TenThousandths, ask?.TenThousandths, size.Micros, Now));
                    entry.Commit();
                }
                world.SetQuote(market, outcome, bid?.TenThousandths, ask?.TenThousandths, size.Micros);
                row = Wire.Json(json => Write(json, market));
            }
        }
        await (row is null
            ? ControlReply.Problem(context, StatusCodes.Status409Conflict, "market.closed", "The market takes no orders any more.")
            : Reply.Json(context, row, books.Flush()));
    }

    private async Task ResolveAsync(HttpContext context, MarketState market, JsonElement body)
    {
        var proposed = ControlReply.Flag(body, "proposed");
        var word = ControlReply.Text(body, "winner");
        var winner = word == "50/50" ? null : Outcome(market, word);
        if (!proposed && winner is null && word != "50/50")
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "market.winner", $"winner is one of {string.Join(", ", market.Market.Outcomes)} or 50/50, or proposed is true.");
            return;
        }
        bool late;
        lock (world.Gate)
        {
            late = market.Phase == MarketPhase.Resolved || (proposed && market.Phase == MarketPhase.Proposed);
            if (!late && proposed)
            {
                using var entry = books.Begin();
                entry.Apply(new MarketProposed(market.Market.ConditionId, Now));
                entry.Commit();
                world.Propose(market);
            }
            else if (!late)
                resolutions.Resolve(market, winner);
        }
        if (late)
        {
            await ControlReply.Problem(context, StatusCodes.Status409Conflict, "market.resolved", "The market is resolved or proposed already.");
            return;
        }
        await books.Flush();
        await ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("conditionId"u8, market.Market.ConditionId);
            json.WriteString("state"u8, proposed ? "proposed"u8 : "resolved"u8);
            json.WriteString("winner"u8, proposed ? null : word);
            json.WriteEndObject();
        });
    }

    private async Task FundAsync(HttpContext context)
    {
        if (await ControlReply.BodyAsync(context) is not { } body)
        {
            await ControlReply.BadBody(context);
            return;
        }
        if (!Address.TryParse((string)context.Request.RouteValues["address"]!, out var wallet))
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "wallet.address", "The address is 0x and 40 hexadecimal digits.");
            return;
        }
        if (!Usdc.TryParse(ControlReply.Text(body, "pusd"), out var amount) || amount.Micros < 0 || amount.ToDecimal() > MaxFunding)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "wallet.amount", "pusd is a decimal string from 0 to 1000000000 with at most six decimals.");
            return;
        }
        Task durable;
        Usdc balance;
        lock (world.Gate)
        {
            using var entry = books.Begin();
            if (!ControlReply.Flag(body, "once") || entry.Ledger.FindWallet(wallet) is null)
                entry.Apply(new WalletFunded(wallet, amount.Micros));
            balance = new Usdc(entry.Ledger.FindWallet(wallet)!.Cash.Chain);
            durable = entry.Commit();
        }
        await durable;
        await ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("address"u8, wallet.ToString());
            json.WriteString("pusd"u8, balance.ToString());
            json.WriteEndObject();
        });
    }

    private async Task SettleAsync(HttpContext context)
    {
        if (await ControlReply.BodyAsync(context) is not { } body)
        {
            await ControlReply.BadBody(context);
            return;
        }
        var trade = ControlReply.Text(body, "trade");
        var hasNext = int.TryParse(ControlReply.Text(body, "next"), NumberStyles.None, CultureInfo.InvariantCulture, out var next);
        if (Plan(ControlReply.Text(body, "as")) is not { } plan || trade is null == !hasNext)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "settlement.body", "Name a trade or the next n, and as: confirm, fail, retry or ghost.");
            return;
        }
        bool known, done;
        Task durable;
        lock (world.Gate)
        {
            using var entry = books.Begin();
            known = trade is null || entry.Ledger.FindTrade(trade) is not null;
            done = trade is null || settler.Force(entry, trade, plan);
            if (trade is null)
                entry.Apply(new NextTradesPlanned(next, plan));
            durable = entry.Commit();
        }
        await durable;
        if (done)
            await ControlReply.Ok(context, json => { json.WriteStartObject(); json.WriteEndObject(); });
        else
            await (known
                ? ControlReply.Problem(context, StatusCodes.Status409Conflict, "settlement.final", "The trade's settlement is beyond that.")
                : ControlReply.Problem(context, StatusCodes.Status404NotFound, "settlement.unknown", "There is no such trade."));
    }

    private async Task ClockAsync(HttpContext context)
    {
        if (await ControlReply.BodyAsync(context) is not { } body)
        {
            await ControlReply.BadBody(context);
            return;
        }
        var advance = 0m;
        var hasDrive = body.TryGetProperty("drive", out var drive) && drive.ValueKind is JsonValueKind.True or JsonValueKind.False;
        var text = ControlReply.Text(body, "advanceSeconds");
        if ((text is null && !hasDrive)
            || (text is not null && (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out advance) || advance < 0 || advance > (decimal)MaxAdvance.TotalSeconds)))
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "clock.body", "advanceSeconds is a number from 0 to ten years, drive is true or false.");
            return;
        }
        var clock = world.Clock;
        if (hasDrive)
            clock.Drive(drive.GetBoolean());
        if (advance > 0)
            clock.Advance(new TimeSpan((long)(advance * TimeSpan.TicksPerSecond)));
        lock (world.Gate)
        {
            using var entry = books.Begin();
            var (advanced, driven, offset) = clock.Memory;
            entry.Apply(new ClockMoved(advanced, driven, offset));
            entry.Commit();
        }
        await books.Flush();
        await ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("time"u8, clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            json.WriteBoolean("drive"u8, clock.Driven);
            json.WriteEndObject();
        });
    }

    private async Task StatsAsync(HttpContext context)
    {
        byte[] body;
        lock (world.Gate)
        {
            body = Wire.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("journalId"u8, books.Ledger.JournalId);
                json.WriteStartArray("connections"u8);
                foreach (var connection in connections.Open)
                {
                    json.WriteStartObject();
                    json.WriteString("channel"u8, connection.Channel);
                    json.WriteStartArray("tokens"u8);
                    foreach (var token in connection.Tokens)
                        json.WriteStringValue(token);
                    json.WriteEndArray();
                    json.WriteNumber("frames"u8, connection.Frames);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteStartArray("orders"u8);
                foreach (var receipt in books.Ledger.Receipts)
                {
                    json.WriteStartObject();
                    json.WriteString("hash"u8, receipt.Id);
                    json.WriteNumber("received"u8, receipt.Received);
                    json.WriteNumber("accepted"u8, receipt.Accepted);
                    json.WriteString("user"u8, receipt.Wallet.ToString());
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            });
        }
        await Reply.Json(context, body, books.Flush());
    }

    private long Now => world.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static void Write(Utf8JsonWriter json, MarketState market)
    {
        json.WriteStartObject();
        json.WriteString("marketId"u8, market.Market.Id);
        json.WriteString("conditionId"u8, market.Market.ConditionId);
        json.WriteString("question"u8, market.Market.Question);
        json.WriteStartArray("outcomes"u8);
        foreach (var outcome in market.Market.Outcomes)
            json.WriteStringValue(outcome);
        json.WriteEndArray();
        json.WriteStartArray("tokenIds"u8);
        foreach (var token in market.Market.TokenIds)
            json.WriteStringValue(token);
        json.WriteEndArray();
        json.WriteString("bid"u8, market.Engine.BestBid(0)?.ToString());
        json.WriteString("ask"u8, market.Engine.BestAsk(0)?.ToString());
        json.WriteString("tick"u8, market.Tick.ToString());
        json.WriteEndObject();
    }

    public static int? Outcome(MarketState market, string? name)
    {
        for (var i = 0; i < market.Market.Outcomes.Count; i++)
        {
            if (market.Market.Outcomes[i].Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return null;
    }

    private static bool OnTick(JsonElement body, string name, Price tick, out Price? price)
    {
        price = null;
        if (ControlReply.Text(body, name) is not { } text)
            return !body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null;
        if (!Price.TryParse(text, out var parsed) || !parsed.IsOnTick(tick))
            return false;
        price = parsed;
        return true;
    }

    private static SettleAs? Plan(string? word) => word switch
    {
        "confirm" => SettleAs.Confirm,
        "fail" => SettleAs.Fail,
        "retry" => SettleAs.Retry,
        "ghost" => SettleAs.Ghost,
        _ => null,
    };
}
