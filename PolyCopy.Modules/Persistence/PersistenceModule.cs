using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Persistence;

public static class PersistenceModule
{
    /// <summary>Adds the database and its two scopes; the migrator is the first hosted service.</summary>
    public static IHostApplicationBuilder AddPersistence(this IHostApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Storage").Get<StorageOptions>() ?? new StorageOptions();
        if (options.Provider == StorageProvider.PostgreSql && string.IsNullOrWhiteSpace(options.ConnectionString))
            throw new SettingException("Storage:ConnectionString is missing: Storage:Provider=PostgreSql needs one.");
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(new DataDirectory(builder.Configuration["Data:Path"]));
        builder.Services.AddSingleton<PolyDatabase>();
        builder.Services.AddSingleton(s => new UserScope(s.GetRequiredService<PolyDatabase>()));
        builder.Services.AddSingleton(s => new WorkerScope(s.GetRequiredService<PolyDatabase>()));
        builder.Services.AddSingleton<Migrator>();
        builder.Services.AddHostedService(s => s.GetRequiredService<Migrator>());
        return builder;
    }
}
