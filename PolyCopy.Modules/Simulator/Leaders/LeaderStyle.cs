using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;

namespace PolyCopy.Modules.Simulator.Leaders;

/// <summary>How a leader of the seed trades: in episodes, each an order to buy and, some time later, one to sell the same shares.</summary>
/// <param name="Name">The name he goes by.</param>
/// <param name="PerDay">Episodes a day.</param>
/// <param name="HoldMinutes">Shortest and longest time between buying and selling.</param>
/// <param name="Edge">How often he buys the outcome that will rise.</param>
/// <param name="Usd">The usual size of an order, pUSD.</param>
/// <param name="MakerShare">How many of his orders rest.</param>
/// <param name="Fills">Most fills of one order.</param>
/// <param name="Kind">What his wallet is.</param>
internal sealed record LeaderStyle(string Name, double PerDay, (int From, int To) HoldMinutes, double Edge, int Usd, double MakerShare, int Fills, SignatureType Kind = SignatureType.DepositWallet)
{
    /// <summary>The one category he trades; null: all.</summary>
    public string? Category { get; init; }

    /// <summary>Prices he buys at.</summary>
    public (double From, double To) Band { get; init; } = (0.08, 0.92);

    /// <summary>His counterparty is always one and the same wallet.</summary>
    public bool Washes { get; init; }

    /// <summary>One episode is this many times larger, and right.</summary>
    public int OneHit { get; init; }

    /// <summary>From the last day before the venue opened on, his orders are this many times larger.</summary>
    public int Drift { get; init; } = 1;

    public static IReadOnlyList<LeaderStyle> All { get; } =
    [
        new("fastfingers", 36, (20, 240), 0.72, 180, 0.6, 2),
        new("patient_pia", 2, (1_200, 8_600), 0.74, 900, 0.7, 4),
        new("jackpot_jan", 3, (120, 2_900), 0.4, 60, 0.1, 2, SignatureType.Safe) { OneHit = 140 },
        new("round_and_round", 30, (2, 20), 0.5, 700, 0.5, 1) { Washes = true },
        new("two_sided", 60, (5, 45), 0.5, 120, 1, 1),
        new("moby", 3, (360, 4_300), 0.62, 22_000, 0.6, 9),
        new("courtside", 8, (240, 2_900), 0.8, 350, 0.8, 3) { Category = "Sports" },
        new("bags_forever", 12, (30, 1_440), 0.27, 250, 0, 2, SignatureType.Proxy),
        new("beltway", 4, (240, 2_900), 0.61, 500, 0.5, 3, SignatureType.Safe) { Category = "Politics" },
        new("coin_toss", 10, (20, 900), 0.5, 100, 0.3, 2),
        new("longshot_lu", 6, (90, 2_000), 0.57, 80, 0.4, 2) { Band = (0.04, 0.3) },
        new("was_careful", 5, (60, 700), 0.6, 120, 0.3, 2) { Drift = 8 },
    ];
}

/// <summary>A leader that comes with the seed: a key, a wallet, a name.</summary>
internal sealed class SeededLeader
{
    public SeededLeader(long seed, int number, LeaderStyle style)
    {
        (Number, Style) = (number, style);
        Key = World.Noise.Mix((ulong)seed, "leader:" + style.Name);
        Owner = new Address(SeededIds.Bytes(seed, "leader owner", number).AsSpan(0, Address.Size));
        Wallet = style.Kind switch
        {
            SignatureType.Safe => WalletDerivation.Safe(Owner),
            SignatureType.Proxy => WalletDerivation.Proxy(Owner),
            _ => WalletDerivation.Deposit(Owner),
        };
        Partner = new Address(SeededIds.Bytes(seed, "leader partner", number).AsSpan(0, Address.Size));
    }

    public int Number { get; }

    public LeaderStyle Style { get; }

    public string Name => Style.Name;

    /// <summary>What his dice are seeded with.</summary>
    public ulong Key { get; }

    /// <summary>The EOA that signs; it has no code.</summary>
    public Address Owner { get; }

    /// <summary>The wallet that trades.</summary>
    public Address Wallet { get; }

    /// <summary>Who a wash trader trades with.</summary>
    public Address Partner { get; }

    /// <summary>micro-pUSD he began with.</summary>
    public long Capital => Style.Usd * 400L * Kernel.Usdc.Scale;
}
