using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Streaming;

namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Which markets must be streamed because of exits, from memory; it waits until memory is filled.</summary>
internal sealed class ExitInterest(ExitBook book) : IInterestSource
{
    public async Task<IReadOnlyCollection<(string MarketId, IReadOnlyCollection<TokenId> Armed)>> InterestAsync(CancellationToken ct)
    {
        await book.Loaded.WaitAsync(ct);
        return [.. book.Exits.GroupBy(e => e.MarketId).Select(g => (g.Key, (IReadOnlyCollection<TokenId>)[.. g.Select(e => e.Token).Distinct()]))];
    }
}
