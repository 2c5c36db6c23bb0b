using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Walks the way of a firing once at the start, with an exit nobody has and a transaction that is rolled back: compiling queries and code took the first firing 0.2 s.</summary>
internal sealed partial class ExitRehearsal(ExitOrders orders, IUserSlippage slippage, WorkerScope workers, OrderDecisions decisions, TimeProvider clock, ILogger<ExitRehearsal> logger)
{
    private static readonly TokenId Token = TokenId.Parse("0");

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await Task.WhenAll(slippage.MaxSlippageAsync([0], ct), orders.RestingAsync([Guid.Empty], ct), orders.AttemptsAsync([Guid.Empty], ct), orders.ByIdAsync([Guid.Empty], ct));
            await workers.WriteAsync<int>(async (db, token) =>
            {
                await decisions.DecideAsync(db, [ATicket()], token);
                await db.InsertAsync([ARow()], token);
                throw new Curtain();
            }, ct);
        }
        catch (Curtain)
        {
            // rolled back, as meant
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.Failed(logger, e); // the first firing compiles what this could not
        }
    }

    private static Ticket ATicket()
    {
        var market = new Market(
            "0", "0x", "", "", ["Yes"], [Token], [], null, "poll", default, default, new Price(100), new Shares(5 * Shares.Scale), false, "v1", FeeSchedule.None, TimeSpan.Zero,
            true, false, true, null, null, null, 0, 0, null, null, null, null, null, [], null);
        var decision = new Decision("exit:rehearsal", 0, Guid.Empty, "0", Token, Side.Sell, OrderType.Fak, new Shares(Shares.Scale), null, new Price(100), "exit", null, Guid.Empty, 0, 0);
        return Ticket.Of(decision, market, new TradingWallet(Guid.Empty, 0, null!)).Value; // refused before anybody would sign: the wallet holds nothing
    }

    private OrderRow ARow() => new()
    {
        Id = Ids.New(clock),
        MarketId = "0",
        ConditionId = "0x",
        TokenId = Token,
        Outcome = "",
        Side = Side.Sell,
        Origin = "exit",
        DecisionKey = "exit:rehearsal",
        OrderHash = "0x",
        Body = [],
        DecidedAt = clock.GetUtcNow().UtcDateTime,
        UpdatedAt = clock.GetUtcNow().UtcDateTime,
    };

    private sealed class Curtain : Exception;

    private static partial class Log
    {
        [LoggerMessage(ExitEventIds.NotRehearsed, LogLevel.Debug, "The rehearsal of a firing failed")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
