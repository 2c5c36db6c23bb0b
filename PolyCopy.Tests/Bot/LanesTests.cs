using Microsoft.Extensions.Logging.Abstractions;
using PolyCopy.Modules.Bot.Chats;

namespace PolyCopy.Tests.Bot;

public class LanesTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_chat_that_waits_for_Telegram_leaves_its_place_to_the_others()
    {
        var lanes = new ChatLanes(atOnce: 1, NullLogger<ChatLanes>.Instance);
        var telegram = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (first, second, third) = (Done(), Done(), Done());

        lanes.Post(1, async _ => first.SetResult(await lanes.AsideAsync(telegram.Task)));
        lanes.Post(1, _ => { third.SetResult(first.Task.IsCompleted ? 1 : 0); return Task.CompletedTask; });
        lanes.Post(2, _ => { second.SetResult(2); return Task.CompletedTask; });

        (await second.Task.WaitAsync(Deadline)).Should().Be(2, "another chat is served meanwhile");
        third.Task.IsCompleted.Should().BeFalse("the same chat goes one by one");
        telegram.SetResult(7);
        (await first.Task.WaitAsync(Deadline)).Should().Be(7);
        (await third.Task.WaitAsync(Deadline)).Should().Be(1);
    }

    private static TaskCompletionSource<int> Done() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
