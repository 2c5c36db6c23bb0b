using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Simulator;

namespace PolyCopy.Tests.Polymarket;

/// <summary>The adapters, as the host composes them, against a simulator of their own.</summary>
internal sealed class SimulatedVenue : IAsyncDisposable
{
    private readonly IHost _host;

    private SimulatedVenue(Lab lab)
    {
        Lab = lab;
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging();
        builder.Configuration["Simulator:Url"] = lab.Http.BaseAddress!.ToString();
        builder.AddPolymarket();
        _host = builder.Build();
    }

    public Lab Lab { get; }
    public IMarketData Data => _host.Services.GetRequiredService<IMarketData>();
    public ITradingVenue Trading => _host.Services.GetRequiredService<ITradingVenue>();
    public ITradingAuth Auth => _host.Services.GetRequiredService<ITradingAuth>();
    public IUserChannel Channel => _host.Services.GetRequiredService<IUserChannel>();
    public VenueClock Clock => _host.Services.GetRequiredService<VenueClock>();

    /// <summary>With a venue whose clock stands until it is advanced.</summary>
    public static async Task<SimulatedVenue> StartAsync()
    {
        var venue = new SimulatedVenue(await Lab.DrivenAsync());
        await venue.Clock.RefreshAsync(venue.Clock.Offset, default);
        return venue;
    }

    /// <summary>Logs in and funds the wallet.</summary>
    public async Task<SimulatedAccount> AccountAsync(int number, string pusd = "1000")
    {
        var key = SigningKey.Parse(number.ToString("x64", System.Globalization.CultureInfo.InvariantCulture));
        var l1 = L1Auth.Headers(key, Exchanges.Polygon, Clock.UtcNow, 0);
        var credentials = await Auth.DeriveAsync(l1, default) ?? await Auth.CreateAsync(l1, default);
        var account = new SimulatedAccount(key, credentials!);
        await Lab.PostAsync($"control/wallets/{account.Funder}/fund", new { pusd });
        return account;
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await Lab.DisposeAsync();
    }
}

internal sealed class SimulatedAccount(SigningKey key, ApiCredentials credentials) : ITradingAccount
{
    private readonly Address _wallet = WalletDerivation.Deposit(key.Address);

    public Guid WalletId { get; } = Ids.New(TimeProvider.System);
    public long UserId => 1;
    public string Owner => key.Address.ToString();
    public string Funder => _wallet.ToString();
    public int SignatureType => 3;
    public string ApiKey => credentials.ApiKey;

    public (string Hash, string Signature) Sign(in UnsignedOrder order)
    {
        var signed = new Order(order.Salt, _wallet, _wallet, (UInt256)order.Token, order.MakerAmount, order.TakerAmount, order.Side, PolyCopy.Modules.Signing.SignatureType.DepositWallet, order.TimestampMs);
        var (hash, signature) = OrderSigner.Sign(signed, Exchanges.ForMarket(Exchanges.Polygon, order.Version, order.NegRisk), key);
        return (hash.ToString(), Hex.Write(signature));
    }

    public IReadOnlyList<KeyValuePair<string, string>> SignRequest(string method, string path, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        L2Auth.Headers(key.Address, credentials.ApiKey, credentials.Secret, credentials.Passphrase, now.ToUnixTimeSeconds(), method, path, body);

    public (string ApiKey, string Secret, string Passphrase) SocketCredentials() => (credentials.ApiKey, credentials.Secret, credentials.Passphrase);
}
