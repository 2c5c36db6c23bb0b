using System.ComponentModel.DataAnnotations;

namespace PolyCopy.Modules.Trading;

/// <summary>Section Trading.</summary>
internal sealed record TradingOptions
{
    /// <summary>User channels open at once; wallets beyond it are followed over REST.</summary>
    [Range(1, 5_000)]
    public int MaxUserChannels { get; init; } = 300;
}
