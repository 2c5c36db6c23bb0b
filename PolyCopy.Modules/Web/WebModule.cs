using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Web.Components;

namespace PolyCopy.Modules.Web;

public static class WebModule
{
    /// <summary>Adds the browser's pages and what they read.</summary>
    public static IHostApplicationBuilder AddWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddSingleton<OverviewFeed>();
        builder.Services.AddSingleton<ChatDoor>();
        builder.Services.AddSingleton<PageDoor>();
        builder.Services.AddHostedService(s => s.GetRequiredService<OverviewFeed>());
        builder.Services.AddHostedService<DemoPopulation>();
        return builder;
    }

    /// <summary>Maps the pages: / is the overview, /chat the simulated Telegram while the bot uses it.</summary>
    public static WebApplication MapWeb(this WebApplication app)
    {
        app.Use(app.Services.GetRequiredService<ChatDoor>().InvokeAsync);
        var pages = app.Services.GetRequiredService<PageDoor>();
        app.Use(pages.InvokeAsync);
        app.UseAntiforgery();
        app.MapStaticAssets();
        ChatDoor.Map(app);
        pages.Map(app);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }
}
