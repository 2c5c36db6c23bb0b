using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Positions.Ledger;
using PolyCopy.Modules.Positions.Pricing;
using PolyCopy.Modules.Streaming;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Benchmarks;

/// <summary>Many people's open positions in 1,000 tokens, in the table and in memory, and quotes that move them.</summary>
internal sealed class Crowd(QuoteBoard quotes, PnlBoard pnl, WorkerScope workers, int positions)
{
    private readonly TokenId[] _tokens = [.. Enumerable.Range(0, 1_000).Select(i => TokenId.Parse($"1{i:D4}{new string('7', 72)}"))];
    private long _version;

    public async Task InsertAsync()
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        foreach (var chunk in Enumerable.Range(0, positions).Chunk(10_000)) // neighbours in the table hold different tokens
            await workers.WriteAsync(async (db, ct) =>
            {
                await db.InsertAsync(chunk.Select(i => Row(i, now)).ToList(), ct);
                return 0;
            }, default);
        await workers.ReadAsync(async (db, ct) => await db.Database.ExecuteSqlRawAsync("vacuum analyze positions", ct), default);
        var rows = await workers.ReadAsync((db, ct) => db.Set<PositionRow>().AsNoTracking().Where(p => p.ClosedAt == null).ToListAsync(ct), default);
        pnl.Load(rows.Select(r => (r.ToOpen(), r.CurrentPrice)));
    }

    /// <summary>The tokens of so many positions, scattered over the whole table.</summary>
    public TokenId[] TokensOf(int changed) => _tokens[..(changed * _tokens.Length / positions)];

    /// <summary>Gives the tokens of so many positions a price they did not have.</summary>
    public decimal Tick(int changed)
    {
        var version = Interlocked.Increment(ref _version);
        var price = new Price(2_000 + (int)(version % 5_000));
        foreach (var token in TokensOf(changed))
        {
            var slot = quotes.Slot(token, new Shares(5_000_000));
            var quote = new Quote(slot, token, price, new Price(price.TenThousandths + 100), price, default, 0, Stopwatch.GetTimestamp(), version, QuoteTrust.Live);
            quotes.Write(quote);
            pnl.OnQuote(quote);
        }
        return price.ToDecimal();
    }

    /// <summary>Ticks so often a second until it is disposed of.</summary>
    public IAsyncDisposable Ticking(int changed, int perSecond) => new Ticks(this, changed, perSecond);

    private PositionRow Row(int number, DateTime now) => new()
    {
        Id = Ids.New(TimeProvider.System),
        UserId = number % 10_000,
        WalletId = Ids.New(TimeProvider.System),
        MarketId = $"{500_000 + number % _tokens.Length}",
        ConditionId = $"0x{number % _tokens.Length:x64}",
        TokenId = _tokens[number % _tokens.Length],
        Outcome = "Yes",
        Origin = "manual",
        OpenedAt = now,
        UpdatedAt = now,
        CurrentPrice = 0.4m,
        State = new PositionState { Bought = 10_000_000 + number, Mined = 10_000_000 + number, Cost = 4_000_000, BoughtCost = 4_000_000, Fees = 10_000 },
    };

    private sealed class Ticks : IAsyncDisposable
    {
        private readonly PeriodicTimer _timer;
        private readonly Task _ticking;

        public Ticks(Crowd crowd, int changed, int perSecond)
        {
            _timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond));
            _ticking = Task.Run(async () =>
            {
                while (await _timer.WaitForNextTickAsync())
                    crowd.Tick(changed);
            });
        }

        public async ValueTask DisposeAsync()
        {
            _timer.Dispose();
            await _ticking;
        }
    }
}
