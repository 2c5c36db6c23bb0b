using System.Reflection;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
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

        var positions = DispatchProxy.Create<IPositions, SlowPositions>();
        var slow = (SlowPositions)positions;
        slow.Real = app.Services.GetRequiredService<IPositions>();
        using var feed = ActivatorUtilities.CreateInstance<OverviewFeed>(app.Services, positions);
        await feed.FreshenAsync(feed.Room(null)); // as when the page was sent
        var reading = new TaskCompletionSource();
        slow.Until = reading.Task;
        await using var services = new ServiceCollection().AddSingleton(feed).BuildServiceProvider();
        await using var browser = new HtmlRenderer(services, NullLoggerFactory.Instance);
        await browser.Dispatcher.InvokeAsync(async () =>
        {
            var page = browser.BeginRenderingComponent<Overview>();
            page.QuiescenceTask.IsCompleted.Should().BeFalse();
            page.ToHtmlString().Should().Contain("$1,000.00", "the first drawing waits for no reading");
            reading.SetResult();
            await page.QuiescenceTask;
        });
    }

    /// <summary>Positions whose list is long in coming.</summary>
    public class SlowPositions : DispatchProxy
    {
        public IPositions Real { get; set; } = null!;

        public Task Until { get; set; } = Task.CompletedTask;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IPositions.ListAsync) ? LaterAsync((Task<Page<PositionView>>)targetMethod.Invoke(Real, args)!) : targetMethod.Invoke(Real, args);

        private async Task<Page<PositionView>> LaterAsync(Task<Page<PositionView>> page)
        {
            await Until;
            return await page;
        }
    }
}
