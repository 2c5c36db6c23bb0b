using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Persistence;

/// <summary>The one database context. Modules map their own internal rows by IEntityTypeConfiguration and reach them with Set&lt;T&gt;() inside their stores.</summary>
public abstract class PolyContext(DbContextOptions options) : DbContext(options)
{
    /// <summary>Holds the named locks until the transaction ends, taken in one fixed order. On SQLite the single writer is the lock.</summary>
    public abstract Task LockAsync(IReadOnlyCollection<string> names, CancellationToken ct);

    /// <summary>Holds these rows until the transaction ends, taken in the order of their keys. On SQLite the single writer is the lock.</summary>
    internal abstract Task LockRowsAsync(string table, string key, IReadOnlyCollection<Guid> keys, CancellationToken ct);

    /// <summary>Inserts many rows with one statement inside the current transaction, in the order given; see <see cref="BulkRows"/>.</summary>
    internal abstract Task BulkInsertAsync(BulkInsert insert, CancellationToken ct);

    /// <summary>Updates many rows with one set-based statement inside the current transaction; rows whose revision moved are left out, and rows locked elsewhere too unless it waits.</summary>
    /// <returns>How many rows were written.</returns>
    internal abstract Task<int> BulkUpdateAsync(BulkUpdate update, CancellationToken ct);

    protected override void ConfigureConventions(ModelConfigurationBuilder builder)
    {
        builder.Properties<TokenId>().HaveConversion<TokenIdConverter>().HaveMaxLength(78);
        // people query these tables by hand: 0.7 and 12.5, not 7000 and 12500000; all three convert without loss
        builder.Properties<Price>().HaveConversion<PriceConverter>().HavePrecision(8, 4);
        builder.Properties<Shares>().HaveConversion<SharesConverter>().HavePrecision(20, 6);
        builder.Properties<Usdc>().HaveConversion<UsdcConverter>().HavePrecision(20, 6);
        builder.Properties<DateTime>().HaveConversion<UtcConverter>();
        builder.Properties<decimal>().HavePrecision(38, 10);
    }

    protected override void OnModelCreating(ModelBuilder builder) => builder.ApplyConfigurationsFromAssembly(typeof(PolyContext).Assembly);

    private sealed class TokenIdConverter() : ValueConverter<TokenId, string>(v => v.Digits, v => TokenId.Parse(v));

    private sealed class PriceConverter() : ValueConverter<Price, decimal>(v => v.TenThousandths / (decimal)Price.Scale, v => new Price((int)(v * Price.Scale)));

    private sealed class SharesConverter() : ValueConverter<Shares, decimal>(v => v.Micros / (decimal)Shares.Scale, v => new Shares((long)(v * Shares.Scale)));

    private sealed class UsdcConverter() : ValueConverter<Usdc, decimal>(v => v.Micros / (decimal)Usdc.Scale, v => new Usdc((long)(v * Usdc.Scale)));

    // Rows hold UTC DateTime only: SQLite has no zone, Npgsql insists on Kind Utc.
    private sealed class UtcConverter() : ValueConverter<DateTime, DateTime>(
        v => v.Kind == DateTimeKind.Utc ? v : DateTime.SpecifyKind(v, DateTimeKind.Utc), v => DateTime.SpecifyKind(v, DateTimeKind.Utc));
}
