using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Accounts;

/// <summary>What a settings change may say; every refusal names its field.</summary>
internal static class SettingsRules
{
    private static readonly string[] Levels = ["on", "silent", "off"];

    public static Error? Check(UserSettingsChange change)
    {
        if (change.MaxSlippage is <= 0 or > 1)
            return new Error("settings.max_slippage", "maxSlippage lies above 0 and is at most 1.");
        if (change.QuickAmounts is { } amounts && (amounts.Count is 0 or > 8 || amounts.Any(a => a is < 1 or > 1_000_000 || decimal.Round(a, 2) != a)))
            return new Error("settings.quick_amounts", "Give 1 to 8 quick amounts from 1 to 1,000,000 pUSD with at most two decimals.");
        if (change.DefaultTakeProfitPercent is <= 0 or > 10_000)
            return new Error("settings.take_profit", "The default take-profit lies above 0 and is at most 10,000 %.");
        if (change.DefaultStopLossPercent is <= 0 or >= 100)
            return new Error("settings.stop_loss", "The default stop-loss lies between 0 and 100 %.");
        if (change.Language is { } language && language is not ("en" or "fr"))
            return new Error("settings.language", "Known languages are en and fr.");
        if (change.TimeZone is { } zone && (zone.Length > 64 || !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)))
            return new Error("settings.time_zone", "That is not a known IANA time zone.");
        if (change.Notifications is { } notifications && (notifications.Count > 50 || notifications.Any(n => n.Key.Length is 0 or > 40 || !Levels.Contains(n.Value))))
            return new Error("settings.notifications", "Notifications are on, silent or off.");
        return null;
    }
}
