using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>An order: the decision, the signed bytes, and what the venue has said since. How it moves stands in OrderRow.States.cs.</summary>
internal sealed partial class OrderRow : IEntityTypeConfiguration<OrderRow>
{
    public Guid Id { get; set; }
    public long UserId { get; set; }
    public Guid WalletId { get; set; }
    public required string MarketId { get; set; }
    public required string ConditionId { get; set; }
    public TokenId TokenId { get; set; }
    public required string Outcome { get; set; }
    public Side Side { get; set; }
    public OrderType Type { get; set; }

    /// <summary>manual, exit, copy, import or sync.</summary>
    public required string Origin { get; set; }

    /// <summary>The decision itself: one row per key, however often it is asked.</summary>
    public required string DecisionKey { get; set; }
    public Guid? ExitId { get; set; }
    public int? ExitArming { get; set; }
    public int? ExitAttempt { get; set; }
    public Guid? FollowId { get; set; }
    public string? LeaderTradeId { get; set; }

    /// <summary>The EIP-712 digest: the venue's order id, known before sending.</summary>
    public required string OrderHash { get; set; }

    /// <summary>The exact bytes of POST /order; they are all that is ever sent for this order.</summary>
    public required byte[] Body { get; set; }
    public long MakerAmount { get; set; }
    public long TakerAmount { get; set; }

    /// <summary>The worst price.</summary>
    public Price Price { get; set; }

    /// <summary>Bought at the worst price, or sold.</summary>
    public Shares Shares { get; set; }
    public bool PostOnly { get; set; }
    public DateTime? ExpiresAt { get; set; }

    /// <summary>BUY: what the fee may come to; reserved on top of the maker amount.</summary>
    public Usdc FeeReserve { get; set; }
    public OrderStatus Status { get; set; }

    /// <summary>Booked fills that have not failed.</summary>
    public Shares Filled { get; set; }
    public Usdc Collateral { get; set; }
    public Usdc Fee { get; set; }

    /// <summary>What the venue says has matched; provisional, fills decide.</summary>
    public Shares VenueMatched { get; set; }

    /// <summary>The venue can match it no further.</summary>
    public bool VenueDone { get; set; }

    /// <summary>The venue has shown that it took the order.</summary>
    public bool Accepted { get; set; }

    /// <summary>Since when reads of the venue do not list it.</summary>
    public DateTime? AbsentSince { get; set; }
    public Price? TakeProfit { get; set; }
    public Price? StopLoss { get; set; }
    public Guid? PositionId { get; set; }
    public string? ReasonCode { get; set; }
    public string? Reason { get; set; }

    /// <summary>The reason for other languages; null: one that its code alone tells.</summary>
    public Said? Said { get; set; }
    public int Sends { get; set; }
    public DateTime DecidedAt { get; set; }
    public DateTime? SubmittedAt { get; set; }
    public DateTime? LastSentAt { get; set; }
    public DateTime? AckedAt { get; set; }
    public DateTime? TerminalAt { get; set; }
    public DateTime? TickReceivedAt { get; set; }
    public DateTime UpdatedAt { get; set; }

    /// <summary>pUSD per share without fees, six decimals; null while nothing is filled.</summary>
    public decimal? AveragePrice => Filled <= Shares.Zero ? null : decimal.Round(Collateral.Micros / (decimal)Filled.Micros, 6);

    /// <summary>The decision as code made it; null for a user's own order.</summary>
    public Decision? ToDecision() => Origin is not ("exit" or "copy") ? null : new Decision(
        DecisionKey, UserId, WalletId, MarketId, TokenId, Side, Type, Shares, Side == Side.Buy && Type.IsImmediate() ? new Usdc(MakerAmount) : null, Price,
        Origin, PositionId, ExitId, ExitArming ?? 0, ExitAttempt ?? 0, FollowId, LeaderTradeId, TickReceivedAt);

    public void Configure(EntityTypeBuilder<OrderRow> builder)
    {
        builder.ToTable("orders");
        builder.Property(o => o.Id).ValueGeneratedNever();
        builder.Property(o => o.Side).HasConversion(v => v.Word(), v => OrderWords.Side(v)).HasMaxLength(4);
        builder.Property(o => o.Type).HasConversion(v => v.Word(), v => OrderWords.Type(v)).HasMaxLength(3);
        builder.Property(o => o.Status).HasConversion(v => v.Word(), v => OrderWords.Status(v)).HasMaxLength(20);
        builder.Property(o => o.Said!).IsJson();
        builder.HasIndex(o => o.DecisionKey).IsUnique();
        builder.HasIndex(o => o.OrderHash).IsUnique();
        builder.HasIndex(o => new { o.ExitId, o.ExitArming, o.ExitAttempt }).IsUnique().HasFilter("exit_id is not null");
        builder.HasIndex(o => new { o.UserId, o.Id });
        builder.HasIndex(o => new { o.WalletId, o.TokenId });
        builder.Ignore(o => o.AveragePrice);
        builder.Ignore(o => o.IsTerminal);
        builder.Ignore(o => o.Remaining);
        // small for ever: whatever may still fill
        builder.HasIndex(o => o.MarketId).HasFilter("terminal_at is null").HasDatabaseName("ix_orders_open");
    }
}
