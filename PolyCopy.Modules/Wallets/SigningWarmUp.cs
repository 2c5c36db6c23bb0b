using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Wallets;

/// <summary>Signs throw-away orders in the background of the start, as a wallet signs them, until the runtime has compiled the path for speed: a user's first order is as fast as the hundredth.</summary>
/// <remarks>
/// The runtime recompiles what ran 30 times, twice, and only after 100 ms without new methods: hence many short rounds with pauses, about 3.5 s in all.
/// Cold, the managed curve takes 29 ms for the first signature, and the sealed key and the texts around it another 3 to 8 ms.
/// </remarks>
internal sealed partial class SigningWarmUp(TimeProvider clock, ILogger<SigningWarmUp> logger) : BackgroundService
{
    private const int Rounds = 20, SignaturesPerRound = 40;

    private static readonly TokenId Token = TokenId.Parse("109063750016036252380828443861995839706801689771988336994548397939587707670981");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = clock.GetTimestamp();
        var account = ThrowAway();
        for (var round = 1; ; round++)
        {
            for (var i = 1; i <= SignaturesPerRound && !stoppingToken.IsCancellationRequested; i++)
                Sign(account, i);
            if (round == Rounds)
                break;
            await Task.Delay(TimeSpan.FromMilliseconds(150), clock, stoppingToken);
        }
        Log.Ready(logger, Secp256k1.Backend, (int)clock.GetElapsedTime(started).TotalMilliseconds);
    }

    private static TradingAccount ThrowAway()
    {
        ReadOnlySpan<byte> key = "a throw-away key of 32 bytes.   "u8;
        var owner = Secp256k1.AddressOf(key);
        var seal = WalletSeal.Create(new MasterKeys(key.ToArray(), []), Guid.Empty, owner);
        var credentials = new ApiCredentials(Guid.Empty.ToString(), Convert.ToBase64String(Encoding.ASCII.GetBytes("throw-away")), "throw-away");
        return new TradingAccount(Guid.Empty, 0, owner, WalletDerivation.Deposit(owner), SignatureType.DepositWallet, Exchanges.Polygon, seal, seal.SealOwnerKey(key), credentials);
    }

    private void Sign(TradingAccount account, int number)
    {
        var order = new UnsignedOrder(number, Token, Side.Buy, number, number, number, NegRisk: number % 2 == 0, "v1");
        var (_, signature) = account.Sign(order);
        var wallet = Address.Parse(account.Funder);
        var body = OrderBody.Write(new Order(number, wallet, wallet, (UInt256)Token, number, number, Side.Buy, SignatureType.DepositWallet, number), Hex.Read(signature), account.ApiKey, "FAK", postOnly: false);
        account.SignRequest("POST", "/order", body, clock.GetUtcNow());
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Wallets + 5, LogLevel.Information, "Orders are signed with {Backend}; warm after {Milliseconds} ms")]
        public static partial void Ready(ILogger logger, string backend, int milliseconds);
    }
}
