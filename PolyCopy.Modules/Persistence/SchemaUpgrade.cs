using Microsoft.Extensions.DependencyInjection;

namespace PolyCopy.Modules.Persistence;

public static class SchemaUpgrade
{
    /// <summary>Brings the database up to date; for the verb migrate, run as the owner role.</summary>
    public static Task MigrateAsync(this IServiceProvider services, CancellationToken ct) => services.GetRequiredService<Migrator>().MigrateAsync(ct);
}
