using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>A tag of the venue; ids are decimal strings.</summary>
internal sealed record SimTag(string Id, string Label, string Slug);

/// <summary>How a market charges its taker: shares x rate x (p(1-p))^exponent.</summary>
/// <param name="Type">Gamma's feeType; null with no fees.</param>
internal sealed record FeeSchedule(string? Type, decimal Rate, int Exponent, decimal RebateRate)
{
    public static FeeSchedule Zero { get; } = new("zero_fees", 0, 1, 0);

    public bool Enabled => Rate > 0;
}

/// <summary>An event: one question page with one market, or a neg-risk group of several.</summary>
internal sealed class SimEvent
{
    public required string Id { get; init; }
    public required string Slug { get; init; }
    public required string Title { get; init; }
    public required string Description { get; init; }
    public required bool NegRisk { get; init; }

    /// <summary>The group's id in a neg-risk event, 0x and 64 hex; null otherwise.</summary>
    public string? NegRiskMarketId { get; init; }

    public required string Category { get; init; }
    public required IReadOnlyList<SimTag> Tags { get; init; }
    public (string Id, string Slug)? Series { get; init; }
    public required DateTimeOffset StartDate { get; init; }
    public required DateTimeOffset EndDate { get; init; }

    /// <summary>The children, in the order of their group threshold.</summary>
    public List<SimMarket> Markets { get; } = [];
}

/// <summary>What never changes about a market; its state is <see cref="MarketState"/>.</summary>
internal sealed class SimMarket
{
    /// <summary>Gamma's id, decimal.</summary>
    public required string Id { get; init; }

    /// <summary>0x and 64 hex, lower case.</summary>
    public required string ConditionId { get; init; }

    public required string QuestionId { get; init; }
    public required string Slug { get; init; }
    public required string Question { get; init; }
    public required string Description { get; init; }

    /// <summary>Two names; index 0 is canonical.</summary>
    public required IReadOnlyList<string> Outcomes { get; init; }

    /// <summary>Two decimal token ids, parallel to <see cref="Outcomes"/>.</summary>
    public required IReadOnlyList<string> TokenIds { get; init; }

    /// <summary>Position ids shown by Gamma, also on some v1 markets, where they have no book; null in most markets.</summary>
    public IReadOnlyList<string>? PositionIds { get; init; }

    public required SimEvent Event { get; init; }
    public bool NegRisk => Event.NegRisk;
    public string? GroupItemTitle { get; init; }
    public int GroupItemThreshold { get; init; }

    /// <summary>The tick at birth; it gets finer when the price leaves 0.04 to 0.96 (<see cref="MarketState.Tick"/>).</summary>
    public required Price Tick { get; init; }

    /// <summary>Smallest resting order in whole shares.</summary>
    public int MinOrderSize => 5;

    public required FeeSchedule Fees { get; init; }

    /// <summary>Seconds a marketable order waits before it is matched ("delayed"); 0 in most markets.</summary>
    public int TakerDelaySeconds { get; init; }

    public required DateTimeOffset StartDate { get; init; }
    public required DateTimeOffset EndDate { get; init; }
    public DateTimeOffset? GameStart { get; init; }

    /// <summary>Gamma's active; false for a placeholder child that accepts orders all the same.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Set for a market that was over before the world began: the winning index, -1 for 50/50.</summary>
    public int? BornResolved { get; init; }

    /// <summary>"v1": domain version 2 and the V2 exchanges; "v2": ExchangeV3 and position ids. The venue has none of the latter yet.</summary>
    public string Version { get; init; } = "v1";

    /// <summary>True when /markets-by-token names index 1 as primary (the venue does that for some).</summary>
    public bool PrimaryIsSecond { get; init; }

    /// <summary>How the price and the book of this market move.</summary>
    public required PriceModel Model { get; init; }
}
