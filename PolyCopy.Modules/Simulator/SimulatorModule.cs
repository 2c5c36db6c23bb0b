using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Client;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Simulator;

/// <summary>The loopback venue: Gamma, CLOB and sockets that speak Polymarket's wire protocols (DESIGN: our lab, and the venue of Demo).</summary>
public static class SimulatorModule
{
    /// <summary>Publishes <see cref="SimulatorAddress"/> and, when <c>Simulator:Embedded</c>, runs the venue; register it before its clients, so that it starts before them.</summary>
    /// <exception cref="SettingException">Simulator:Url is not a loopback address.</exception>
    public static IHostApplicationBuilder AddSimulator(this IHostApplicationBuilder builder)
    {
        var options = SimulatorOptions.From(builder.Configuration);
        if (options.Refusal() is { } refusal)
            throw new SettingException(refusal);

        var address = new SimulatorAddress();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(address);
        builder.Services.AddSingleton<ISimulatorAddress>(address);
        builder.Services.TryAddSingleton(TimeProvider.System);
        if (options.Embedded)
            builder.Services.AddHostedService(services => new SimulatorService(options, address, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>()));
        else
            address.Publish(new Uri(options.Url));
        builder.Services.AddSingleton(services => new ControlClient(new HttpClient { Timeout = TimeSpan.FromSeconds(5) }, address));
        builder.Services.AddSingleton<ISimulatedChat>(new ChatClient(new HttpClient { Timeout = TimeSpan.FromSeconds(40) }, address));
        builder.Services.AddSingleton<IWalletFunding>(services => services.GetRequiredService<ControlClient>());
        builder.Services.AddHostedService<JournalPairing>();
        return builder;
    }
}
