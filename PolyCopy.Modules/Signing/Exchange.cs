namespace PolyCopy.Modules.Signing;

/// <summary>An exchange contract: the EIP-712 domain its orders are signed for.</summary>
/// <param name="ChainId">137 Polygon, 80002 Amoy.</param>
/// <param name="Version">Domain version: 2 for CTF markets, 3 for Protocol V2 markets, 1 until 2026-04-28.</param>
/// <param name="NegRisk">True for the exchange of neg-risk markets; version 3 has one exchange for all.</param>
/// <param name="Address">The verifying contract.</param>
public sealed record Exchange(int ChainId, int Version, bool NegRisk, Address Address)
{
    public const string DomainName = "Polymarket CTF Exchange";

    /// <summary>The domain separator, computed once.</summary>
    public Bytes32 DomainSeparator { get; } =
        Eip712.DomainSeparator(DomainName, Version.ToString(System.Globalization.CultureInfo.InvariantCulture), ChainId, Address);
}

/// <summary>The known exchanges.</summary>
/// <remarks>Polymarket/clob-client-v2 1.1.0 config.ts and ts-sdk environments.ts, 2026-11.</remarks>
public static class Exchanges
{
    public const int Polygon = 137;
    public const int Amoy = 80002;

    /// <summary>Every exchange of both chains.</summary>
    public static IReadOnlyList<Exchange> All { get; } =
    [
        Make(Polygon, 2, false, "0xE111180000d2663C0091e4f400237545B87B996B"),
        Make(Polygon, 2, true, "0xe2222d279d744050d28e00520010520000310F59"),
        Make(Polygon, 3, false, "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"),
        Make(Polygon, 1, false, "0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E"),
        Make(Polygon, 1, true, "0xC5d563A36AE78145C45a50134d48A1215220f80a"),
        Make(Amoy, 2, false, "0xE111180000d2663C0091e4f400237545B87B996B"),
        Make(Amoy, 2, true, "0xe2222d279d744050d28e00520010520000310F59"),
        Make(Amoy, 3, false, "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D"),
        Make(Amoy, 1, false, "0xdFE02Eb6733538f8Ea35D585af8DE5958AD99E40"),
        Make(Amoy, 1, true, "0xC5d563A36AE78145C45a50134d48A1215220f80a"),
    ];

    /// <summary>The exchange of a chain, domain version and market kind.</summary>
    /// <exception cref="ArgumentException">There is none: a wrong configuration.</exception>
    public static Exchange For(int chainId, int version, bool negRisk)
    {
        foreach (var exchange in All)
            if (exchange.ChainId == chainId && exchange.Version == version && (exchange.NegRisk == negRisk || version == 3))
                return exchange;
        throw new ArgumentException($"There is no exchange of version {version} on chain {chainId}.", nameof(version));
    }

    /// <summary>The exchange of a market by Gamma's market version.</summary>
    /// <param name="chainId">137 or 80002.</param>
    /// <param name="marketVersion">"v1" or "v2".</param>
    /// <param name="negRisk">The market's flag.</param>
    /// <exception cref="ArgumentException">Another market version: refuse to trade it.</exception>
    public static Exchange ForMarket(int chainId, string marketVersion, bool negRisk) => marketVersion switch
    {
        "v1" => For(chainId, 2, negRisk),
        "v2" => For(chainId, 3, negRisk),
        _ => throw new ArgumentException("A market version is v1 or v2.", nameof(marketVersion)),
    };

    /// <summary>True for a position id of Protocol V2 (ExchangeV3): its reserved bits 40 to 103 are zero.</summary>
    /// <remarks>ts-sdk protocol.ts. A CTF token id is a hash, so the odds of a false answer are 2^-64.</remarks>
    public static bool IsProtocolV2(in UInt256 tokenId) => tokenId.Word(0) >> 40 == 0 && tokenId.Word(1) << 24 == 0;

    private static Exchange Make(int chainId, int version, bool negRisk, string address) => new(chainId, version, negRisk, Address.Parse(address));
}
