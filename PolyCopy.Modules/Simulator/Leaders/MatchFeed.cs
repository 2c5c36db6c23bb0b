using PolyCopy.Modules.Simulator.Chain;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>Says of every match when it is made, seconds before the chain shows it. Used under the world's gate.</summary>
internal sealed class MatchFeed
{
    /// <summary>A match, and whether strangers made it: such a one is void when it turns out that a user took part.</summary>
    public event Action<FillTx, bool>? Matched;

    public void Tell(FillTx fill, bool strangers = false) => Matched?.Invoke(fill, strangers);
}
