using System.Text.Json;
using Telegram.Bot;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace PolyCopy.Modules.Bot.Wire;

internal enum IncomingKind
{
    Text,
    Press,

    /// <summary>A photo, sticker or other thing the bot does not read.</summary>
    Other,

    /// <summary>The user blocked the bot.</summary>
    Left,
}

/// <summary>One update, reduced to what the bot acts on.</summary>
/// <param name="MessageId">The message typed, or the one whose button was pressed.</param>
/// <param name="Date">When it was typed; of a press: when the pressed message was sent.</param>
internal sealed record Incoming(long UpdateId, IncomingKind Kind, long ChatId, bool IsPrivate, long UserId, string? Username, string? Language, int MessageId, DateTimeOffset Date, string Text, string? CallbackId)
{
    /// <summary>Null for updates that are none of ours.</summary>
    /// <exception cref="JsonException">It is not an update.</exception>
    public static Incoming? Read(string json)
    {
        var update = JsonSerializer.Deserialize<Update>(json, JsonBotAPI.Options) ?? throw new JsonException("Not an update.");
        switch (update)
        {
            case { CallbackQuery: { From: { } from } press }:
                var pressed = press.Message;
                // the message is missing when it is too old for Telegram: the press still counts, in the private chat
                return new Incoming(update.Id, IncomingKind.Press, pressed?.Chat.Id ?? from.Id, pressed is null || pressed.Chat.Type == ChatType.Private, from.Id, from.Username, from.LanguageCode, pressed?.Id ?? 0, At(pressed?.Date), press.Data ?? "", press.Id);
            case { Message: { From: { IsBot: false } from } message }:
                return new Incoming(update.Id, message.Text is null ? IncomingKind.Other : IncomingKind.Text, message.Chat.Id, message.Chat.Type == ChatType.Private, from.Id, from.Username, from.LanguageCode, message.Id, At(message.Date), message.Text ?? "", null);
            case { MyChatMember: { From: { } from, NewChatMember.Status: ChatMemberStatus.Kicked or ChatMemberStatus.Left } member }:
                return new Incoming(update.Id, IncomingKind.Left, member.Chat.Id, member.Chat.Type == ChatType.Private, from.Id, from.Username, from.LanguageCode, 0, At(member.Date), "", null);
            default:
                return null;
        }
    }

    private static DateTimeOffset At(DateTime? date) => date is { } at && at.Year > 1970 ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)) : DateTimeOffset.UnixEpoch;
}
