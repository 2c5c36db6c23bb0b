using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>The Copying module over the real Trading module, ledger and database, a driven clock and a scripted venue; the leaders are told by the test.</summary>
internal sealed class CopyLab : IAsyncDisposable
{
    public const string Leader = "0x00000000000000000000000000000000000000a1";
    public const string Second = "0x00000000000000000000000000000000000000b2";

    private int _trades;

    private CopyLab(TradingLab trading) => Trading = trading;

    public TradingLab Trading { get; }
    public FakeLeaders Leaders { get; private init; } = null!;
    public FakeZones Zones { get; private init; } = null!;
    public ICopying Copying => Trading.Get<ICopying>();
    public CopyEngine Engine => Trading.Get<CopyEngine>();
    public ScriptedVenue Venue => Trading.Venue;
    public DateTimeOffset Now => Trading.Clock.GetUtcNow();

    public static async Task<CopyLab> CreateAsync(Db provider = Db.Sqlite, decimal cash = 1_000m)
    {
        var (leaders, zones) = (new FakeLeaders(), new FakeZones());
        var trading = await TradingLab.CreateAsync(provider, cash, services =>
        {
            services.AddCopying();
            services.AddSingleton<ILeaders>(leaders).AddSingleton<ILeaderMoney>(leaders).AddSingleton<IUserZones>(zones);
        });
        var lab = new CopyLab(trading) { Leaders = leaders, Zones = zones };
        lab.History(TradingLab.Yes, 0.45m);
        lab.History(TradingLab.No, 0.56m);
        trading.Venue.FillPrice = new Price(4500);
        return lab;
    }

    public static FollowRules Fixed(decimal usd = 10m) => new() { Mode = CopyMode.Fixed, AmountUsd = usd };

    /// <summary>The venue's price history of the last ten minutes.</summary>
    public void History(TokenId token, decimal price) =>
        Trading.MarketData.Histories[token] = [.. Enumerable.Range(1, 60).Select(i => new PricePoint(Now - TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(i * 10 - 1), price))];

    public async Task<FollowView> FollowAsync(FollowRules? rules = null, string leader = Leader, long user = TradingLab.Ana) => (await Copying.CreateAsync(user, leader, rules ?? Fixed(), default)).Value;

    public LeaderTrade ATrade(Side side = Side.Buy, decimal shares = 100m, decimal price = 0.45m, string leader = Leader, TokenId? token = null, string? order = null, TimeSpan age = default, bool backfilled = false, string? counterparty = null) => new(
        $"trade{++_trades}", leader, leader, LeaderTradeSource.Chain, $"0xtx{_trades}", order, token ?? TradingLab.Yes, TradingLab.ConditionId, TradingLab.MarketId, "Yes", side, Shares.Floor(shares), Usdc.Floor(shares * price),
        true, counterparty, false, backfilled, Now - age, 100 + _trades, Now - age, Now);

    /// <summary>The leader trades; what follows is decided and ordered.</summary>
    public async Task<LeaderTrade> TradeAsync(LeaderTrade trade)
    {
        Leaders.Move(trade);
        await Engine.TradesAsync([trade], default);
        await SettleAsync();
        return trade;
    }

    /// <summary>What the worker's loops would do now.</summary>
    public async Task SettleAsync()
    {
        var executor = Trading.Get<CopyExecutor>();
        while (executor.HasFresh)
            await executor.OrderFreshAsync(default);
        await Trading.PassAsync(TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(200));
        await Trading.Get<CopyOutcomes>().TakeInAsync(default);
    }

