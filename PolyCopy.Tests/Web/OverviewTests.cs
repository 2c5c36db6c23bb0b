using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Web;
using PolyCopy.Modules.Web.Components;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Web;

/// <summary>What a browser is shown first.</summary>
public class OverviewTests
{
    [Fact]
    public async Task The_page_shows_what_is_so_now_when_it_is_sent_and_when_it_comes_alive()
    {
        await using var app = await TestApp.StartAsync("--Bot:Enabled", "false");
        await app.PostAsync("/api/v1/users", new { userId = DemoPopulation.UserId, username = "demo" });
        (await app.Api.GetStringAsync("/")).Should().Contain("$1,000.00", "it is read before it is sent");

        await using var browser = new HtmlRenderer(app.Services, app.Services.GetRequiredService<ILoggerFactory>());
        await browser.Dispatcher.InvokeAsync(() => browser.BeginRenderingComponent<Overview>().ToHtmlString().Should().Contain("$1,000.00", "the first drawing waits for no reading"));
    }
}
