using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>The names under which wallets appear.</summary>
internal sealed class LeaderNames(SeededLeaders leaders)
{
    /// <summary>The name a wallet chose, or "".</summary>
    public string NameOf(Address wallet) => leaders.Find(wallet)?.Name ?? "";
}
