using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace PolyCopy.Modules.Persistence;

public static class SchemaUpgrade
{
    /// <summary>Brings the database up to date; for the verb migrate, run as the owner role.</summary>
    public static Task MigrateAsync(this IServiceProvider services, CancellationToken ct) => services.GetRequiredService<Migrator>().MigrateAsync(ct);

    /// <summary>The migrations that the database lacks, oldest first; throws what the database throws when it is out of reach.</summary>
    public static async Task<IReadOnlyList<string>> PendingMigrationsAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var context = services.GetRequiredService<PolyDatabase>().Open();
        await context.Database.OpenConnectionAsync(ct); // or a database that is not there would lack them all
        return [.. await context.Database.GetPendingMigrationsAsync(ct)];
    }
}
