using System.Collections.Concurrent;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Wire;

namespace PolyCopy.Modules.Bot.Chats;

/// <summary>The one screen of a chat: a button edits it in place, everything else sends it anew at the bottom and takes the keyboard off the old one.</summary>
internal sealed class LivingScreen(IBotState state, Courier courier, ChatLanes lanes, BotSession session, TimeProvider clock)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<long, (BotChat Chat, long At)> _chats = new();

    /// <summary>The chat as the database has it; null when the user never wrote.</summary>
    public async Task<BotChat?> FindAsync(long userId, CancellationToken ct)
    {
        if (_chats.TryGetValue(userId, out var known))
            return known.Chat;
        var chat = await state.ChatAsync(session.BotId, userId, ct);
        if (chat is not null)
            _chats[userId] = (chat, clock.GetTimestamp());
        return chat;
    }

    /// <summary>Shows the view. Called from the chat's lane only.</summary>
    /// <param name="pressed">The message whose button was pressed; 0 for something typed.</param>
    public async Task ShowAsync(BotChat chat, int pressed, View view, string? memory, CancellationToken ct)
    {
        if (pressed != 0 && pressed == chat.ScreenMessageId && view.Photo is null == !chat.ScreenIsPhoto)
        {
            if (view.Nonce is { } nonce)
                await state.AttachAsync(session.BotId, chat.UserId, nonce, pressed, ct);
            await KeepAsync(chat with { State = memory }, ct);
            Edit(chat, pressed, view, memory);
            return;
        }
        await SendAsync(chat, view, memory, ct);
    }

    /// <summary>Takes a message out of the chat.</summary>
    public void Remove(long chatId, int messageId) => _ = courier.SendAsync(new Outgoing(chatId, OutgoingKind.Delete, null, MessageId: messageId), Lane.Reply);

    public async Task ForgetAsync(long userId, CancellationToken ct)
    {
        _chats.TryRemove(userId, out _);
        await state.BlockAsync(session.BotId, userId, ct);
    }

    /// <summary>Lets go of chats at rest.</summary>
    public void Sweep()
    {
        foreach (var (id, (_, at)) in _chats)
            if (clock.GetElapsedTime(at) > Idle)
                _chats.TryRemove(id, out _);
    }

    /// <summary>Not awaited: the next press is answered while this waits for its turn, and then only the newer look is sent.</summary>
    private void Edit(BotChat chat, int message, View view, string? memory)
    {
        // queued before this returns: two edits keep their order
        var sending = courier.SendAsync(new Outgoing(chat.ChatId, OutgoingKind.Edit, view.Text.Value, view.Keyboard, message, view.Photo), Lane.Reply);
        _ = ReplaceWhenGoneAsync();

        async Task ReplaceWhenGoneAsync()
        {
            if ((await sending).Outcome != DeliveryOutcome.Gone)
                return;
            lanes.Post(chat.ChatId, async ct =>
            {
                if (await FindAsync(chat.UserId, ct) is { } now && now.ScreenMessageId == message)
                    await SendAsync(now, view, memory, ct);
            });
        }
    }

    private async Task SendAsync(BotChat chat, View view, string? memory, CancellationToken ct)
    {
        var delivery = await lanes.AsideAsync(courier.SendAsync(new Outgoing(chat.ChatId, OutgoingKind.Send, view.Text.Value, view.Keyboard, Photo: view.Photo), Lane.Reply).WaitAsync(ct));
        if (delivery is not { Outcome: DeliveryOutcome.Sent, MessageId: { } message })
        {
            await KeepAsync(chat with { State = memory }, ct);
            return;
        }
        if (view.Nonce is { } nonce)
            await state.AttachAsync(session.BotId, chat.UserId, nonce, message, ct);
        await KeepAsync(chat with { ScreenMessageId = message, ScreenIsPhoto = view.Photo is not null, State = memory }, ct);
        // a photo between texts is in the way: it goes as a whole
        if (chat.ScreenMessageId is { } old && old != message)
            _ = courier.SendAsync(new Outgoing(chat.ChatId, chat.ScreenIsPhoto ? OutgoingKind.Delete : OutgoingKind.Strip, null, MessageId: old), Lane.Bulk);
    }

    private async Task KeepAsync(BotChat chat, CancellationToken ct)
    {
        var changed = !_chats.TryGetValue(chat.UserId, out var known) || known.Chat != chat || chat.Blocked;
        chat = chat with { Blocked = false };
        if (changed)
            await state.SaveChatAsync(session.BotId, chat, ct);
        _chats[chat.UserId] = (chat, clock.GetTimestamp());
    }
}
