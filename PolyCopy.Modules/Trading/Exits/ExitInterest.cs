using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Which markets must be streamed because of exits, from memory; refused with a time-out until memory is filled.</summary>
internal sealed class ExitInterest(ExitBook book, TimeProvider clock) : IInterestSource
{
    public async Task<IReadOnlyCollection<(string MarketId, IReadOnlyCollection<TokenId> Armed)>> InterestAsync(CancellationToken ct)
    {
        await book.Loaded.WaitAsync(TimeSpan.FromSeconds(5), clock, ct); // who asks, asks again
        return [.. book.Exits.GroupBy(e => e.MarketId).Select(g => (g.Key, (IReadOnlyCollection<TokenId>)[.. g.Select(e => e.Token).Distinct()]))];
    }
}
