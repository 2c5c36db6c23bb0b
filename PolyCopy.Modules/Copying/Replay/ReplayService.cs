using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying.Replay;

internal sealed class ReplayService(Tape tape, CopyingOptions options, TimeProvider clock) : IReplay
{
    public async Task<Result<CopyPreview>> RunAsync(string leader, FollowRules rules, decimal cash, int days, CancellationToken ct)
    {
        if (FollowService.LeaderOf(leader) is not { } address)
            return new Error("leader.invalid", "A leader is an address: 0x and 40 hex digits.");
        if (RulesCheck.Check(rules) is { } wrong)
            return wrong;
        days = Math.Clamp(days, 1, 90);
        return Replayer.Run(await tape.ReadAsync(address, clock.GetUtcNow() - TimeSpan.FromDays(days), ct), address, rules, cash, days, options);
    }
}
