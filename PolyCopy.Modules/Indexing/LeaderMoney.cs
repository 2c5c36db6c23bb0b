using System.Collections.Concurrent;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

/// <summary>Cash by the chain, positions by the venue's Data API.</summary>
internal sealed class LeaderMoney(WatchBook book, NodeBook nodes, ChainState chain, Contracts contracts, ITradeHistory history, TimeProvider clock) : ILeaderMoney
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    // followed leaders only, some hundred
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, decimal Bankroll)> _known = new(StringComparer.Ordinal);

    public async Task<decimal?> BankrollAsync(string address, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(address, out var known) && now - known.At < Fresh)
            return known.Bankroll;
        var sum = 0m;
        foreach (var wallet in book.Now.WalletsOf(address))
        {
            if (await CashAsync(wallet, ct) is not { } cash || await ValueAsync(wallet, ct) is not { } value)
                return null;
            sum += cash + value;
        }
        _known[address] = (now, sum);
        return sum;
    }

    private async Task<decimal?> CashAsync(string wallet, CancellationToken ct) =>
        contracts.Collateral is { } collateral && chain.Through is { } through && await nodes.BalanceAsync(collateral, wallet, null, through, ct) is { } micros ? new Usdc(micros).ToDecimal() : null;

    private async Task<decimal?> ValueAsync(string wallet, CancellationToken ct)
    {
        try
        {
            return await history.ValueAsync(wallet, ct);
        }
        catch (VenueException)
        {
            return null;
        }
    }
}
