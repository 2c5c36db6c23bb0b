using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>What one follow does about one leader trade: written once, before anything is ordered; later only what became of its order is added.</summary>
internal sealed class DecisionRow : IEntityTypeConfiguration<DecisionRow>
{
    public Guid Id { get; set; }
    public long UserId { get; set; }
    public Guid FollowId { get; set; }
    public Guid WalletId { get; set; }
    public Guid SignalId { get; set; }
    public required string LeaderTradeId { get; set; }
    public required string GroupId { get; set; }
    public required string Leader { get; set; }
    public string? MarketId { get; set; }

    /// <summary>What we trade; with reverse the leader's other outcome.</summary>
    public TokenId TokenId { get; set; }
    public string? Outcome { get; set; }

    /// <summary>Of our own order.</summary>
    public Side Side { get; set; }
    public Side LeaderSide { get; set; }
    public decimal LeaderPrice { get; set; }
    public decimal LeaderAmount { get; set; }
    public required string Verdict { get; set; }
    public string? Rule { get; set; }
    public string? Reason { get; set; }

    /// <summary>The reason for other languages; null: foreign words.</summary>
    public Said? Said { get; set; }
    public IReadOnlyList<Said> Steps { get; set; } = [];
    public int RulesVersion { get; set; }

    /// <summary>planned: to be ordered; ordered: its order is out; done.</summary>
    public required string State { get; set; }

    /// <summary>Orders made so far; only sells make more than one.</summary>
    public int Attempt { get; set; }

    /// <summary>Not before.</summary>
    public DateTime? DueAt { get; set; }

    /// <summary>The user's day, yyyymmdd in his zone.</summary>
    public int Day { get; set; }

    /// <summary>BUY: micro-pUSD to spend without the fee.</summary>
    public long Amount { get; set; }

    /// <summary>What counts against the caps: the amount while the order may fill, then what it spent.</summary>
    public long Committed { get; set; }

    /// <summary>What the rules would have spent; for skips, so that a summary can say what the filters saved.</summary>
    public long WouldSpend { get; set; }

    /// <summary>Below the minimum: put aside (+), or taken from what was put aside (-).</summary>
    public long Carry { get; set; }

    /// <summary>SELL: of what is held; what a buy on its way still brings is sold by it too.</summary>
    public decimal Fraction { get; set; }

    /// <summary>SELL: micro-shares to sell in all.</summary>
    public long Target { get; set; }

    /// <summary>Filled by earlier attempts, micro-shares.</summary>
    public long FilledBefore { get; set; }
    public long Filled { get; set; }
    public long CollateralBefore { get; set; }
    public long Collateral { get; set; }
    public Price? WorstPrice { get; set; }
    public Price? TakeProfit { get; set; }
    public Price? StopLoss { get; set; }
    public Guid? OrderId { get; set; }
    public string? OrderHash { get; set; }
    public string? OrderStatus { get; set; }
    public required string Feed { get; set; }
    public DateTime? MatchedAt { get; set; }
    public long? Block { get; set; }
    public DateTime? BlockAt { get; set; }
    public DateTime SeenAt { get; set; }
    public DateTime DecidedAt { get; set; }
    public DateTime? SubmittedAt { get; set; }
    public DateTime? AckedAt { get; set; }
    public DateTime? ConfirmedAt { get; set; }
    public bool Told { get; set; }

    /// <param name="rule">The first rule that spoke against it; null: none does.</param>
    /// <param name="said">The reason.</param>
    /// <param name="foreign">The reason, where it is nobody's phrase.</param>
    public void Because(string? rule, Said? said, string? foreign = null) => (Rule, Said, Reason) = (rule, said, said?.Text ?? foreign);

    public void Configure(EntityTypeBuilder<DecisionRow> builder)
    {
        builder.ToTable("decisions");
        builder.Property(d => d.Id).ValueGeneratedNever();
        builder.Property(d => d.Leader).HasMaxLength(42);
        builder.Property(d => d.Side).HasConversion(v => v == Side.Buy ? "BUY" : "SELL", v => v == "BUY" ? Side.Buy : Side.Sell).HasMaxLength(4);
        builder.Property(d => d.LeaderSide).HasConversion(v => v == Side.Buy ? "BUY" : "SELL", v => v == "BUY" ? Side.Buy : Side.Sell).HasMaxLength(4);
        builder.Property(d => d.Verdict).HasMaxLength(8);
        builder.Property(d => d.Rule).HasMaxLength(40);
        builder.Property(d => d.State).HasMaxLength(8);
        builder.Property(d => d.Said!).IsJson();
        builder.Property(d => d.Steps).IsJson();
        builder.HasIndex(d => new { d.FollowId, d.LeaderTradeId }).IsUnique(); // leader trade x follow: exactly one
        builder.HasIndex(d => new { d.UserId, d.Id });
        builder.HasIndex(d => new { d.FollowId, d.Day });
        builder.HasIndex(d => new { d.FollowId, d.TokenId });
        builder.HasIndex(d => d.GroupId);
        builder.HasIndex(d => d.OrderId);
        builder.HasIndex(d => d.DecidedAt).HasFilter("verdict = 'skipped'").HasDatabaseName("ix_decisions_skipped"); // the old ones go
        // small for ever: what still has something to do
        builder.HasIndex(d => d.State).HasFilter("state <> 'done'").HasDatabaseName("ix_decisions_open");
    }
}

internal static class Verdict
{
    public const string Copied = "copied";
    public const string Skipped = "skipped";
    public const string Failed = "failed";
}

internal static class DecisionState
{
    public const string Planned = "planned";
    public const string Ordered = "ordered";
    public const string Done = "done";
}

/// <summary>What a follow holds of an outcome, as of its last change: counted by the caps. What is sold is folded from the ledger at that moment.</summary>
internal sealed class HoldingRow : IEntityTypeConfiguration<HoldingRow>
{
    /// <summary>follow:token.</summary>
    public required string Id { get; set; }
    public Guid FollowId { get; set; }
    public TokenId TokenId { get; set; }
    public long UserId { get; set; }
    public Guid WalletId { get; set; }
    public required string MarketId { get; set; }
    public required string Outcome { get; set; }

    /// <summary>Micro-shares.</summary>
    public long Shares { get; set; }

    /// <summary>Micro-pUSD paid for them.</summary>
    public long Cost { get; set; }

    /// <summary>Under which the holding was opened: its sells obey these.</summary>
    public int RulesVersion { get; set; }
    public DateTime UpdatedAt { get; set; }

    public static string Key(Guid follow, TokenId token) => $"{follow:N}:{token}";

    public void Configure(EntityTypeBuilder<HoldingRow> builder)
    {
        builder.ToTable("follow_holdings");
        builder.Property(h => h.Id).ValueGeneratedNever().HasMaxLength(111);
        builder.HasIndex(h => h.FollowId);
        builder.HasIndex(h => new { h.WalletId, h.TokenId });
        builder.HasIndex(h => h.UserId);
    }
}
