using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Modules.Trading.Orders;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Trading.Exits;

/// <summary>The exits over a real database, with a board, positions and an order desk the test plays. Nothing runs by itself: a test ticks, then lets the exits settle.</summary>
internal sealed class ExitLab : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private IHost _host = null!;

    private ExitLab(TestDatabase database)
    {
        _database = database;
        Positions = new FakePositions(() => Service<IEnumerable<IPositionListener>>());
        Board = new FakeBoard(Clock);
        Desk = new FakeDesk(database.Workers, Positions, Clock, () => Service<IEnumerable<IOrderListener>>());
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    public FakePositions Positions { get; }
    public FakeBoard Board { get; }
    public FakeDesk Desk { get; }
    public FakeVenueBooks Venue { get; } = new();
    public FakeMarkets Markets { get; } = new();

    public IExits Exits => Service<IExits>();

    public static async Task<ExitLab> CreateAsync(Db provider = Db.Sqlite)
    {
        var lab = new ExitLab(await TestDatabase.CreateAsync(provider));
        await lab.StartAsync();
        return lab;
    }

    public T Service<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>The process dies here and another one starts on the same database.</summary>
    public async Task RestartAsync()
    {
        _host.Dispose();
        await StartAsync();
    }

    /// <summary>One user's position with as much to sell as it holds, bid at 0.50.</summary>
    public OpenPosition APosition(decimal shares = 100, long user = 1, decimal entry = 0.45m, TokenId? token = null, decimal? sellable = null)
    {
        var position = Positions.Open(user, token ?? FakeMarkets.Yes, Build.S(shares), Build.S(sellable ?? shares), entry);
        if (!Board.TryRead(position.Token, out _))
            Board.Set(position.Token, 0.50m, 0.51m);
        return position;
    }

    public async Task<ExitView> ArmAsync(OpenPosition position, ArmExit exit) => (await Exits.ArmAsync(position.UserId, position.Id, exit, default)).Value;

    /// <summary>Many exits at once, as a start would find them.</summary>
    public async Task ArmManyAsync(IEnumerable<(OpenPosition Position, ExitKind Kind, decimal Trigger)> exits)
    {
        await WriteAsync(async (db, ct) =>
        {
            foreach (var (position, kind, trigger) in exits)
            {
                var row = PlainExits.New(position, kind, Clock.GetUtcNow().UtcDateTime, Clock);
                row.TriggerPrice = Build.P(trigger);
                db.Add(row);
            }
            return await db.SaveChangesAsync(ct);
        });
        await Service<ExitArmory>().LoadAsync(default);
    }

    /// <summary>A frame of the socket: the board first, then the exits.</summary>
    public void Tick(decimal bid, decimal? ask = null, TokenId? token = null, params (decimal Price, decimal Size)[] bids)
    {
        var of = token ?? FakeMarkets.Yes;
        Board.Set(of, bid, ask ?? Math.Min(1, bid + 0.01m), bids);
        Board.TryRead(of, out var quote);
        Service<ExitBook>().OnQuote(quote);
    }

    /// <summary>Until nothing is left to do at this moment of the clock.</summary>
    public async Task SettleAsync()
    {
        for (var round = 0; round < 50; round++)
        {
            var book = Service<ExitBook>();
            var judge = Service<ExitJudge>().JudgeAsync(default);
            await judge;
            var executor = Service<ExitExecutor>();
            await executor.StartAsync(default);
            await executor.IdleAsync();
            await Service<ExitOutcomes>().TakeInAsync(default);
            await Service<ExitMoves>().MoveAsync(Service<ExitArmory>(), default);
            await Service<ExitSweep>().FollowAsync(default);
            if (book.Firings.Count == 0 && Service<ExitWaits>().Due.Count == 0 && Service<ExitHoldings>().Changed.Count == 0)
                return;
        }
        throw new InvalidOperationException("The exits do not come to rest.");
    }

    public async Task TickAndSettleAsync(decimal bid, decimal? ask = null, TokenId? token = null, params (decimal Price, decimal Size)[] bids)
    {
        Tick(bid, ask, token, bids);
        await SettleAsync();
    }

    public async Task WaitAsync(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        await SettleAsync();
    }

    public async Task<ExitRow> RowAsync(Guid exitId) => await _database.Workers.ReadAsync((db, ct) => db.Set<ExitRow>().AsNoTracking().SingleAsync(e => e.Id == exitId, ct), default);

    public async Task<List<ExitRow>> RowsAsync(Guid positionId) =>
        await _database.Workers.ReadAsync((db, ct) => db.Set<ExitRow>().AsNoTracking().Where(e => e.PositionId == positionId).OrderBy(e => e.Id).ToListAsync(ct), default);

    public async Task<List<OrderRow>> OpenOrdersAsync() =>
        await _database.Workers.ReadAsync((db, ct) => db.Set<OrderRow>().AsNoTracking().Where(o => o.TerminalAt == null && o.ExitId != null).OrderBy(o => o.Id).ToListAsync(ct), default);

    public async Task<IReadOnlyList<UserEvent>> EventsAsync(long user, string? kind = null) =>
        [.. (await Service<IUserEvents>().ReadAsync(user, 0, 1_000, default)).Where(e => kind is null || e.Kind == kind)];

    public async Task<T> WriteAsync<T>(Func<PolyCopy.Modules.Persistence.PolyContext, CancellationToken, Task<T>> work) => await _database.Workers.WriteAsync(work, default);

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _database.DisposeAsync();
    }

    private async Task StartAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        _database.AddTo(builder.Services);
        builder.Services.AddLogging();
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.AddAccounts();
        builder.AddExits();
        builder.Services.AddSingleton<IQuoteBoard>(Board).AddSingleton<IQuoteInterest>(Board);
        builder.Services.AddSingleton<IPositionBook>(Positions).AddSingleton<IPositions>(Positions);
        builder.Services.AddSingleton<IOrderDesk>(Desk);
        builder.Services.AddSingleton<IMarketCatalog>(Markets).AddSingleton<IMarketData>(Venue);
        _host = builder.Build();
        await Service<ExitArmory>().LoadAsync(default); // what the hosted service does first
    }
}
