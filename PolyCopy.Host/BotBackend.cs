using PolyCopy.Modules.Kernel;

namespace PolyCopy.Host;

/// <summary>Where the bot finds the core.</summary>
internal enum BotBackend
{
    /// <summary>In this process.</summary>
    InProcess,

    /// <summary>At Bot:BackendUrl: this process is only the bot.</summary>
    Http,
}

internal static class BotBackends
{
    /// <summary>The setting Bot:Backend; read here and nowhere else.</summary>
    /// <exception cref="SettingException">It is neither InProcess nor Http.</exception>
    public static BotBackend Of(IConfiguration settings) =>
        settings["Bot:Backend"] is not { Length: > 0 } text ? BotBackend.InProcess
        : Enum.TryParse<BotBackend>(text, ignoreCase: true, out var backend) && !char.IsDigit(text[0]) && Enum.IsDefined(backend) ? backend
        : throw new SettingException($"Bot:Backend={text} is neither InProcess nor Http.");
}
