using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>The contracts whose logs and calls the chain answers (facts on-chain 1).</summary>
internal static class Contracts
{
    public static readonly Address Collateral = Address.Parse("0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB");
    public static readonly Address ConditionalTokens = Address.Parse("0x4D97DCd97eC945f40cF65F87097ACe5EA0476045");
    public static readonly Address PositionManager = Address.Parse("0x006F54F7f9A22e0000CC2AB60031000000ae9fEF");
    public static readonly Address CollateralAdapter = Address.Parse("0xAdA100Db00Ca00073811820692005400218FcE1f");
    public static readonly Address NegRiskCollateralAdapter = Address.Parse("0xadA2005600Dec949baf300f4C6120000bDB6eAab");
    public static readonly Address NegRiskAdapter = Address.Parse("0xd91E80cF2E7be2e162c6513ceD06f1dD0dA35296");
    public static readonly Address Router = Address.Parse("0x12121212006e4CD160D18e3f00711DA5c3372600");
    public static readonly Address DepositFactory = Address.Parse("0x00000000000Fb5C9ADea0298D729A0CB3823Cc07");
    public static readonly Address DepositBeacon = Address.Parse("0x7A18EDfe055488A3128f01F563e5B479D92ffc3a");
    public static readonly Address BridgedUsdc = Address.Parse("0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174");
    public static readonly Address WrappedCollateral = Address.Parse("0x3A3BD7bb9528E159577F7C2e685CC81A765002E2");
    public static readonly Address Oracle = Address.Parse("0x6A9D222616C90FcA5754cd1333cFD9b7fb6a4F74");

    /// <summary>Who gets the platform's fees; the venue's own receiver is not in the facts.</summary>
    public static readonly Address FeeReceiver = Address.Parse("0x00000000000000000000000000000000000feE5c");

    private static readonly HashSet<Address> Known =
    [
        Collateral, ConditionalTokens, PositionManager, CollateralAdapter, NegRiskCollateralAdapter, NegRiskAdapter, BridgedUsdc, WrappedCollateral, Router, DepositFactory, DepositBeacon, Oracle,
        .. Exchanges.All.Where(exchange => exchange.ChainId == Exchanges.Polygon).Select(exchange => exchange.Address),
    ];

    /// <summary>True for a contract that is no wallet.</summary>
    public static bool Has(Address address) => Known.Contains(address);

    /// <summary>The ERC-1155 contract that keeps a token.</summary>
    public static Address KeeperOf(UInt256 token) => Exchanges.IsProtocolV2(token) ? PositionManager : ConditionalTokens;
}

/// <summary>The first topics (facts on-chain 6).</summary>
internal static class Topics
{
    public static readonly Bytes32 OrderFilled = Bytes32.Parse("0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee");
    public static readonly Bytes32 OrdersMatched = Bytes32.Parse("0x174b3811690657c217184f89418266767c87e4805d09680c39fc9c031c0cab7c");
    public static readonly Bytes32 FeeCharged = Bytes32.Parse("0x55bb3cade9d43b798a4fe5ffdd05024b2d7870df53920673bfc7e68047cd0ab1");
    public static readonly Bytes32 TransferSingle = Bytes32.Parse("0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62");
    public static readonly Bytes32 TransferBatch = Bytes32.Parse("0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb");
    public static readonly Bytes32 Transfer = Bytes32.Parse("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    public static readonly Bytes32 PositionSplit = Bytes32.Parse("0x2e6bb91f8cbcda0c93623c54d0403a43514fabc40084ec96b6d5379a74786298");
    public static readonly Bytes32 PositionsMerge = Bytes32.Parse("0x6f13ca62553fcc2bcd2372180a43949c1e4cebba603901ede2f4e14f36b282ca");
    public static readonly Bytes32 PositionsConverted = Bytes32.Parse("0xb03d19dddbc72a87e735ff0ea3b57bef133ebe44e1894284916a84044deb367e");
    public static readonly Bytes32 PayoutRedemption = Bytes32.Parse("0x2682012a4a4f1973119f1c9b90745d1bd91fa2bab387344f044cb3586864d18d");
    public static readonly Bytes32 ConditionResolution = Bytes32.Parse("0xb44d84d3289691f71497564b85d4233648d9dbae8cbdbb4329f301c3a0185894");
}
