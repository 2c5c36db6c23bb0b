using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing.Watching;

/// <summary>Keeps what is watched equal to what is wanted: follows, the operator's wishes, the leaderboard; and finds the wallets behind an address.</summary>
internal sealed partial class WatchKeeper(
    WatchStore store, WatchBook book, IEnumerable<IWatchSource> sources, NodeBook nodes, ITradeHistory history, IndexingOptions options, TimeProvider clock, ILogger<WatchKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BoardPeriod = TimeSpan.FromHours(1);
    private static readonly TimeSpan CodeFor = TimeSpan.FromHours(6);
    private readonly IWatchSource[] _sources = [.. sources];
    private readonly Bell _bell = new();
    private long? _boardAt;

    /// <summary>The wallets behind who is new are looked for at once.</summary>
    public void FindWallets() => _bell.Ring();

    /// <summary>The snapshot is there before anything else of this module starts.</summary>
    public override async Task StartAsync(CancellationToken ct)
    {
        await store.LoadAsync(ct);
        await base.StartAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            long? at = null;
            while (true)
            {
                if (at is not { } before || clock.GetElapsedTime(before) >= Period)
                {
                    at = clock.GetTimestamp();
                    await StepAsync("follows", () => SyncAsync(ct), ct);
                    await StepAsync("leaderboard", () => BoardAsync(ct), ct);
                    await StepAsync("coverage", () => store.SaveCoverageAsync(ct), ct);
                }
                await StepAsync("wallets", () => WalletsAsync(ct), ct);
                var left = Period - clock.GetElapsedTime(at.Value);
                await _bell.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // stopping
        }
    }

    /// <summary>What the sources want now.</summary>
    public async Task SyncAsync(CancellationToken ct)
    {
        var wanted = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var source in _sources)
            foreach (var address in await source.LeadersAsync(ct))
                if (Address.TryParse(address, out var parsed))
                    wanted[parsed.ToLower()] = null;
        if (!await store.SyncAsync(wanted, WatchStore.Leader, WatchStore.Follows, ct))
            return;
        FindWallets();
        Log.Synced(logger, wanted.Count, book.Now.Leaders.Count);
    }

    /// <summary>Finds the wallets of addresses that were not looked at for six hours.</summary>
    public async Task WalletsAsync(CancellationToken ct)
    {
        var before = (clock.GetUtcNow() - CodeFor).UtcDateTime;
        foreach (var row in book.Now.Leaders.Values.Where(r => r.CodeAt is null || r.CodeAt < before).ToList())
        {
            if (nodes.Usable().FirstOrDefault() is not { } node)
                return;
            try
            {
                await nodes.CheckAsync(node, ct);
                await store.WalletsAsync(row.Address, await DeriveAsync(node.Node, row, ct), ct);
            }
            catch (VenueException e)
            {
                nodes.Fails(node, e);
                return; // asked again in a minute
            }
        }
    }

    /// <summary>The address given is watched in any case; when it has no code, so are those of its wallets that have.</summary>
    private static async Task<IReadOnlyList<string>> DeriveAsync(IChainNode node, WatchedRow row, CancellationToken ct)
    {
        var owner = Address.Parse(row.Address);
        var wallets = new List<string> { row.Address };
        if (await node.HasCodeAsync(owner, ct))
            return wallets;
        foreach (var wallet in new[] { WalletDerivation.Deposit(owner), WalletDerivation.DepositUups(owner), WalletDerivation.Safe(owner), WalletDerivation.Proxy(owner) })
            if (await node.HasCodeAsync(wallet, ct))
                wallets.Add(wallet.ToLower());
        return wallets;
    }

    private async Task BoardAsync(CancellationToken ct)
    {
        if (options.SmartTraders == 0 || (_boardAt is { } at && clock.GetElapsedTime(at) < BoardPeriod))
            return;
        var board = await history.LeaderboardAsync(options.SmartTraders, ct);
        _boardAt = clock.GetTimestamp();
        if (board.Count > 0) // an empty board is the venue's trouble, not a reason to forget everybody
            await store.SyncAsync(board.Take(options.SmartTraders).Where(b => Address.TryParse(b.Wallet, out _)).DistinctBy(b => b.Wallet).ToDictionary(b => b.Wallet, b => b.Name), WatchStore.SmartTrader, WatchStore.Leaderboard, ct);
    }

    private async Task StepAsync(string what, Func<Task> step, CancellationToken ct)
    {
        try
        {
            await step();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.Failed(logger, what, e is VenueException ? e.Message : $"{e.GetType().Name} {e.Message}");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Indexing + 40, LogLevel.Information, "{Follows} leaders are followed; {Count} addresses are watched")]
        public static partial void Synced(ILogger logger, int follows, int count);

        [LoggerMessage(EventIds.Indexing + 41, LogLevel.Warning, "What is watched was not brought up to date ({What}): {Reason}; again in a minute")]
        public static partial void Failed(ILogger logger, string what, string reason);
    }
}
