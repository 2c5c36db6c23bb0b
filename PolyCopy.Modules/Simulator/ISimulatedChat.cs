namespace PolyCopy.Modules.Simulator;

/// <summary>The user's side of the simulated Telegram: what a chat window shows and does. Over HTTP, so the simulator may run in another process.</summary>
public interface ISimulatedChat
{
    /// <summary>The chat once its revision is beyond <paramref name="after"/>, or as it is after at most 25 seconds; -1 answers at once.</summary>
    /// <exception cref="HttpRequestException">The simulator is out of reach.</exception>
    Task<SimulatedChat> ReadAsync(long chatId, long after, CancellationToken ct);

    /// <summary>Types a text.</summary>
    /// <exception cref="HttpRequestException">The simulator is out of reach or does not take it.</exception>
    Task SayAsync(long chatId, string text, CancellationToken ct);

    /// <summary>Presses the button with this data under this message; nothing happens when it is gone meanwhile.</summary>
    /// <exception cref="HttpRequestException">The simulator is out of reach.</exception>
    Task PressAsync(long chatId, int messageId, string data, CancellationToken ct);

    /// <summary>A picture's or document's bytes and media type; null: there is none.</summary>
    /// <exception cref="HttpRequestException">The simulator is out of reach.</exception>
    Task<(byte[] Content, string MediaType)?> PhotoAsync(string fileId, CancellationToken ct);
}

/// <param name="Revision">Grows with every change, and starts anew with the simulator.</param>
/// <param name="Typing">The bot said that it is busy.</param>
/// <param name="Messages">Oldest first.</param>
public sealed record SimulatedChat(long Revision, bool Typing, SimulatedToast? Toast, IReadOnlyList<SimulatedCommand> Commands, IReadOnlyList<SimulatedMessage> Messages);

/// <summary>What the bot answered to a press: shown briefly, or, an alert, until it is closed.</summary>
public sealed record SimulatedToast(long Id, string Text, bool Alert);

public sealed record SimulatedCommand(string Command, string Description);

/// <param name="From">"user" or "bot".</param>
/// <param name="Date">Unix seconds, as <paramref name="EditDate"/>.</param>
public sealed record SimulatedMessage(
    int MessageId, string From, string Text, long Date, long? EditDate, SimulatedPicture? Picture, IReadOnlyList<SimulatedEntity> Entities, IReadOnlyList<IReadOnlyList<SimulatedButton>> Keyboard, SimulatedDocument? Document = null);

public sealed record SimulatedPicture(string FileId, int Width, int Height);

public sealed record SimulatedDocument(string FileId, string Name, int Bytes);

/// <summary>Bold, a link and so on; offset and length count UTF-16 units.</summary>
public sealed record SimulatedEntity(string Type, int Offset, int Length, string? Url = null);

/// <param name="Style">"primary", "success", "danger" or null.</param>
public sealed record SimulatedButton(string Text, string? Data = null, string? Url = null, string? Style = null, bool Disabled = false, string? CopyText = null);
