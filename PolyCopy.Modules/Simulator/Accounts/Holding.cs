using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>An amount of pUSD or of one token in a wallet, micro-units: what the chain holds, and what of that is already promised.</summary>
internal sealed class Holding
{
    /// <summary>Settled: changes only when a trade is mined, at funding and at redemption.</summary>
    public long Chain { get; set; }

    /// <summary>Promised by open orders.</summary>
    public long Active { get; set; }

    /// <summary>Promised by matches that are not mined yet.</summary>
    public long Matched { get; set; }

    /// <summary>What a new order may use.</summary>
    public long Free => Chain - Active - Matched;
}

/// <summary>A deposit wallet and what it holds.</summary>
internal sealed class Wallet(Address address)
{
    private readonly Dictionary<TokenId, Holding> _shares = [];

    public Address Address => address;

    public Holding Cash { get; } = new();

    public IReadOnlyDictionary<TokenId, Holding> Shares => _shares;

    /// <summary>The holding of a token, made when it is the first.</summary>
    public Holding Of(TokenId token)
    {
        if (!_shares.TryGetValue(token, out var holding))
            _shares[token] = holding = new Holding();
        return holding;
    }

    /// <summary>Settled micro-shares of a token.</summary>
    public Holding? Find(TokenId token) => _shares.GetValueOrDefault(token);
}
