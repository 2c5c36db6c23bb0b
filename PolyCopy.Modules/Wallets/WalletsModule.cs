using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Wallets;

public static class WalletsModule
{
    /// <summary>Adds the key vault and the wallets of the host's profile, and warms signing up in the background of the start. The venue's adapter brings ITradingAuth and IVenueClock.</summary>
    /// <exception cref="SettingException">Outside Demo a master key is missing, or one is no key.</exception>
    public static IHostApplicationBuilder AddWallets(this IHostApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Wallets").Get<WalletsOptions>() ?? new WalletsOptions();
        var profile = Profiles.Of(builder.Configuration);
        var venue = builder.Configuration.GetSection("Venue").Get<VenueOptions>() ?? new VenueOptions();
        if (profile == Profile.Demo)
            builder.Services.AddSingleton(s => MasterKeys.From(options, s.GetRequiredService<DataDirectory>().File("master.key")));
        else
            builder.Services.AddSingleton(MasterKeys.From(options, file: null));
        builder.Services.AddSingleton(new WalletVenue(profile.ToString().ToLowerInvariant(), venue.ChainId));
        builder.Services.AddSingleton<WalletStore>();
        builder.Services.AddSingleton<IWallets, WalletVault>();
        builder.Services.AddHostedService<SigningWarmUp>();
        return builder;
    }
}
