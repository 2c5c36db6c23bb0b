using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>The Data API, v2 and what is still served of v1 (facts 4).</summary>
internal sealed partial class DataRoutes(SimWorld world, SimChain chain, DataIndex index, DataJson rows, FaultBoard faults)
{
    private const int OffsetCap = 10_000;
    private const int DustTokens = 100_000; // micro-shares: 0.1
    private readonly Dictionary<string, (long Until, byte[] Body)> _cdn = [];
    private long _trace;

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<DataRoutes>();
        var data = app.MapGroup("/data");
        data.MapGet("/v2/trades", context => routes.AnswerAsync(context, 300, routes.Trades));
        data.MapGet("/v2/activity", context => routes.AnswerAsync(context, 15, routes.Activity));
        data.MapGet("/v2/positions", context => routes.AnswerAsync(context, 5, routes.Positions));
        data.MapGet("/v2/leaderboard", context => routes.AnswerAsync(context, 60, routes.Leaderboard));
        data.MapGet("/v2/value", context => routes.AnswerAsync(context, 5, routes.Value));
        data.MapGet("/v2/holders", context => routes.AnswerAsync(context, 60, routes.Holders));
        data.MapGet("/v2/oi", context => routes.AnswerAsync(context, 300, routes.OpenInterest));
        data.MapGet("/v2/user-stats", context => routes.AnswerAsync(context, 60, routes.Stats));
        data.MapGet("/v2/status", context => routes.AnswerAsync(context, 1, routes.Status));
        data.MapGet("/trades", context => routes.AnswerAsync(context, 300, routes.TradesV1));
        data.MapGet("/activity", context => routes.AnswerAsync(context, 15, routes.ActivityV1));
        data.MapGet("/positions", context => routes.AnswerAsync(context, 5, routes.PositionsV1));
        data.MapGet("/value", context => routes.AnswerAsync(context, 5, routes.ValueV1));
        data.MapFallback(context => routes.RefuseAsync(context, new DataException(StatusCodes.Status404NotFound, "not_found", "no such endpoint")));
    }

    /// <summary>Makes the answer under the gate; F42 lets a cache in front keep it, F44 refuses it.</summary>
    private async Task AnswerAsync(HttpContext context, int maxAge, Action<DataQuery, Utf8JsonWriter> write)
    {
        try
        {
            if (faults.Hit("F44", FaultCatalogue.Data) is { } down)
                throw (down.Request.Variant switch { "429" => 0, "503" => 1, _ => down.Next(2) }) == 0
                    ? new DataException(StatusCodes.Status429TooManyRequests, "rate_limited", "too many requests")
                    : new DataException(StatusCodes.Status503ServiceUnavailable, "dependency_unavailable", "dependency unavailable");
            byte[]? body = null;
            var url = context.Request.Path + context.Request.QueryString;
            lock (world.Gate)
            {
                var keeps = faults.Hit("F42", FaultCatalogue.Data) is not null;
                if (!keeps)
                    _cdn.Clear();
                else if (_cdn.TryGetValue(url, out var kept) && (world.NowMs < kept.Until || !_cdn.Remove(url)))
                    body = kept.Body;
                body ??= Wire.Json(json => write(new DataQuery(context.Request.Query), json));
                if (keeps)
                    _cdn.TryAdd(url, (world.NowMs + maxAge * 1000L, body));
            }
            context.Response.Headers.CacheControl = $"public, max-age={maxAge}";
            Trace(context);
            await Reply.Json(context, body, Task.CompletedTask);
        }
        catch (DataException e)
        {
            await RefuseAsync(context, e);
        }
    }

    private Task RefuseAsync(HttpContext context, DataException refusal)
    {
        var trace = Trace(context);
        context.Response.StatusCode = refusal.Status;
        return Reply.Json(context, Wire.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("error"u8, refusal.Message);
            json.WriteString("code"u8, refusal.Code);
            json.WriteBoolean("retryable"u8, refusal.Status is 429 or 503);
            json.WriteString("trace_id"u8, trace);
            if (refusal.Parameter is { } parameter)
                json.WriteString("parameter"u8, parameter);
            json.WriteEndObject();
        }), Task.CompletedTask);
    }

    private string Trace(HttpContext context)
    {
        var trace = SeededIds.Uuid(SeededIds.Bytes(world.Seed, "trace", Interlocked.Increment(ref _trace))).Replace("-", "");
        context.Response.Headers["x-trace-id"] = trace;
        return trace;
    }

    private void Trades(DataQuery query, Utf8JsonWriter json)
    {
        var (limit, at, skip) = query.Page();
        var found = Rows(query, at ??= Snapshot(), query.Flag("taker_only", missing: true) || faults.Hit("F58", FaultCatalogue.Data) is not null, minimum: 0.01m);
        if (faults.Hit("F54", FaultCatalogue.Data) is not null && query.User() is { } wallet && skip == 0)
            found.Insert(0, (writer => rows.Combo(writer, wallet, at.Value), 0));
        Page(json, found.Select(row => row.Write).ToList(), limit, at.Value, skip);
    }

    private void Activity(DataQuery query, Utf8JsonWriter json)
    {
        var (limit, at, skip) = query.Page();
        at ??= Snapshot();
        if (query.User() is not { } wallet)
            throw DataException.Invalid("user", "user is required");
        var types = query.Text("type")?.ToUpperInvariant().Split(',');
        var found = Rows(query, at.Value, takerOnly: false, minimum: 0, isActivity: true, types);
        if (query.Text("sort_direction")?.ToUpperInvariant() == "ASC")
            found.Reverse();
        if (faults.Hit("F54", FaultCatalogue.Data) is not null && skip == 0 && (types is null || types.Contains("TRADE")))
            found.Insert(0, (writer => rows.Combo(writer, wallet, at.Value), 0));
        Page(json, found.Select(row => row.Write).ToList(), limit, at.Value, skip);
    }

    /// <summary>Rows newest first.</summary>
    private List<(Action<Utf8JsonWriter> Write, long Block)> Rows(DataQuery query, long at, bool takerOnly, decimal minimum, bool isActivity = false, string[]? types = null)
    {
        var user = query.User();
        var conditions = query.Conditions();
        var events = query.Text("event_id");
        var side = query.Text("side")?.ToUpperInvariant();
        var (start, end) = (query.Seconds("start"), query.Seconds("end"));
        if (user is null && !isActivity && (start ?? end) is not null)
            throw DataException.Invalid("start", "start and end need user");
        minimum = query.Number("filter_amount") ?? minimum;
        var byCash = query.Text("filter_type")?.ToUpperInvariant() == "CASH";
        var found = new List<(Action<Utf8JsonWriter>, long)>();
        var history = user is { } wallet ? index.Of(wallet, at) : index.Everything(at - (long)TimeSpan.FromDays(1).TotalMilliseconds, at);
        for (var i = history.Count - 1; i >= 0; i--)
        {
            var (tx, block) = history[i];
            var seconds = SettlementTimes.TimeOf(block) / 1000;
            if (seconds < start || seconds > end)
                continue;
            if (tx is FillTx fill && Fits(fill.Market, conditions, events) && (types is null || types.Contains("TRADE")))
            {
                foreach (var row in TradeRow.Of(fill))
                {
                    if ((user is null || row.Leg.Wallet == user) && (row.IsTaker || !takerOnly) && (side is null || side == (row.Leg.Side == Side.Buy ? "BUY" : "SELL")) && (byCash ? row.Cash : row.Size) >= minimum)
                        found.Add((json => rows.Trade(json, row, block, isActivity), block));
                }
            }
            else if (isActivity && tx is MoveTx { Kind: not (MoveKind.Transfer or MoveKind.Receive) } move && Fits(move.Market, conditions, events) && side is null
                && (types is null || types.Contains(move.Kind == MoveKind.Convert ? "CONVERSION" : move.Kind.ToString().ToUpperInvariant())))
            {
                for (var outcome = 0; outcome < move.Amounts.Count && move.Kind == MoveKind.Redeem; outcome++)
                {
                    var of = outcome;
                    if (move.Amounts[of] > 0)
                        found.Add((json => rows.Move(json, move, user!.Value, of, block), block));
                }
                if (move.Kind != MoveKind.Redeem)
                    found.Add((json => rows.Move(json, move, user!.Value, null, block), block));
            }
        }
        return found;
    }

    private void Positions(DataQuery query, Utf8JsonWriter json)
    {
        var (limit, at, skip) = query.Page();
        at ??= Snapshot();
        if (query.User() is not { } wallet)
        {
            if (query.Conditions() is null)
                throw DataException.Invalid("user", "user or condition is required");
            HoldersOf(query, json, at.Value, limit, skip);
            return;
        }
        var wanted = query.Text("status")?.ToUpperInvariant() ?? "OPEN";
        var conditions = query.Conditions();
        var found = Held(wallet, at.Value)
            .Select(held => (Held: held, Price: index.Worth(held.Market, held.Outcome), Status: StatusOf(held)))
            .Where(row => row.Status == wanted && Fits(row.Held.Market, conditions, query.Text("event_id"))).ToList();
        var down = query.Text("sort_direction")?.ToUpperInvariant() != "ASC";
        Func<(TokenHolding Held, decimal Price, string Status), decimal> key = query.Text("sort_by")?.ToUpperInvariant() switch
        {
            "PRICE" => row => row.Price,
            "TOKENS" => row => row.Held.Size,
            "UNREALIZED_PNL" => row => new Shares(row.Held.Size).ToDecimal() * row.Price - row.Held.Cost,
            "REALIZED_PNL" => row => row.Held.Realized,
            "TOTAL_PNL" => row => row.Held.Realized + new Shares(row.Held.Size).ToDecimal() * row.Price - row.Held.Cost,
            "TIMESTAMP" => row => row.Held.LastAt,
            _ => row => new Shares(row.Held.Size).ToDecimal() * row.Price,
        };
        var sorted = (down ? found.OrderByDescending(key) : found.OrderBy(key)).ThenBy(row => row.Held.Token, StringComparer.Ordinal);
        Page(json, sorted.Select<(TokenHolding Held, decimal Price, string Status), Action<Utf8JsonWriter>>(row => writer => rows.Position(writer, wallet, row.Held, row.Price, row.Status)).ToList(), limit, at.Value, skip);
    }

    /// <summary>F43: the positions lag, or are empty although there are some.</summary>
    private List<TokenHolding> Held(Address wallet, long at)
    {
        if (faults.Hit("F43", FaultCatalogue.Data) is { } lagging)
        {
            if (lagging.Request.Variant == "empty")
                return [];
            at -= 1000 * (long.TryParse(lagging.Request.Variant, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 60);
        }
        return [.. Holdings.Of(wallet, index.Of(wallet, at)).Tokens.Values];
    }

    private string StatusOf(TokenHolding held) =>
        held.Size < DustTokens ? "CLOSED"
        : world.FindCondition(held.Market.ConditionId)?.Payout(held.Outcome) is not { } payout ? "OPEN"
        : payout > 0 ? "REDEEMABLE" : "REDEEMABLE_LOST";

    private static bool Fits(SimMarket market, HashSet<string>? conditions, string? eventId) => conditions?.Contains(market.ConditionId) != false && (eventId is null || market.Event.Id == eventId);

    private long Snapshot() => index.Snapshot();

    /// <summary>A page of rows in v2's envelope. F45: nothing can be reached beyond a number of rows, though there is more.</summary>
    private void Page(Utf8JsonWriter json, List<Action<Utf8JsonWriter>> all, int limit, long at, int skip)
    {
        var cap = faults.Hit("F45", FaultCatalogue.Data) is { } capped ? int.TryParse(capped.Request.Variant, NumberStyles.None, CultureInfo.InvariantCulture, out var variant) ? variant : 1000 : int.MaxValue;
        var until = Math.Min(Math.Min(all.Count, skip + limit), cap);
        var more = until < all.Count;
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        for (var i = skip; i < until; i++)
            all[i](json);
        json.WriteEndArray();
        json.WriteStartObject("pagination"u8);
        json.WriteNumber("limit"u8, limit);
        json.WriteNumber("offset"u8, skip);
        json.WriteBoolean("has_more"u8, more);
        json.WriteString("next_cursor"u8, more && until < cap ? DataQuery.Cursor(at, until) : null);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
