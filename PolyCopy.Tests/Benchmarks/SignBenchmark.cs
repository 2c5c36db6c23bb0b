using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Benchmarks;

/// <summary>What an order costs to hash and sign, against viem on the same order in the same run. One JSON line per figure; every round measures everybody.</summary>
internal static class SignBenchmark
{
    private static readonly byte[] Key = Hex.Read("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    private static readonly Exchange Exchange = Exchanges.For(Exchanges.Polygon, 2, negRisk: false);

    private static readonly TokenId Token = TokenId.Parse("109063750016036252380828443861995839706801689771988336994548397939587707670981");

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = Number(args, "--rounds", 5);
        var seconds = Number(args, "--seconds", 1);
        await FirstOrdersAsync();

        var account = Secp256k1.AddressOf(Key);
        var order = new Order(479249096354, account, account, UInt256.Parse("109063750016036252380828443861995839706801689771988336994548397939587707670981"),
            100_000_000L, 50_000_000L, Side.Buy, SignatureType.Eoa, 1780449126930);
        var digest = OrderSigner.OrderHash(order, Exchange);
        var curves = NativeCurve.TryLoad() is { } native ? new ICurve[] { BouncyCastleCurve.Instance, native } : [BouncyCastleCurve.Instance];

        var contestants = new List<(string What, string By, Action Once)> { ("hash", "PolyCopy", () => OrderSigner.OrderHash(order, Exchange)), ("sign, no recovery id", "BouncyCastle's ECDsaSigner", PlainSigner(digest)) };
        foreach (var curve in curves)
        {
            contestants.Add(("sign, recovery id", curve.Name, () => curve.Sign(digest, Key)));
            contestants.Add(("hash, sign, recovery id", curve.Name, () => curve.Sign(OrderSigner.OrderHash(order, Exchange), Key)));
            contestants.Add(("recover", curve.Name, Recovery(curve, digest)));
        }

        var figures = contestants.ToDictionary(c => c, _ => new List<double>());
        var viem = new List<Peer>();
        foreach (var (_, _, once) in contestants)
            Measure(once, seconds / 2.0); // the runtime's second compilation
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contestant in contestants)
                figures[contestant].Add(Measure(contestant.Once, seconds));
            if (await PeerAsync(seconds) is { } peer)
                viem.Add(peer);
        }

        foreach (var (contestant, all) in figures)
            Print(new { benchmark = "sign", what = contestant.What, by = contestant.By, microseconds = Median(all), rounds });
        Compare(viem, figures.Where(f => f.Key.What == "hash, sign, recovery id").Select(f => (f.Key.By, Median(f.Value))), rounds, curves[^1].Sign(digest, Key).ToString());
        return 0;
    }

    /// <summary>The first and the hundredth order of a process that has warmed up as the host does, each after the same idle pause: as a wallet signs them, from the sealed key to the text that is sent.</summary>
    private static async Task FirstOrdersAsync()
    {
        using var warmUp = new SigningWarmUp(TimeProvider.System, NullLogger<SigningWarmUp>.Instance);
        await warmUp.StartAsync(default);
        var account = Account();
        await warmUp.ExecuteTask!;
        var times = new double[105];
        _ = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp()).TotalMicroseconds; // the stopwatch's own first use
        for (var i = 0; i < times.Length; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
            var order = new UnsignedOrder(i, Token, Side.Sell, 1, 1, i, NegRisk: false, "v1");
            var start = Stopwatch.GetTimestamp();
            account.Sign(order);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Print(new { benchmark = "sign", what = "a wallet's first orders, 5 ms apart", by = Secp256k1.Backend, firstMicroseconds = Math.Round(times[0], 1), hundredthMicroseconds = Math.Round(Median(times[95..]), 1) });
    }

    private static TradingAccount Account()
    {
        var (id, owner) = (Guid.Empty, Secp256k1.AddressOf(Key));
        var seal = WalletSeal.Create(new MasterKeys(new byte[MasterKeys.KeySize], []), id, owner);
        var sealedKey = seal.SealOwnerKey(Key);
        seal.OpenOwnerKey(sealedKey, new byte[Secp256k1.KeySize]); // as the vault does before it hands an account out
        return new TradingAccount(id, 1, owner, WalletDerivation.Deposit(owner), SignatureType.DepositWallet, Exchanges.Polygon, seal, sealedKey, new ApiCredentials("", "", ""));
    }

    private static void Compare(List<Peer> viem, IEnumerable<(string By, double Microseconds)> ours, int rounds, string signature)
    {
        if (viem.Count == 0)
        {
            Print(new { benchmark = "sign", by = "viem", skipped = "run npm install in PolyCopy.Tests/Benchmarks/peers (needs node)" });
            return;
        }

        var peer = Median(viem.Select(v => v.Microseconds));
        Print(new { benchmark = "sign", what = "signTypedData (hash, sign, recovery id)", by = $"viem {viem[0].Version}", microseconds = peer, rounds, sameSignature = viem.All(v => v.Signature == signature) });
        foreach (var (by, microseconds) in ours)
            Print(new { benchmark = "sign", what = "share of viem's time", by, ratio = Math.Round(microseconds / peer, 3), goal = "at most 1/3 (0.333), aim 1/12 (0.083)" });
    }

    private static async Task<Peer?> PeerAsync(int seconds)
    {
        var folder = Path.Combine(DataDirectory.Root, "PolyCopy.Tests", "Benchmarks", "peers");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "viem")))
            return null;
        using var node = Process.Start(new ProcessStartInfo("node", ["sign.mjs", $"{seconds}"]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        return node.ExitCode == 0 ? JsonSerializer.Deserialize<Peer>(output, JsonSerializerOptions.Web) : throw new InvalidOperationException("sign.mjs failed.");
    }

    // What one would write without thought for the recovery id.
    private static Action PlainSigner(Bytes32 digest)
    {
        var curve = CustomNamedCurves.GetByName("secp256k1");
        var parameters = new ECPrivateKeyParameters(new BigInteger(1, Key), new ECDomainParameters(curve));
        var message = new byte[32];
        digest.CopyTo(message);
        return () =>
        {
            var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
            signer.Init(true, parameters);
            signer.GenerateSignature(message);
        };
    }

    private static Action Recovery(ICurve curve, Bytes32 digest)
    {
        var signature = curve.Sign(digest, Key);
        var publicKey = new byte[Secp256k1.PublicKeySize];
        return () => curve.TryRecover(digest, signature, publicKey);
    }

    private static double Measure(Action once, double seconds)
    {
        var (count, start) = (0, Stopwatch.GetTimestamp());
        TimeSpan elapsed;
        do
        {
            for (var i = 0; i < 20; i++)
                once();
            count += 20;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed.TotalSeconds < seconds);
        return elapsed.TotalMicroseconds / count;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return Math.Round(sorted[sorted.Length / 2], 2);
    }

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], System.Globalization.CultureInfo.InvariantCulture) : otherwise;

    private static void Print(object line) => Console.WriteLine(JsonSerializer.Serialize(line, line.GetType(), JsonSerializerOptions.Web));

    private sealed record Peer(string Version, double Microseconds, string Signature);
}
