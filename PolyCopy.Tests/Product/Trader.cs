using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Kernel;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Product;

/// <summary>A user of the running product in one market whose quotes the test sets.</summary>
internal sealed class Trader
{
    private Trader(TestApp app, long userId, JsonElement market)
    {
        (App, UserId) = (app, userId);
        MarketId = market.GetProperty("marketId").GetString()!;
        ConditionId = market.GetProperty("conditionId").GetString()!;
    }

    public TestApp App { get; }

    public long UserId { get; }

    public string MarketId { get; }

    public string ConditionId { get; }

    public string Path => $"/api/v1/users/{UserId}";

    /// <summary>Registers the user, picks a Yes/No market on a tick of 0.01 and sets it to 0.44 / 0.45.</summary>
    public static async Task<Trader> WelcomeAsync(TestApp app, long userId = 1001, int market = 0)
    {
        await app.PostAsync("/api/v1/users", new { userId, username = $"user{userId}" });
        var markets = (await app.ControlAsync("markets")).EnumerateArray().Where(m => m.GetProperty("tick").GetString() == "0.01" && m.GetProperty("outcomes")[0].GetString() == "Yes");
        var trader = new Trader(app, userId, markets.ElementAt(market));
        await trader.QuoteAsync("0.44", "0.45");
        return trader;
    }

    public Task QuoteAsync(string bid, string ask, string size = "5000") => App.ControlAsync($"markets/{ConditionId}/quote", new { outcome = "Yes", bid, ask, size });

    /// <returns>The position's id.</returns>
    public async Task<string> BuyAsync(string amountUsd = "50", string? takeProfit = null, string? stopLoss = null)
    {
        var order = await App.PostAsync($"{Path}/orders", new { marketId = MarketId, outcome = "Yes", side = "BUY", type = "FAK", amountUsd, maxSlippage = "0.05", takeProfit, stopLoss }, Ids.New(TimeProvider.System).ToString());
        // the answer comes within five seconds, on a slow machine before the fill
        var filled = await App.UntilAsync($"{Path}/orders/{order.GetProperty("orderId").GetString()}", o => Number(o, "filledShares") > 0m);
        var id = filled.GetProperty("positionId").GetString()!;
        await App.UntilAsync($"{Path}/positions/{id}", p => Number(p, "sellableSize") == Number(p, "size"));
        return id;
    }

    /// <summary>Waits until the market's price is live: from here on a tick counts.</summary>
    public Task FollowedAsync(int markets = 1) => App.UntilAsync("/health/websocket", h => h.GetProperty("active_subscriptions").GetInt32() == markets && h.GetProperty("websocket_manager").GetString() == "healthy");

    public Task<JsonElement> PositionIsAsync(string id, string status, int seconds = 60) => App.UntilAsync($"{Path}/positions/{id}", p => p.GetProperty("status").GetString() == status, seconds);

    public Task<JsonElement> EventAsync(string kind, int seconds = 60) => Sse.UntilAsync(App.Api, $"{Path}/events", kind, seconds);

    public static decimal Number(JsonElement element, string name) => decimal.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}

/// <summary>Reads server-sent events from the first one on.</summary>
internal static class Sse
{
    /// <summary>The kinds of all events of a user so far, oldest first.</summary>
    public static async Task<IReadOnlyList<string>> KindsAsync(IServiceProvider services, long userId) =>
        [.. (await services.GetRequiredService<IUserEvents>().ReadAsync(userId, 0, 1_000, CancellationToken.None)).Select(e => e.Kind)];

    public static async Task<JsonElement> UntilAsync(HttpClient api, string path, string kind, int seconds)
    {
        var seen = new List<string>();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Last-Event-ID", "0");
            using var answer = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            await using var stream = await answer.Content.ReadAsStreamAsync(deadline.Token);
            await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(deadline.Token))
            {
                if (item.EventType == kind)
                    return JsonDocument.Parse(item.Data).RootElement;
                seen.Add(item.EventType);
            }
        }
        catch (OperationCanceledException)
        {
            // falls through to the failure with what was heard
        }
        throw new Xunit.Sdk.XunitException($"no event {kind} in {seconds} s; heard: {string.Join(", ", seen)}");
    }
}
