using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Wallets;

/// <summary>A key vault on a database of its own, against a venue that knows one API key per address.</summary>
internal sealed class WalletLab(TestDatabase database) : IAsyncDisposable
{
    public static readonly byte[] Master = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public FakeAuth Auth { get; } = new();

    public FakeLogCollector Logs { get; } = new();

    public TestDatabase Database => database;

    public static async Task<WalletLab> CreateAsync(Db provider) => new(await TestDatabase.CreateAsync(provider));

    /// <summary>A vault as a fresh process would have it.</summary>
    public WalletVault Vault(byte[]? master = null, string venue = "demo", params byte[][] previous)
    {
        var keys = new MasterKeys(master ?? Master, previous);
        var whose = new WalletVenue(venue, 137);
        var logger = LoggerFactory.Create(l => l.AddProvider(new FakeLoggerProvider(Logs))).CreateLogger<WalletVault>();
        return new WalletVault(new WalletStore(database.Users, database.Workers, keys, whose, new FakeTimeProvider()), keys, whose, Auth, Auth, logger);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}

/// <summary>Derives what was created before, as the venue does, and remembers the order of the calls.</summary>
internal sealed class FakeAuth : ITradingAuth, IVenueClock
{
    private readonly Dictionary<string, ApiCredentials> _known = [];
    private readonly Lock _lock = new();

    public List<string> Calls { get; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> LastHeaders { get; private set; } = [];

    public VenueException? Trouble { get; set; }

    public bool RefusesToCreate { get; set; }

    public DateTimeOffset UtcNow => DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    public Task<ApiCredentials?> DeriveAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct) => Answer("derive", l1Headers, address =>
        _known.GetValueOrDefault(address));

    public Task<ApiCredentials?> CreateAsync(IReadOnlyList<KeyValuePair<string, string>> l1Headers, CancellationToken ct) => Answer("create", l1Headers, address =>
        RefusesToCreate ? null : _known[address] = new ApiCredentials($"key-of-{address}", "c2VjcmV0LW9mLXRoZS1hcGkta2V5", "passphrase-of-the-api-key"));

    private async Task<ApiCredentials?> Answer(string call, IReadOnlyList<KeyValuePair<string, string>> headers, Func<string, ApiCredentials?> answer)
    {
        await Task.Yield();
        if (Trouble is not null)
            throw Trouble;
        lock (_lock)
        {
            Calls.Add(call);
            LastHeaders = headers;
            return answer(headers.Single(h => h.Key == "POLY_ADDRESS").Value);
        }
    }
}
