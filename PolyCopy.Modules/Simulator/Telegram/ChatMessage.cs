using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>A message as the chat shows it. Text is plain, what is bold or linked is in the entities; dates are unix seconds.</summary>
/// <param name="UserId">Who typed it; null: the bot.</param>
internal sealed record ChatMessage(
    int Id, long? UserId, string Text, IReadOnlyList<TextEntity> Entities, IReadOnlyList<IReadOnlyList<ChatButton>> Keyboard, long Date, long? EditDate = null, ChatPhoto? Photo = null)
{
    public bool FromBot => UserId is null;

    public bool LooksLike(ChatMessage other) =>
        Text == other.Text && Photo == other.Photo && Entities.SequenceEqual(other.Entities) && SameKeyboard(Keyboard, other.Keyboard);

    public static bool SameKeyboard(IReadOnlyList<IReadOnlyList<ChatButton>> one, IReadOnlyList<IReadOnlyList<ChatButton>> other) =>
        one.Count == other.Count && one.Zip(other).All(rows => rows.First.SequenceEqual(rows.Second));
}

/// <summary>Offset and length count UTF-16 units, as Telegram's do.</summary>
internal sealed record TextEntity(string Type, int Offset, int Length, string? Url = null, string? Language = null);

/// <summary>An inline button: data, or a url, or text to copy, or nothing when it is disabled.</summary>
internal sealed record ChatButton(string Text, string? Data = null, string? Url = null, string? Style = null, bool Disabled = false, string? CopyText = null);

/// <param name="Name">Set for a document, which is any file and has no size in pixels.</param>
internal sealed record ChatPhoto(string FileId, int Width, int Height, int Bytes, string? Name = null);

/// <summary>One fact of the chats' history; the store is the fold of these, live and after a restart alike.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "k")]
[JsonDerivedType(typeof(MessageKept), "msg")]
[JsonDerivedType(typeof(MessagesGone), "del")]
[JsonDerivedType(typeof(UpdateQueued), "upd")]
[JsonDerivedType(typeof(UpdatesConfirmed), "ack")]
[JsonDerivedType(typeof(PhotoKept), "photo")]
internal abstract record ChatChange
{
    public static JsonSerializerOptions Json { get; } = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };
}

/// <summary>A new message, or a message as it is after an edit.</summary>
internal sealed record MessageKept(long ChatId, ChatMessage Message) : ChatChange;

internal sealed record MessagesGone(long ChatId, IReadOnlyList<int> Ids) : ChatChange;

/// <param name="Body">The update's JSON.</param>
internal sealed record UpdateQueued(int Id, string Body) : ChatChange;

/// <summary>Everything below the offset was taken.</summary>
internal sealed record UpdatesConfirmed(int Offset) : ChatChange;

internal sealed record PhotoKept(string FileId, byte[] Content) : ChatChange;
