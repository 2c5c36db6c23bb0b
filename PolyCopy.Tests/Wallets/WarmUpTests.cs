using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Tests.Wallets;

public class WarmUpTests
{
    [Fact]
    public async Task The_warm_up_pauses_for_the_compiler_and_ends()
    {
        var clock = new FakeTimeProvider();
        var started = clock.GetTimestamp();
        using var warmUp = new SigningWarmUp(clock, NullLogger<SigningWarmUp>.Instance);
        await warmUp.StartAsync(default);
        while (!warmUp.ExecuteTask!.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await warmUp.ExecuteTask;
        clock.GetElapsedTime(started).Should().BeGreaterThan(TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task A_stop_ends_the_warm_up_at_once()
    {
        using var warmUp = new SigningWarmUp(new FakeTimeProvider(), NullLogger<SigningWarmUp>.Instance);
        await warmUp.StartAsync(default);
        await warmUp.StopAsync(default);
        warmUp.ExecuteTask!.IsCompleted.Should().BeTrue();
    }
}
