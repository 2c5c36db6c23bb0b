using System.ComponentModel.DataAnnotations;

namespace PolyCopy.Modules.Copying;

/// <summary>Section Copying.</summary>
internal sealed record CopyingOptions
{
    /// <summary>A leader's buy older than this is not copied.</summary>
    [Range(1, 3_600)]
    public int MaxBuyAgeSeconds { get; init; } = 30;

    /// <summary>Orders of a leader on one token and side within this time share one budget.</summary>
    [Range(0, 3_600)]
    public int GroupSeconds { get; init; } = 60;

    /// <summary>pUSD; a leader's smaller buys are dust to every follower.</summary>
    [Range(0, 1_000_000)]
    public decimal DustUsd { get; init; } = 1m;

    /// <summary>How much of the depth within the cap all followers together may take per trade, 0 to 1].</summary>
    [Range(0.01, 1)]
    public decimal DepthShare { get; init; } = 0.5m;

    /// <summary>Time between two digests of skips.</summary>
    [Range(1, 1_440)]
    public int DigestMinutes { get; init; } = 60;

    /// <summary>Skips older than this are removed; copies are kept.</summary>
    [Range(1, 3_650)]
    public int KeepSkipsDays { get; init; } = 90;

    /// <summary>Attempts of one mirrored sell while the book is too thin.</summary>
    [Range(1, 1_000)]
    public int SellAttempts { get; init; } = 60;
}
