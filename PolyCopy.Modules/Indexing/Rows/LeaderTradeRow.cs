using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing.Rows;

/// <summary>A leader's trade and what of it is still to be told.</summary>
internal sealed class LeaderTradeRow : IEntityTypeConfiguration<LeaderTradeRow>
{
    public const string TellTrade = "trade";
    public const string TellRemoval = "removal";

    public required string Id { get; set; }
    public required string Leader { get; set; }
    public required string Wallet { get; set; }

    /// <summary>Who told first.</summary>
    public LeaderTradeSource Source { get; set; }
    public required string TransactionHash { get; set; }
    public string? OrderHash { get; set; }
    public TokenId TokenId { get; set; }
    public string? ConditionId { get; set; }
    public string? MarketId { get; set; }
    public string? Outcome { get; set; }
    public Side Side { get; set; }
    public Shares Shares { get; set; }
    public Usdc Collateral { get; set; }

    /// <summary>Micro-units of collateral, or of shares for a buy at a V1 exchange.</summary>
    public long Fee { get; set; }
    public bool? IsTaker { get; set; }
    public string? Counterparty { get; set; }
    public bool IsAdvance { get; set; }
    public bool IsBackfilled { get; set; }
    public DateTime? MatchedAt { get; set; }
    public long? BlockNumber { get; set; }
    public string? BlockHash { get; set; }
    public DateTime? BlockAt { get; set; }
    public DateTime SeenAt { get; set; }

    /// <summary>By the block, else by the feed.</summary>
    public DateTime TradedAt { get; set; }

    /// <summary>The identity of the chain's fill that this is; null while no fill is known.</summary>
    public string? ChainKey { get; set; }

    /// <summary>The identity of the feed's trade that this is.</summary>
    public string? FeedKey { get; set; }

    /// <summary>Its block cannot change any more, and was read twice.</summary>
    public bool IsFinal { get; set; }
    public bool Removed { get; set; }

    /// <summary>It happened while the address was watched: history is told to nobody.</summary>
    public bool IsNews { get; set; }

    /// <summary>Listeners hold it for a trade.</summary>
    public bool Told { get; set; }

    /// <summary>trade or removal while that is still to be told.</summary>
    public string? Tell { get; set; }

    /// <summary>The order of telling.</summary>
    public long Seq { get; set; }

    public void Configure(EntityTypeBuilder<LeaderTradeRow> builder)
    {
        builder.ToTable("leader_trades");
        builder.Property(t => t.Id).HasMaxLength(64);
        builder.Property(t => t.Source).HasConversion<string>().HasMaxLength(10);
        builder.Property(t => t.Side).HasConversion<string>().HasMaxLength(4);
        builder.HasIndex(t => new { t.Leader, t.ChainKey }).IsUnique();
        builder.HasIndex(t => new { t.Leader, t.TradedAt });
        builder.HasIndex(t => new { t.Wallet, t.TokenId });
        builder.HasIndex(t => t.BlockNumber);
        builder.HasIndex(t => new { t.Tell, t.Seq });
    }

    public LeaderTrade ToTrade() => new(
        Id, Leader, Wallet, Source, TransactionHash, OrderHash, TokenId, ConditionId, MarketId, Outcome, Side, Shares, Collateral, IsTaker, Counterparty,
        IsAdvance, IsBackfilled, MatchedAt, BlockNumber, BlockAt, SeenAt);
}
