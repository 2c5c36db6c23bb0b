using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Persistence;

namespace PolyCopy.Modules.Indexing.Rows;

/// <summary>An address somebody wanted to be watched; it stays when nobody does any more.</summary>
internal sealed class WatchedRow : IEntityTypeConfiguration<WatchedRow>
{
    /// <summary>Lower-case 0x.</summary>
    public required string Address { get; set; }

    /// <summary>leader or smart_trader.</summary>
    public required string Kind { get; set; }

    /// <summary>The address itself, and the wallets derived from it that have code.</summary>
    public IReadOnlyList<string> Wallets { get; set; } = [];

    /// <summary>Those, also where the address itself is not among them yet.</summary>
    public IReadOnlyList<string> AllWallets() => [.. Wallets.Append(Address).Distinct()];

    /// <summary>Who wants it: operator, follows, leaderboard.</summary>
    public IReadOnlyList<string> By { get; set; } = [];
    public bool Active { get; set; }
    public string? Name { get; set; }
    public DateTime CreatedAt { get; set; }

    /// <summary>Since when it is watched without a break; what happened before is history and told to nobody.</summary>
    public DateTime WatchedAt { get; set; }

    /// <summary>When the chain was asked which of its wallets exist.</summary>
    public DateTime? CodeAt { get; set; }

    /// <summary>When its last days were fetched.</summary>
    public DateTime? BackfilledAt { get; set; }

    /// <summary>Up to when the Data API's rows have been compared with the chain's.</summary>
    public DateTime? AuditedThrough { get; set; }
    public int Gaps { get; set; }
    public DateTime? GapAt { get; set; }
    public int Recovered { get; set; }
    public long? WorstDelayMs { get; set; }

    public void Configure(EntityTypeBuilder<WatchedRow> builder)
    {
        builder.ToTable("watched_addresses");
        builder.HasKey(w => w.Address);
        builder.Property(w => w.Address).HasMaxLength(42);
        builder.Property(w => w.Wallets).IsJson();
        builder.Property(w => w.By).IsJson();
        builder.HasIndex(w => w.Active);
    }
}
