using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Leaders;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>What contracts answer, and who has code. Called under the world's gate.</summary>
internal sealed class ChainCalls(SimWorld world, Books books, SimChain chain, ILeaderRoster roster)
{
    private const string Proxy = "0x363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3";
    private const string Contract = "0x6080604052600080fdfea2646970667358221220";

    /// <summary>The code at an address: contracts and wallets that exist have some, keys have none.</summary>
    public string CodeOf(Address address) => Contracts.Has(address) ? Contract : IsWallet(address) ? Proxy : "0x";

    /// <summary>The answer to a call; "0x" when nobody is there or the function is unknown.</summary>
    public string Call(Address to, ReadOnlySpan<byte> data, long block)
    {
        if (data.Length < 4)
            return "0x";
        var selector = Hex.Write(data[..4]);
        var arguments = data[4..];
        if (to == Contracts.DepositFactory && selector == "0x49493a4d") // BEACON()
            return Abi.Word(Contracts.DepositBeacon).ToString();
        if (to == Contracts.Collateral)
            return OfCollateral(selector, arguments, block);
        return to == Contracts.ConditionalTokens || to == Contracts.PositionManager ? OfTokens(to, selector, arguments, block) : "0x";
    }

    /// <summary>What a wallet holds of a token, or of pUSD (no token), after a block.</summary>
    public long BalanceOf(Address wallet, TokenId token, long block)
    {
        var balance = 0L;
        if (books.Ledger.FindWallet(wallet) is { } known)
        {
            balance = (token.HasValue ? known.Find(token)?.Chain : known.Cash.Chain) ?? 0;
            // The ledger books at once what the next block will show.
            foreach (var tx in chain.Pending(block))
            {
                if (tx.Concerns(wallet))
                    balance -= tx.Change(wallet, token);
            }
        }
        return balance + roster.Seeded(wallet, token, block);
    }

    private string OfCollateral(string selector, ReadOnlySpan<byte> arguments, long block) => selector switch
    {
        "0x70a08231" when arguments.Length >= 32 => Number(BalanceOf(AddressAt(arguments, 0), default, block)), // balanceOf(address)
        "0xdd62ed3e" when arguments.Length >= 64 => IsWallet(AddressAt(arguments, 0)) ? Abi.Word(UInt256.MaxValue).ToString() : Number(0), // allowance(owner, spender)
        "0x313ce567" => Number(6), // decimals()
        _ => "0x",
    };

    private string OfTokens(Address to, string selector, ReadOnlySpan<byte> arguments, long block)
    {
        switch (selector)
        {
            case "0x00fdd58e" when arguments.Length >= 64: // balanceOf(address,uint256)
                return Number(Holding(to, AddressAt(arguments, 0), arguments.Slice(32, 32), block));
            case "0x4e1273f4": // balanceOfBatch(address[],uint256[])
                return Batch(to, arguments, block);
            case "0xe985e9c5" when arguments.Length >= 64: // isApprovedForAll(owner, operator)
                return Number(IsWallet(AddressAt(arguments, 0)) ? 1 : 0);
            case "0xdd34de67" when arguments.Length >= 32: // payoutDenominator(conditionId)
                return Number(Payout(arguments, 0) is { } half ? half.Denominator : 0);
            case "0x0504c814" when arguments.Length >= 64: // payoutNumerators(conditionId, index)
                return Number(Payout(arguments, arguments[63] & 1) is { } payout ? payout.Numerator : 0);
            default:
                return "0x";
        }
    }

    private (long Numerator, long Denominator)? Payout(ReadOnlySpan<byte> condition, int outcome) =>
        world.FindCondition(Hex.Write(condition[..32])) is not { Phase: MarketPhase.Resolved } market ? null
        : market.Winner is { } winner ? (winner == outcome ? 1 : 0, 1) : (1, 2);

    private string Batch(Address to, ReadOnlySpan<byte> arguments, long block)
    {
        if (List(arguments, 0) is not { } owners || List(arguments, 1) is not { } ids || owners.Count != ids.Count)
            throw new RpcException(3, "execution reverted");
        Span<Bytes32> words = new Bytes32[2 + owners.Count];
        (words[0], words[1]) = (Abi.Word(0x20), Abi.Word(owners.Count));
        for (var i = 0; i < owners.Count; i++)
            words[2 + i] = Abi.Word(Holding(to, AddressAt(arguments, (owners.At + i) * 32), arguments.Slice((ids.At + i) * 32, 32), block));
        return Hex.Write(Abi.Data(words));
    }

    private static (int At, int Count)? List(ReadOnlySpan<byte> arguments, int head)
    {
        if (Int(arguments, head) is not { } offset || offset % 32 != 0 || Int(arguments, offset / 32) is not { } count || offset + 32 + (long)count * 32 > arguments.Length)
            return null;
        return (offset / 32 + 1, count);
    }

    private static int? Int(ReadOnlySpan<byte> arguments, int word)
    {
        if (word < 0 || arguments.Length < (word + 1) * 32 || arguments.Slice(word * 32, 28).ContainsAnyExcept((byte)0))
            return null;
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(arguments[(word * 32 + 28)..]);
        return value > int.MaxValue / 64 ? null : (int)value;
    }

    private long Holding(Address keeper, Address wallet, ReadOnlySpan<byte> id, long block)
    {
        var token = TokenId.Parse(new System.Numerics.BigInteger(id, isUnsigned: true, isBigEndian: true).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return Contracts.KeeperOf((UInt256)token) == keeper ? BalanceOf(wallet, token, block) : 0;
    }

    /// <summary>A wallet that was deployed: it was funded or traded, and is not a key that signs.</summary>
    private bool IsWallet(Address address) => roster.IsWallet(address) || (books.Ledger.FindWallet(address) is not null && !books.Ledger.Accounts.ContainsKey(address));

    private static Address AddressAt(ReadOnlySpan<byte> arguments, int offset) => new(arguments.Slice(offset + 12, Address.Size));

    private static string Number(long number) => Abi.Word(Math.Max(0, number)).ToString();
}
