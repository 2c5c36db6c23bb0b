using PolyCopy.Modules.Simulator;

namespace PolyCopy.Tests.Simulator;

public class SimulatorHostTests
{
    [Theory]
    [InlineData("http://0.0.0.0:5081")]
    [InlineData("http://192.168.1.4:5081")]
    [InlineData("https://127.0.0.1:5081")]
    [InlineData("nonsense")]
    public void An_address_that_is_not_plain_loopback_is_refused_with_a_sentence(string url) =>
        new SimulatorOptions { Url = url }.Refusal().Should().StartWith("Simulator:Url must be");

    [Fact]
    public async Task Port_zero_takes_a_free_port_and_publishes_it()
    {
        await using var lab = await Lab.StartAsync(TimeProvider.System);

        lab.Http.BaseAddress!.Port.Should().BePositive();
        long.Parse(await lab.Http.GetStringAsync("clob/time")).Should().BeCloseTo(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 5);
    }
}
