using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Api;

internal static class UserEndpoints
{
    private static readonly Error Raise = new("limit.raise", "A user's key may lower maxSlippage, not raise it: that takes the operator's key, or /settings in the chat.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.Users, async (NewUser user, IOnboarding onboarding, CancellationToken ct) => (await onboarding.WelcomeAsync(user.UserId, user.Username, ct)).ToResult())
            .Produces<User>();
        app.MapGet(Routes.User, async (long userId, IAccounts accounts, CancellationToken ct) => TypedResults.Ok(await accounts.FindAsync(userId, ct)));
        app.MapGet(Routes.Portfolio, async (long userId, IPositions positions, CancellationToken ct) => TypedResults.Ok(await positions.PortfolioAsync(userId, ct)));
        app.MapGet(Routes.Settings, async (long userId, IAccounts accounts, CancellationToken ct) => TypedResults.Ok(await accounts.SettingsAsync(userId, ct)));
        app.MapPut(Routes.Settings, async (long userId, PatchBody body, HttpContext http, Access access, IAccounts accounts, CancellationToken ct) =>
        {
            var change = SettingsOf(body);
            return access.IsUsersKey(http) && change.MaxSlippage > (await accounts.SettingsAsync(userId, ct))?.MaxSlippage
                ? Problems.Of(Raise)
                : (await accounts.ChangeSettingsAsync(userId, change, ct)).ToResult();
        }).Produces<UserSettings>();
        app.MapGet(Routes.Events, (long userId, HttpContext http, IUserEvents events, IHostApplicationLifetime host, CancellationToken ct) =>
            TypedResults.ServerSentEvents(Stream(http, userId, events, host.ApplicationStopping, ct)));
    }

    private static UserSettingsChange SettingsOf(PatchBody body) => new(
        body.Read<decimal?>("maxSlippage"), body.Read<IReadOnlyList<decimal>>("quickAmounts"),
        body.Read<decimal?>("defaultTakeProfitPercent"), body.Read<decimal?>("defaultStopLossPercent"),
        body.Read<string>("language"), body.Read<string>("timeZone"), body.Read<IReadOnlyDictionary<string, string>>("notifications"),
        body.IsCleared("defaultTakeProfitPercent"), body.IsCleared("defaultStopLossPercent"));

    private static async IAsyncEnumerable<SseItem<string>> Stream(HttpContext http, long userId, IUserEvents events, CancellationToken stopping, [EnumeratorCancellation] CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping); // an open stream would hold the host's end up
        await http.Response.Body.FlushAsync(ct); // a client waits for the headers, and the first event may be hours away
        var after = long.TryParse(http.Request.Headers["Last-Event-ID"], out var last) ? last : await events.LastSequenceAsync(userId, ct);
        while (!over.IsCancellationRequested)
        {
            var waiting = events.WaitAsync(TimeSpan.FromSeconds(5), over.Token); // before the read, so that nothing falls between
            foreach (var item in await events.ReadAsync(userId, after, 100, ct))
            {
                after = item.Sequence;
                yield return new SseItem<string>(item.Payload, item.Kind) { EventId = item.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture) };
            }
            await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

internal sealed record NewUser(long UserId, string? Username);
