using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Markets;

/// <summary>Adds to what Gamma says of a market what only the CLOB knows: trading rules, the book's price, the winner.</summary>
internal sealed partial class MarketReader(MarketIndex index, IMarketData venue, TimeProvider clock, ILogger<MarketReader> logger)
{
    /// <summary>Everything for one market that somebody asked for now. What the CLOB does not tell is left as it is.</summary>
    public async Task CompleteAsync(MarketState state, VenueMarket gamma, CancellationToken ct)
    {
        try
        {
            if (gamma.Closed)
            {
                await ResolveAsync(state, gamma, ct);
                return;
            }
            await RulesAsync(state, ct);
            if (state.Market.Tokens.Count > 0)
                index.Books(state, [await venue.BookAsync(state.Market.Tokens[0], ct)]);
        }
        catch (VenueException e)
        {
            Log.Incomplete(logger, state.Market.Id, e.Message);
        }
    }

    public async Task RulesAsync(MarketState state, CancellationToken ct) => index.Rules(state, await venue.RulesAsync(state.Market.ConditionId, ct));

    /// <summary>Reads books for the markets' prices, set by set; markets without one are halted.</summary>
    /// <param name="states">Whose price is wanted.</param>
    /// <param name="isCertain">For these a book that is missing in the set is asked for by itself before the market is called halted.</param>
    /// <param name="ct">Cancels the reads.</param>
    public async Task PriceAsync(IReadOnlyCollection<MarketState> states, Predicate<MarketState> isCertain, CancellationToken ct)
    {
        foreach (var chunk in states.Where(s => s.Market.Tokens.Count > 0).Chunk(400))
        {
            // the two books of a binary market mirror each other (241 of 242 pairs, 2026-10): one is enough
            var wanted = chunk.SelectMany(s => s.Market.Tokens.Count == 2 ? s.Market.Tokens.Take(1) : s.Market.Tokens).ToList();
            var books = (await venue.BooksAsync(wanted, ct)).ToDictionary(b => b.Token);
            foreach (var state in chunk)
            {
                var tokens = state.Market.Tokens;
                var own = (tokens.Count == 2 ? tokens.Take(1) : tokens).Select(t => books.GetValueOrDefault(t)).ToList();
                if (own.TrueForAll(b => b is null) && state.Market.AcceptingOrders && isCertain(state))
                    own[0] = await venue.BookAsync(tokens[0], ct);
                index.Books(state, own);
            }
        }
    }

    /// <summary>A closed market is resolved once Gamma's final prices and the CLOB's winner say the same.</summary>
    /// <remarks>Legacy markets that the CLOB has forgotten are taken on Gamma's word when it calls them resolved.</remarks>
    public async Task ResolveAsync(MarketState state, VenueMarket gamma, CancellationToken ct)
    {
        if (state.Market.Payouts is not null)
        {
            index.Resolved(state, state.Market.Payouts); // told again: whoever failed last time gets another chance
            return;
        }
        var said = gamma.OutcomePrices;
        if (!gamma.Closed || said.Count != state.Market.Outcomes.Count || said.Sum() != 1 || said.Any(p => p is not (0 or 1 or 0.5m)))
            return;
        if (await venue.PayoutsAsync(state.Market.ConditionId, ct) is not { } payouts)
            return;
        var clob = state.Market.Tokens.Select(t => payouts.TryGetValue(t, out var p) ? p : (decimal?)null).ToList();
        var forgotten = payouts.Count == 0 && gamma.ResolutionStatus is null or "resolved" or "settled";
        if (forgotten || (clob.Count == said.Count && clob.Zip(said).All(p => p.First == p.Second)))
        {
            index.Resolved(state, said);
            Log.Resolved(logger, state.Market.Id, string.Join(" / ", state.Market.Outcomes.Zip(said, (o, p) => $"{o} {p}")));
            return;
        }
        if (payouts.Count > 0)
            Log.Contradiction(logger, state.Market.Id, clock.GetUtcNow());
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Markets + 4, LogLevel.Debug, "Market {MarketId} is known by Gamma's word only: {Reason}")]
        public static partial void Incomplete(ILogger logger, string marketId, string reason);

        [LoggerMessage(EventIds.Markets + 5, LogLevel.Information, "Market {MarketId} resolved: {Payouts}")]
        public static partial void Resolved(ILogger logger, string marketId, string payouts);

        [LoggerMessage(EventIds.Markets + 6, LogLevel.Warning, "Gamma and the CLOB name different winners of market {MarketId} (at {At:O}); nobody is paid until they agree")]
        public static partial void Contradiction(ILogger logger, string marketId, DateTimeOffset at);
    }
}
