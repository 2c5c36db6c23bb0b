using System.Collections.Concurrent;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

/// <summary>Which market a traded token belongs to. A trade never waits long for that, and is told without it when the venue does not say.</summary>
internal sealed class MarketNames(IMarketCatalog catalog, IMarketData venue, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan NotAgainFor = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<TokenId, long> _unknown = new();

    /// <summary>From memory only.</summary>
    public (string? ConditionId, string? MarketId, string? Outcome) Of(TokenId token)
    {
        if (catalog.ByToken(token) is not { } market)
            return default;
        var index = market.TokenIndex(token);
        return (market.ConditionId, market.Id, index >= 0 && index < market.Outcomes.Count ? market.Outcomes[index] : null);
    }

    /// <summary>Learns the markets of tokens the catalogue lacks, for at most three seconds.</summary>
    /// <param name="tokens">With the condition id where the source named it.</param>
    /// <param name="ct">Cancels.</param>
    public async Task LearnAsync(IEnumerable<(TokenId Token, string? ConditionId)> tokens, CancellationToken ct)
    {
        var missing = tokens.DistinctBy(t => t.Token).Where(t => catalog.ByToken(t.Token) is null && !(_unknown.TryGetValue(t.Token, out var at) && clock.GetElapsedTime(at) < NotAgainFor)).ToList();
        if (missing.Count == 0)
            return;
        using var patience = new CancellationTokenSource(Patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        foreach (var (token, named) in missing)
        {
            try
            {
                var condition = named ?? (UInt256.TryParse(token.Digits, out var id) && PositionId.Of(id) is { } position ? position.ConditionId + "00" : await venue.ConditionOfAsync(token, both.Token));
                if (condition is not null)
                    await catalog.FindAsync(condition, both.Token);
                if (catalog.ByToken(token) is null)
                    _unknown[token] = clock.GetTimestamp();
            }
            catch (Exception e) when (e is VenueException || (e is OperationCanceledException && !ct.IsCancellationRequested))
            {
                _unknown[token] = clock.GetTimestamp();
            }
        }
    }
}
