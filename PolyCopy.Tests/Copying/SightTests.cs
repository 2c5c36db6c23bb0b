using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>Followers hear once that a leader is out of sight, and once that he is back.</summary>
public class SightTests
{
    [Fact]
    public async Task Blind_for_two_looks_is_told_once_and_so_is_the_return()
    {
        await using var lab = await CopyLab.CreateAsync();
        await lab.FollowAsync();
        var watch = lab.Trading.Get<BlindWatch>();
        lab.Leaders.State = "blind";
        await watch.LookAsync(default);
        (await KindsAsync()).Should().BeEmpty("a start begins blind");
        await watch.LookAsync(default);
        await watch.LookAsync(default);
        (await KindsAsync()).Should().Equal("leader_blind");
        lab.Leaders.State = "trusted";
        await watch.LookAsync(default);
        await watch.LookAsync(default);
        (await KindsAsync()).Should().Equal("leader_blind", "leader_seen");

        async Task<IReadOnlyList<string>> KindsAsync() => [.. (await lab.Trading.Get<IUserEvents>().ReadAsync(TradingLab.Ana, 0, 100, default)).Select(e => e.Kind).Where(k => k.StartsWith("leader_", StringComparison.Ordinal))];
    }
}
