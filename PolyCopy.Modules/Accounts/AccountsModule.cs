using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PolyCopy.Modules.Accounts;

public static class AccountsModule
{
    /// <summary>Adds users, their settings and credentials, the outbox of what they must hear, and the bot's memory.</summary>
    public static IHostApplicationBuilder AddAccounts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(builder.Configuration.GetSection("Accounts").Get<AccountsOptions>() ?? new AccountsOptions());
        builder.Services.AddSingleton<AccountStore>();
        builder.Services.AddSingleton<IAccounts>(s => s.GetRequiredService<AccountStore>());
        builder.Services.AddSingleton<IUserSlippage>(s => s.GetRequiredService<AccountStore>());
        builder.Services.AddSingleton<IUserZones>(s => s.GetRequiredService<AccountStore>());
        builder.Services.AddSingleton<IUserWishes>(s => s.GetRequiredService<AccountStore>());
        builder.Services.AddSingleton<IUserEvents, Outbox>();
        builder.Services.AddSingleton<IEventDelivery>(s => s.GetRequiredService<IUserEvents>());
        builder.Services.AddSingleton<IBotState, BotState>();
        builder.Services.AddSingleton<IUserCredentials, Credentials>();
        return builder;
    }
}

/// <summary>Who may register. Open by default in Demo; with AllowedUsers only those.</summary>
internal sealed record AccountsOptions
{
    public bool OpenRegistration { get; init; } = true;
    public IReadOnlyList<long> AllowedUsers { get; init; } = [];

    /// <summary>An allow-list binds those who registered before it, too.</summary>
    public bool IsExcluded(long userId) => AllowedUsers.Count > 0 && !AllowedUsers.Contains(userId);

    public bool MayRegister(long userId) => AllowedUsers.Count > 0 ? AllowedUsers.Contains(userId) : OpenRegistration;
}
