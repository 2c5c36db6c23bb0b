namespace PolyCopy.Modules.Simulator.World;

/// <summary>The parameters of one market's seeded price and book.</summary>
/// <param name="Key">What the market's noise is seeded with.</param>
/// <param name="Centre">Where the price of outcome 0 wanders around, as a probability.</param>
/// <param name="Volatility">Width of the wander in logits.</param>
/// <param name="Liveliness">Mean changes per second.</param>
/// <param name="Depth">Multiplier of the level sizes.</param>
internal sealed record PriceModel(ulong Key, double Centre, double Volatility, double Liveliness, double Depth);
