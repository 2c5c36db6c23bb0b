using System.Net;
using PolyCopy.Tests.Simulator.Telegram;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Web;

/// <summary>/chat in the whole product: there with the simulated Bot API, gone with a token; photos come through the host.</summary>
public class ChatPageTests
{
    [Fact]
    public async Task The_chat_is_there_while_the_bot_is_simulated()
    {
        await using var app = await TestApp.StartAsync();
        var page = await app.Api.GetStringAsync("chat?id=1001");
        page.Should().Contain("class=\"chat").And.Contain("chat.css");

        using var form = new MultipartFormDataContent { { new StringContent("1001"), "chat_id" }, { new ByteArrayContent(BotLab.Png), "photo", "p.png" } };
        (await app.Venue.PostAsync("/bot1:x/sendPhoto", form)).EnsureSuccessStatusCode();
        var view = await app.ControlAsync("chat/1001?after=-1");
        var file = view.GetProperty("messages").EnumerateArray().Single(m => m.GetProperty("photo").GetBoolean()).GetProperty("picture").GetProperty("fileId").GetString();
        (await app.Api.GetByteArrayAsync($"chat/photos/{file}")).Should().Equal(BotLab.Png);
        (await app.Api.GetAsync("chat/photos/none")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task With_a_token_there_is_no_chat()
    {
        await using var app = await TestApp.StartAsync("--Bot:Token", "123456:abc", "--Bot:Enabled", "false");
        (await app.Api.GetAsync("chat")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await app.Api.GetAsync("Chat/photos/x")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }
}
