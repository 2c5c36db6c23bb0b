using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>The user channel (facts 3.2): the raw credentials go over the wire; no acknowledgement, no snapshot, no replay; wrong credentials meet silence.</summary>
internal sealed class UserSocketHub(SimWorld world, Books books, UserFeed feed, ConnectionRegistry connections, IFrameFilter? filter = null)
{
    private readonly UserFeed _feed = feed;

    public static void Map(IEndpointRouteBuilder app)
    {
        var hub = app.ServiceProvider.GetRequiredService<UserSocketHub>();
        app.MapGet("/ws/user", hub.AcceptAsync);
    }

    private Task AcceptAsync(HttpContext context) => connections.ServeAsync(context, "user", filter, connection =>
    {
        var session = new Session(this, connection);
        return (session.Receive, session.End);
    });

    private ApiKey? Authenticate(JsonElement auth)
    {
        if (Member(auth, "apiKey") is not { } id || Member(auth, "secret") is not { } secret || Member(auth, "passphrase") is not { } passphrase)
            return null;
        lock (world.Gate)
            return books.Ledger.FindKey(id) is { } key && Same(key.Secret, secret) && Same(key.Passphrase, passphrase) ? key : null;
    }

    private static bool Same(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    private static string? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static List<string> Markets(JsonElement frame)
    {
        var markets = new List<string>();
        if (frame.TryGetProperty("markets", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var market in list.EnumerateArray())
            {
                if (market.ValueKind == JsonValueKind.String)
                    markets.Add(market.GetString()!);
            }
        }
        return markets;
    }

    private sealed class Session(UserSocketHub hub, SimConnection connection)
    {
        private readonly UserFeed.Listener _listener = new(connection);
        private Address? _account;

        public void Receive(string text)
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                Handle(document.RootElement);
            }
            catch (JsonException)
            {
                connection.Send("INVALID OPERATION"u8.ToArray());
            }
        }

        public void End()
        {
            if (_account is { } account)
                hub._feed.Remove(account, _listener);
        }

        private void Handle(JsonElement frame)
        {
            if (frame.ValueKind != JsonValueKind.Object)
                return;
            if (frame.TryGetProperty("auth", out var auth))
            {
                if (_account is not null || hub.Authenticate(auth) is not { } key)
                    return;
                _listener.Subscribe(Markets(frame), first: true);
                hub._feed.Add(key.Account, _listener);
                _account = key.Account;
            }
            else if (_account is null)
                return;
            else if (Member(frame, "operation") == "subscribe")
                _listener.Subscribe(Markets(frame), first: false);
            else if (Member(frame, "operation") == "unsubscribe")
                _listener.Unsubscribe(Markets(frame));
        }
    }
}