    /// <summary>Time passes with the sweep.</summary>
    public async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            await Trading.PassAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            await Trading.Get<CopyExecutor>().SweepAsync(default);
            await Trading.Get<CopyOutcomes>().TakeInAsync(default);
        }
    }

    /// <summary>All fills so far are on chain.</summary>
    public async Task ConfirmAsync(params long[] users)
    {
        Venue.Settle(SettlementStatus.Confirmed);
        foreach (var user in users.Length == 0 ? [TradingLab.Ana] : users)
            await Trading.Get<Modules.Trading.Orders.Reconciler>().ReconcileAsync(await Trading.WalletAsync(user), default);
    }

    public Task<List<DecisionRow>> DecisionsAsync() => Trading.Database.Workers.ReadAsync((db, ct) => db.Set<DecisionRow>().AsNoTracking().OrderBy(d => d.Id).ToListAsync(ct), default);

    public async Task<DecisionRow> DecisionAsync(LeaderTrade trade) => (await DecisionsAsync()).Single(d => d.LeaderTradeId == trade.Id);

    public Task<List<SignalRow>> SignalsAsync() => Trading.Database.Workers.ReadAsync((db, ct) => db.Set<SignalRow>().AsNoTracking().OrderBy(d => d.Id).ToListAsync(ct), default);

    /// <summary>Shares by follow, as the ledger folds.</summary>
    public async Task<decimal> HeldAsync(Guid follow, TokenId? token = null, long user = TradingLab.Ana)
    {
        var held = await Trading.Database.Workers.ReadAsync((db, ct) => Trading.Get<Holdings>().FoldAsync(db, [(TradingLab.WalletOf(user), token ?? TradingLab.Yes)], ct), default);
        return held.GetValueOrDefault((follow, token ?? TradingLab.Yes)).Shares / 1_000_000m;
    }

    /// <summary>As after kill -9.</summary>
    public async Task RestartAsync()
    {
        await Trading.RestartAsync();
        await Trading.Get<FollowBoard>().LoadAsync(default);
    }

    public ValueTask DisposeAsync() => Trading.DisposeAsync();
}

internal sealed class FakeZones : IUserZones
{
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    public Task<IReadOnlyDictionary<long, TimeZoneInfo>> ZonesAsync(IReadOnlyCollection<long> userIds, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<long, TimeZoneInfo>>(userIds.Distinct().ToDictionary(u => u, _ => Zone));
}

/// <summary>Leaders as the test tells them: their holdings follow from their trades.</summary>
internal sealed class FakeLeaders : ILeaders, ILeaderMoney
{
    public decimal? Bankroll { get; set; }

    public Task<decimal?> BankrollAsync(string address, CancellationToken ct) => Task.FromResult(Bankroll);

    public ConcurrentDictionary<(string Leader, TokenId Token), long> Holdings { get; } = new();

    public List<LeaderTrade> Told { get; } = [];

    public string State { get; set; } = "trusted";

    public void Move(LeaderTrade trade)
    {
        Told.Add(trade);
        Holdings.AddOrUpdate((trade.Leader, trade.Token), _ => Signed(trade), (_, held) => held + Signed(trade));
    }

    public Task<long> HoldingAsync(string address, TokenId token, CancellationToken ct) => Task.FromResult(Holdings.GetValueOrDefault((address, token)));

    public Task<Coverage?> CoverageAsync(string address, CancellationToken ct) => Task.FromResult<Coverage?>(new Coverage(State, null, null, 0, 0, null, null));

    public int Reads { get; private set; }

    /// <summary>What happens while his trades are being read.</summary>
    public Func<Task>? WhileRead { get; set; }

    public async Task<Page<LeaderTrade>> TradesAsync(string address, int limit, string? cursor, CancellationToken ct)
    {
        Reads++;
        if (WhileRead is { } happens)
            await happens();
        var rest = Told.Where(t => t.Leader == address).Reverse().Skip(int.Parse(cursor ?? "0", System.Globalization.CultureInfo.InvariantCulture)).ToList();
        return new Page<LeaderTrade>([.. rest.Take(limit)], rest.Count > limit ? $"{int.Parse(cursor ?? "0", System.Globalization.CultureInfo.InvariantCulture) + limit}" : null);
    }

    public Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;

    public Task<Result<WatchedAddress>> WatchAsync(string address, string kind, string by, CancellationToken ct) => throw new NotSupportedException();
    public Task<Result<WatchedAddress>> UnwatchAsync(string address, CancellationToken ct) => throw new NotSupportedException();
    public Task<Page<WatchedAddress>> WatchedAsync(int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<Page<LeaderCard>> ListAsync(string? order, int limit, string? cursor, CancellationToken ct) => throw new NotSupportedException();
    public Task<LeaderCard?> GetAsync(string address, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<LeaderTrade>> FindTradesAsync(IReadOnlyCollection<string> ids, CancellationToken ct) => throw new NotSupportedException();

    private static long Signed(LeaderTrade trade) => trade.Side == Side.Buy ? trade.Shares.Micros : -trade.Shares.Micros;
}
