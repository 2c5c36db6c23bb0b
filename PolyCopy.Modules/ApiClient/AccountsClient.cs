using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.ApiClient;

internal sealed class AccountsClient(Backend core) : IAccounts
{
    public Task<Result<User>> RegisterAsync(long userId, string? username, CancellationToken ct) => core.AskAsync<User>(HttpMethod.Post, Routes.BotUsers, new { userId, username }, ct);

    public Task<User?> FindAsync(long userId, CancellationToken ct) => core.FindAsync<User>(Link.To(Routes.User, userId), ct);

    public Task<Page<User>> ListAsync(int limit, string? cursor, CancellationToken ct) => core.GetAsync<Page<User>>(Routes.BotUsers.With(("limit", limit), ("cursor", cursor)), ct);

    public Task<UserSettings?> SettingsAsync(long userId, CancellationToken ct) => core.FindAsync<UserSettings>(Link.To(Routes.Settings, userId), ct);

    public Task<Result<UserSettings>> ChangeSettingsAsync(long userId, UserSettingsChange change, CancellationToken ct) => core.AskAsync<UserSettings>(HttpMethod.Put, Link.To(Routes.Settings, userId), Patch(change), ct);

    /// <summary>Absent leaves a setting as it is, null clears it.</summary>
    private static Dictionary<string, object?> Patch(UserSettingsChange change)
    {
        var patch = new Dictionary<string, object?>();
        Put("maxSlippage", change.MaxSlippage);
        Put("quickAmounts", change.QuickAmounts);
        Put("defaultTakeProfitPercent", change.DefaultTakeProfitPercent);
        Put("defaultStopLossPercent", change.DefaultStopLossPercent);
        Put("language", change.Language);
        Put("timeZone", change.TimeZone);
        Put("notifications", change.Notifications);
        if (change.ClearDefaultTakeProfit)
            patch["defaultTakeProfitPercent"] = null;
        if (change.ClearDefaultStopLoss)
            patch["defaultStopLossPercent"] = null;
        return patch;

        void Put(string name, object? value)
        {
            if (value is not null)
                patch[name] = value;
        }
    }
}

internal sealed class OnboardingClient(Backend core) : IOnboarding
{
    public Task<Result<User>> WelcomeAsync(long userId, string? username, CancellationToken ct) => core.AskAsync<User>(HttpMethod.Post, Routes.Users, new { userId, username }, ct);
}
