using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Control;
using PolyCopy.Modules.Simulator.Data;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Gamma;
using PolyCopy.Modules.Simulator.Leaders;
using PolyCopy.Modules.Simulator.Rtds;
using PolyCopy.Modules.Simulator.Settlement;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.Telegram;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator;

/// <summary>The venue's own Kestrel listener and container; nothing of the host's container is visible in it.</summary>
internal sealed partial class SimulatorServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SimulatorServer(WebApplication app, Uri address) => (_app, Address) = (app, address);

    /// <summary>The address that was really taken.</summary>
    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<SimulatorServer> StartAsync(SimulatorOptions options, TimeProvider clock, ILoggerFactory loggers, CancellationToken ct)
    {
        var endpoint = options.ListenOn();
        // Empty: ASPNETCORE_URLS and appsettings.json belong to the host, not to this listener.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "PolyCopy.Simulator" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(endpoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(new QuietLoggers(loggers)));
        builder.Services.AddSingleton(options);
        AddServices(builder.Services, clock);

        var app = builder.Build();
        try
        {
            app.UseWebSockets();
            app.Use(app.Services.GetRequiredService<FaultMiddleware>().InvokeAsync);
            Map(app);
            app.Services.GetRequiredService<VenueOpening>().Open();
            var logger = loggers.CreateLogger<SimulatorServer>();
            app.Services.GetRequiredService<SimClock>().Failed += e => Log.ScheduledFailed(logger, e);
            app.Services.GetRequiredService<SimWorld>().Start();
            await app.StartAsync(ct);
            var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            return new SimulatorServer(app, new Uri(address));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Kestrel would wait for every open socket.
        foreach (var connection in _app.Services.GetRequiredService<ConnectionRegistry>().Open)
            connection.Abort();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Everything of the venue is a singleton of this container.</summary>
    private static void AddServices(IServiceCollection services, TimeProvider clock)
    {
        services.AddSingleton(provider => Books.Open(provider.GetRequiredService<SimulatorOptions>(), clock, provider.GetRequiredService<ILogger<Books>>()));
        services.AddSingleton(provider => RestoredClock(provider.GetRequiredService<Books>().Ledger, clock));
        services.AddSingleton(provider => new SimWorld(provider.GetRequiredService<SimulatorOptions>(), provider.GetRequiredService<SimClock>(), provider.GetRequiredService<Books>().Ledger.Boots));
        services.AddSingleton<ConnectionRegistry>();
        services.AddSingleton<MarketSocketHub>();
        services.AddSingleton<PublicRoutes>();
        services.AddSingleton<GammaRoutes>();
        services.AddSingleton<FaultBoard>();
        services.AddSingleton<FaultMiddleware>();
        services.AddSingleton<IFrameFilter, FaultFrames>();
        services.AddSingleton<SignerBuckets>();
        services.AddSingleton<BalanceView>();
        services.AddSingleton<UserFeed>();
        services.AddSingleton<UserSocketHub>();
        services.AddSingleton<Settler>();
        services.AddSingleton<Resolutions>();
        services.AddSingleton<Providers>();
        services.AddSingleton<TradeBooking>();
        services.AddSingleton<OrderJudge>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<CancelDesk>();
        services.AddSingleton<ClobAuth>();
        services.AddSingleton<PrivateReads>();
        services.AddSingleton<Heartbeats>();
        services.AddSingleton<AuthRoutes>();
        services.AddSingleton<PrivateRoutes>();
        services.AddSingleton<ControlRoutes>();
        services.AddSingleton<FaultRoutes>();
        services.AddSingleton<SeededLeaders>();
        services.AddSingleton<ISeededChain>(provider => provider.GetRequiredService<SeededLeaders>());
        services.AddSingleton<ILeaderRoster>(provider => provider.GetRequiredService<SeededLeaders>());
        services.AddSingleton<ISeededMatches>(provider => provider.GetRequiredService<SeededLeaders>());
        services.AddSingleton<LeaderNames>();
        services.AddSingleton<MatchFeed>();
        services.AddSingleton<SimChain>();
        services.AddSingleton<ChainCalls>();
        services.AddSingleton<RpcMethods>();
        services.AddSingleton<RpcHub>();
        services.AddSingleton<RtdsHub>();
        services.AddSingleton<DataIndex>();
        services.AddSingleton<DataJson>();
        services.AddSingleton<DataRoutes>();
        services.AddSingleton<LeaderDesk>();
        services.AddSingleton<LeaderRoutes>();
        services.AddSingleton<VenueOpening>();
        services.AddSingleton(provider => ChatStore.Open(provider.GetRequiredService<SimulatorOptions>(), clock, provider.GetRequiredService<ILogger<ChatStore>>()));
        services.AddSingleton(new BotLimits(clock));
        services.AddSingleton<BotCommands>();
        services.AddSingleton(provider => new BotMethods(provider.GetRequiredService<ChatStore>(), provider.GetRequiredService<BotCommands>(), clock));
        services.AddSingleton<BotRoutes>();
        services.AddSingleton<ChatRoutes>();
    }

    private static SimClock RestoredClock(Ledger ledger, TimeProvider wall)
    {
        var clock = new SimClock(wall);
        if (ledger.Clock is { } remembered)
            clock.Restore(remembered.Advanced, remembered.Driven, remembered.Offset);
        return clock;
    }

    private static void Map(WebApplication app)
    {
        GammaRoutes.Map(app);
        PublicRoutes.Map(app);
        MarketSocketHub.Map(app);
        AuthRoutes.Map(app);
        PrivateRoutes.Map(app);
        UserSocketHub.Map(app);
        ControlRoutes.Map(app);
        FaultRoutes.Map(app);
        RpcHub.Map(app);
        RtdsHub.Map(app);
        DataRoutes.Map(app);
        LeaderRoutes.Map(app);
        BotRoutes.Map(app);
        ChatRoutes.Map(app);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Simulator + 1, LogLevel.Error, "Something the simulated venue had scheduled failed")]
        public static partial void ScheduledFailed(ILogger logger, Exception e);
    }
}
