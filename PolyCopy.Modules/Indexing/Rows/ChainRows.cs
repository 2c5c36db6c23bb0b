using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Indexing.Rows;

/// <summary>The hash we saw at a height: what breaks when the chain is reorganised.</summary>
internal sealed class ChainBlockRow : IEntityTypeConfiguration<ChainBlockRow>
{
    public long Number { get; set; }
    public required string Hash { get; set; }
    public required string Parent { get; set; }
    public DateTime At { get; set; }

    public void Configure(EntityTypeBuilder<ChainBlockRow> builder)
    {
        builder.ToTable("chain_blocks");
        builder.HasKey(b => b.Number);
        builder.Property(b => b.Number).ValueGeneratedNever();
    }
}

/// <summary>How far the chain has been read.</summary>
internal sealed class ChainCursorRow : IEntityTypeConfiguration<ChainCursorRow>
{
    public long ChainId { get; set; }
    public long Through { get; set; }

    /// <summary>Up to here a second reading has agreed and nothing can change.</summary>
    public long FinalThrough { get; set; }
    public DateTime At { get; set; }

    public void Configure(EntityTypeBuilder<ChainCursorRow> builder)
    {
        builder.ToTable("chain_cursor");
        builder.HasKey(c => c.ChainId);
        builder.Property(c => c.ChainId).ValueGeneratedNever();
    }
}

/// <summary>What a transaction moved of a token in or out of a watched wallet, net; booked once.</summary>
internal sealed class LeaderTransferRow : IEntityTypeConfiguration<LeaderTransferRow>
{
    public required string Id { get; set; }
    public required string Wallet { get; set; }
    public TokenId TokenId { get; set; }
    public long Delta { get; set; }
    public required string TransactionHash { get; set; }
    public long BlockNumber { get; set; }
    public bool Removed { get; set; }

    public void Configure(EntityTypeBuilder<LeaderTransferRow> builder)
    {
        builder.ToTable("leader_transfers");
        builder.Property(t => t.Id).HasMaxLength(64);
        builder.HasIndex(t => t.BlockNumber);
    }
}

/// <summary>What a watched wallet holds: its balance when we first saw the token move, and every transfer since.</summary>
internal sealed class LeaderHoldingRow : IEntityTypeConfiguration<LeaderHoldingRow>
{
    public required string Wallet { get; set; }
    public TokenId TokenId { get; set; }
    public long Held { get; set; }
    public DateTime UpdatedAt { get; set; }

    public void Configure(EntityTypeBuilder<LeaderHoldingRow> builder)
    {
        builder.ToTable("leader_holdings");
        builder.HasKey(h => new { h.Wallet, h.TokenId });
    }
}

/// <summary>Shares that moved without a trade.</summary>
internal sealed class LeaderMoveRow : IEntityTypeConfiguration<LeaderMoveRow>
{
    public required string Id { get; set; }
    public required string Leader { get; set; }
    public required string Wallet { get; set; }
    public required string Kind { get; set; }
    public TokenId TokenId { get; set; }
    public string? MarketId { get; set; }
    public long Delta { get; set; }
    public long HeldBefore { get; set; }
    public required string TransactionHash { get; set; }
    public long BlockNumber { get; set; }
    public DateTime SeenAt { get; set; }
    public bool Removed { get; set; }

    /// <summary>move while it is still to be told.</summary>
    public string? Tell { get; set; }
    public long Seq { get; set; }

    public void Configure(EntityTypeBuilder<LeaderMoveRow> builder)
    {
        builder.ToTable("leader_moves");
        builder.Property(m => m.Id).HasMaxLength(64);
        builder.HasIndex(m => m.BlockNumber);
        builder.HasIndex(m => new { m.Tell, m.Seq });
        builder.HasIndex(m => new { m.Leader, m.SeenAt });
    }

    public LeaderMove ToMove() => new(Id, Leader, Wallet, Kind, TokenId, MarketId, Delta, HeldBefore, TransactionHash, SeenAt);
}
