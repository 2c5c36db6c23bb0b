namespace PolyCopy.Modules.Bot;

/// <summary>Which bot this is, and how its line to Telegram does.</summary>
internal sealed class BotSession(long botId)
{
    private string? _username;
    private string? _trouble;

    public long BotId => botId;

    /// <summary>Without the @; null until Telegram has said it.</summary>
    public string? Username
    {
        get => Volatile.Read(ref _username);
        set => Volatile.Write(ref _username, value);
    }

    /// <summary>Why no updates come; null while they do.</summary>
    public string? Trouble
    {
        get => Volatile.Read(ref _trouble);
        set => Volatile.Write(ref _trouble, value);
    }
}
