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
using PolyCopy.Modules.Simulator.Control;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>The lab's handles on leaders and on the chain.</summary>
internal sealed class LeaderRoutes(SimWorld world, Books books, SimChain chain, LeaderDesk desk, SeededLeaders leaders, Providers providers, FaultBoard faults)
{
    private const int MaxFills = 50;

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.ServiceProvider.GetRequiredService<LeaderRoutes>();
        app.MapGet("/control/leaders", routes.ListAsync);
        app.MapPost("/control/leaders/{address}/trade", context => routes.OnLeader(context, routes.TradeAsync));
        app.MapPost("/control/leaders/{address}/move", context => routes.OnLeader(context, routes.MoveAsync));
        app.MapPost("/control/leaders/{address}/provide", context => routes.OnLeader(context, routes.ProvideAsync));
        app.MapPost("/control/chain/reorg", routes.ReorgAsync);
        app.MapPost("/control/chain/finality", routes.FinalityAsync);
    }

    /// <summary>The leaders of the seed: what they are called, which wallet trades and which key owns it.</summary>
    private Task ListAsync(HttpContext context) => ControlReply.Ok(context, json =>
    {
        json.WriteStartArray();
        foreach (var leader in leaders.All)
        {
            json.WriteStartObject();
            json.WriteString("address"u8, leader.Wallet.ToString());
            json.WriteString("owner"u8, leader.Owner.ToString());
            json.WriteString("name"u8, leader.Name);
            json.WriteString("category"u8, leader.Style.Category);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private async Task OnLeader(HttpContext context, Func<HttpContext, Address, MarketState, JsonElement, Task> handle)
    {
        if (await ControlReply.BodyAsync(context) is not { } body)
        {
            await ControlReply.BadBody(context);
            return;
        }
        if (!Address.TryParse((string)context.Request.RouteValues["address"]!, out var leader) || leader == Address.Zero)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "leader.address", "The address is 0x and 40 hexadecimal digits, not all zero.");
            return;
        }
        MarketState? market;
        lock (world.Gate)
            market = ControlReply.Text(body, "conditionId") is { } condition ? world.FindCondition(condition) : null;
        if (market is null)
            await ControlReply.Problem(context, StatusCodes.Status404NotFound, "market.unknown", "There is no such market.");
        else
            await handle(context, leader, market, body);
    }

    private async Task TradeAsync(HttpContext context, Address leader, MarketState market, JsonElement body)
    {
        var side = Side(body);
        var role = ControlReply.Text(body, "role") ?? "taker";
        var match = ControlReply.Text(body, "match") ?? "complementary";
        var order = ControlReply.Text(body, "orderHash");
        var against = ControlReply.Text(body, "counterparty");
        var other = default(Address);
        if (ControlRoutes.Outcome(market, ControlReply.Text(body, "outcome")) is not { } outcome || side is null
            || !Shares.TryParse(ControlReply.Text(body, "shares"), out var shares) || shares.Micros is <= 0 or > 1_000_000_000 * Shares.Scale
            || !Price.TryParse(ControlReply.Text(body, "price"), out var price) || price.TenThousandths is <= 0 or >= Price.Scale
            || role is not ("taker" or "maker") || match is not ("complementary" or "mint" or "merge")
            || !int.TryParse(ControlReply.Text(body, "fills") ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var fills) || fills is < 1 or > MaxFills || fills > shares.Micros
            || (order is not null && !Bytes32.TryParse(order, out _)) || (against is not null && !Address.TryParse(against, out other)))
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "leader.trade",
                $"A trade has an outcome ({string.Join(", ", market.Market.Outcomes)}), side BUY or SELL, shares above 0 and a price between 0 and 1; role is taker or maker, match complementary or mint, fills 1 to {MaxFills}, orderHash 32 bytes, counterparty an address.");
            return;
        }
        var crosses = faults.Hit("F39", FaultCatalogue.Rpc) is not null;
        LeaderTraded? traded = null;
        lock (world.Gate)
        {
            if (market.Phase is not (MarketPhase.Resolved or MarketPhase.Ended))
            {
                using var entry = books.Begin();
                traded = desk.Trade(entry, leader, new WantedTrade(market, outcome, side.Value, shares, price.TenThousandths, crosses || role == "maker", fills, crosses || match != "complementary", order?.ToLowerInvariant(), against is null ? null : other));
                entry.Commit();
            }
        }
        if (traded is null)
        {
            await ControlReply.Problem(context, StatusCodes.Status409Conflict, "market.resolved", "The market does not trade any more.");
            return;
        }
        await books.Flush();
        var leg = traded.Makers.Prepend(traded.Taker).First(leg => leg.Wallet == leader);
        await ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("transactionHash"u8, traded.Transaction);
            json.WriteString("orderHash"u8, leg.OrderId);
            json.WriteNumber("blockNumber"u8, SimChain.BlockFor(traded.At));
            json.WriteNumber("matchedAt"u8, traded.At);
            json.WriteString("tokenId"u8, leg.Token.Digits);
            json.WriteString("side"u8, side.Value == Kernel.Side.Buy ? "BUY"u8 : "SELL"u8);
            json.WriteString("shares"u8, shares.ToString());
            json.WriteString("price"u8, price.ToString());
            json.WriteString("fee"u8, new Usdc(leg.Fee).ToString());
            json.WriteEndObject();
        });
    }

    private async Task MoveAsync(HttpContext context, Address wallet, MarketState market, JsonElement body)
    {
        var kind = ControlReply.Text(body, "kind") switch
        {
            "transferOut" => MoveKind.Transfer,
            "transferIn" => MoveKind.Receive,
            "split" => MoveKind.Split,
            "merge" => MoveKind.Merge,
            "redeem" => MoveKind.Redeem,
            "convert" => MoveKind.Convert,
            _ => (MoveKind?)null,
        };
        var sided = kind is MoveKind.Transfer or MoveKind.Receive;
        var shares = default(Shares);
        var counterparty = default(Address);
        var against = ControlReply.Text(body, "counterparty");
        var outcome = ControlRoutes.Outcome(market, ControlReply.Text(body, "outcome"));
        if (kind is null || (sided && outcome is null) || (against is not null && !Address.TryParse(against, out counterparty))
            || (kind is not MoveKind.Redeem && (!Shares.TryParse(ControlReply.Text(body, "shares"), out shares) || shares.Micros <= 0)))
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "leader.move",
                "kind is transferOut, transferIn, split, merge, redeem or convert; transfers name an outcome and may name a counterparty, all but redeem name shares.");
            return;
        }
        HoldingsMoved? moved;
        string? refusal;
        lock (world.Gate)
        {
            using var entry = books.Begin();
            (moved, refusal) = desk.Move(entry, wallet, market, kind.Value, outcome ?? 0, shares.Micros, against is null ? null : counterparty);
            entry.Commit();
        }
        if (moved is null)
        {
            await ControlReply.Problem(context, StatusCodes.Status409Conflict, "leader.holding", refusal!);
            return;
        }
        await books.Flush();
        await ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("transactionHash"u8, moved.Transaction);
            json.WriteNumber("blockNumber"u8, SimChain.BlockFor(moved.At));
            json.WriteEndObject();
        });
    }

    /// <summary>From now on who takes from the venue's liquidity in this market meets this wallet.</summary>
    private Task ProvideAsync(HttpContext context, Address leader, MarketState market, JsonElement body)
    {
        lock (world.Gate)
            providers.Set(market.Market.ConditionId, leader);
        return ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("conditionId"u8, market.Market.ConditionId);
            json.WriteString("address"u8, leader.ToString());
            json.WriteEndObject();
        });
    }

    private async Task ReorgAsync(HttpContext context)
    {
        if (await ControlReply.BodyAsync(context) is not { } body)
        {
            await ControlReply.BadBody(context);
            return;
        }
        var fate = ControlReply.Text(body, "fills") ?? "drop";
        if (!int.TryParse(ControlReply.Text(body, "depth") ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var depth) || depth < 1 || fate is not ("drop" or "include" or "later"))
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "chain.reorg", "depth is 1 or more, removed is true or false, fills is drop, include or later.");
            return;
        }
        ChainReorganized? reorg = null;
        long mostly;
        lock (world.Gate)
        {
            mostly = chain.Head - chain.Finalized;
            if (depth <= mostly)
            {
                using var entry = books.Begin();
                // The venue believes its users' trades are settled, and the seed sells later what it bought: only what the lab made may be lost.
                reorg = chain.Reorganize(entry, depth, tx => fate == "drop" && entry.Ledger.Labs.Contains(tx.Hash), fate == "later" ? 1 : 0, ControlReply.Flag(body, "removed"));
                entry.Commit();
            }
        }
        if (reorg is null)
        {
            await ControlReply.Problem(context, StatusCodes.Status409Conflict, "chain.final", $"Only the newest {mostly} blocks can be replaced; POST /control/chain/finality delays finality.");
            return;
        }
        await books.Flush();
        await ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("from"u8, reorg.From);
            json.WriteNumber("to"u8, reorg.To);
            json.WriteStartArray("dropped"u8);
            foreach (var hash in reorg.Dropped)
                json.WriteStringValue(hash);
            json.WriteEndArray();
            json.WriteStartArray("moved"u8);
            foreach (var hash in reorg.Moved.Keys)
                json.WriteStringValue(hash);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task FinalityAsync(HttpContext context)
    {
        if (await ControlReply.BodyAsync(context) is not { } body || !int.TryParse(ControlReply.Text(body, "lag"), NumberStyles.None, CultureInfo.InvariantCulture, out var lag) || lag is < 1 or > 100_000)
        {
            await ControlReply.Problem(context, StatusCodes.Status400BadRequest, "chain.finality", "lag is a number of blocks, 1 to 100000.");
            return;
        }
        long finalized;
        lock (world.Gate)
        {
            _ = chain.Finalized;
            chain.Lag = lag;
            finalized = chain.Finalized;
        }
        await ControlReply.Ok(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("finalized"u8, finalized);
            json.WriteEndObject();
        });
    }

    private static Side? Side(JsonElement body) => ControlReply.Text(body, "side")?.ToUpperInvariant() switch { "BUY" => Kernel.Side.Buy, "SELL" => Kernel.Side.Sell, _ => null };
}
