using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Markets;

internal sealed class MarketRow : IEntityTypeConfiguration<MarketRow>
{
    public required string Id { get; set; }
    public required string ConditionId { get; set; }
    public required string Question { get; set; }
    public required string Slug { get; set; }
    public IReadOnlyList<string> Outcomes { get; set; } = [];
    public IReadOnlyList<decimal> OutcomePrices { get; set; } = [];
    public IReadOnlyList<TokenId> ClobTokenIds { get; set; } = [];
    public decimal? LastMidPrice { get; set; }
    public required string Source { get; set; }
    public DateTime PricedAt { get; set; }
    public DateTime UpdatedAt { get; set; }
    public Price TickSize { get; set; }
    public Shares MinOrderSize { get; set; }
    public bool NegRisk { get; set; }
    public required string Version { get; set; }
    public decimal FeeRate { get; set; }
    public int FeeExponent { get; set; }
    public int TakerDelayMs { get; set; }
    public bool Active { get; set; }
    public bool Closed { get; set; }
    public bool AcceptingOrders { get; set; }
    public string? ResolutionStatus { get; set; }
    public IReadOnlyList<decimal>? Payouts { get; set; }
    public DateTime? EndDate { get; set; }
    public decimal Volume24h { get; set; }
    public decimal Liquidity { get; set; }
    public string? EventId { get; set; }
    public string? EventSlug { get; set; }
    public string? EventTitle { get; set; }
    public string? GroupTitle { get; set; }
    public string? Icon { get; set; }
    public IReadOnlyList<string> Tags { get; set; } = [];
    public string? Description { get; set; }

    /// <summary>Somebody held, armed or opened it once: its row stays when it is no longer polled.</summary>
    public bool Kept { get; set; }

    public void Configure(EntityTypeBuilder<MarketRow> builder)
    {
        builder.ToTable("markets");
        builder.Property(m => m.Outcomes).IsJson();
        builder.Property(m => m.OutcomePrices).IsJson();
        builder.Property(m => m.ClobTokenIds).IsJson();
        builder.Property(m => m.Payouts).IsJson();
        builder.Property(m => m.Tags).IsJson();
        builder.HasIndex(m => m.ConditionId);
        builder.HasIndex(m => m.Slug);
        builder.HasStorageParameter("fillfactor", 70); // prices change all the time: the new version of a row fits beside the old one
    }

    public static MarketRow Of(Market m, bool kept) => new()
    {
        Id = m.Id,
        ConditionId = m.ConditionId,
        Question = m.Question,
        Slug = m.Slug,
        Outcomes = m.Outcomes,
        OutcomePrices = m.Prices,
        ClobTokenIds = m.Tokens,
        LastMidPrice = m.LastMidPrice,
        Source = m.Source,
        PricedAt = m.PricedAt.UtcDateTime,
        UpdatedAt = m.UpdatedAt.UtcDateTime,
        TickSize = m.TickSize,
        MinOrderSize = m.MinOrderSize,
        NegRisk = m.NegRisk,
        Version = m.Version,
        FeeRate = m.Fee.Rate,
        FeeExponent = m.Fee.Exponent,
        TakerDelayMs = (int)m.TakerDelay.TotalMilliseconds,
        Active = m.Active,
        Closed = m.Closed,
        AcceptingOrders = m.AcceptingOrders,
        ResolutionStatus = m.ResolutionStatus,
        Payouts = m.Payouts,
        EndDate = m.EndDate?.UtcDateTime,
        Volume24h = m.Volume24h,
        Liquidity = m.Liquidity,
        EventId = m.EventId,
        EventSlug = m.EventSlug,
        EventTitle = m.EventTitle,
        GroupTitle = m.GroupTitle,
        Icon = m.Icon,
        Tags = m.Tags,
        Description = m.Description,
        Kept = kept,
    };

    public Market ToMarket() => new(
        Id, ConditionId, Question, Slug, Outcomes, ClobTokenIds, OutcomePrices, LastMidPrice is { } mid ? Plain(mid) : null, Source, PricedAt, UpdatedAt,
        TickSize, MinOrderSize, NegRisk, Version, new FeeSchedule(Plain(FeeRate), FeeExponent), TimeSpan.FromMilliseconds(TakerDelayMs),
        Active, Closed, AcceptingOrders, ResolutionStatus, Payouts, EndDate, Plain(Volume24h), Plain(Liquidity),
        EventId, EventSlug, EventTitle, GroupTitle, Icon, Tags, Description);

    /// <summary>numeric(38,10) comes back with all its zeros, which would be shown.</summary>
    private static decimal Plain(decimal value) => value / 1.0000000000000000000000000000m;
}
