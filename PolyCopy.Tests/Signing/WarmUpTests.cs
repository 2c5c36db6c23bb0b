using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

public class WarmUpTests
{
    [Fact]
    public async Task The_warm_up_pauses_for_the_compiler_and_ends()
    {
        var clock = new FakeTimeProvider();
        var started = clock.GetTimestamp();
        var warmUp = OrderSigner.WarmUpAsync(clock, CancellationToken.None);
        while (!warmUp.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await warmUp;
        clock.GetElapsedTime(started).Should().BeGreaterThan(TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task A_stop_ends_the_warm_up_at_once()
    {
        using var stop = new CancellationTokenSource();
        var warmUp = OrderSigner.WarmUpAsync(new FakeTimeProvider(), stop.Token);
        await stop.CancelAsync();
        await warmUp.Invoking(w => w).Should().ThrowAsync<OperationCanceledException>();
    }
}
