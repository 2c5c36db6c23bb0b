using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>Under whose wallet the venue's own liquidity of a market appears, where the lab wants it to be somebody's. Not journalled; used under the world's gate.</summary>
internal sealed class Providers
{
    private readonly Dictionary<string, Address> _wallets = [];

    public void Set(string condition, Address wallet) => _wallets[condition] = wallet;

    public Address? Of(string condition) => _wallets.TryGetValue(condition, out var wallet) ? wallet : null;
}
