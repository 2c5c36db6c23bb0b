using PolyCopy.Modules.Polymarket.Rpc;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Tests.Polymarket;

namespace PolyCopy.Tests.Indexing;

/// <summary>JSON-RPC as providers speak it.</summary>
public class RpcNodeTests
{
    private static readonly ChainQuery Query = new(1, 2_000, [Address.Zero], [null]);

    [Theory]
    [InlineData(200, -32600, "You can make eth_getLogs requests with up to a 10 block range.", VenueFailure.TooWide)]
    [InlineData(200, -32614, "eth_getLogs is limited to a 10,000 range", VenueFailure.TooWide)]
    [InlineData(200, -32005, "query returned more than 10000 results", VenueFailure.TooWide)]
    [InlineData(200, -32602, "Log response size exceeded.", VenueFailure.TooWide)]
    [InlineData(400, -32602, "block range is too large", VenueFailure.TooWide)]
    [InlineData(200, 429, "Your app has exceeded its compute units per second capacity", VenueFailure.RateLimited)]
    [InlineData(429, -32005, "daily request limit reached - rate limit", VenueFailure.RateLimited)]
    [InlineData(200, -32000, "unknown block", VenueFailure.Refused)]
    public async Task A_refusal_is_understood_in_everybodys_words(int status, int code, string message, VenueFailure failure)
    {
        var node = Node(new Reply(status, $$$"""{"jsonrpc":"2.0","id":1,"error":{"code":{{{code}}},"message":"{{{message}}}"}}"""));
        (await node.Awaiting(n => n.ReadLogsAsync(Query, (in ChainLog _) => { }, default)).Should().ThrowAsync<VenueException>()).Which.Failure.Should().Be(failure);
    }

    [Theory]
    [InlineData(429, VenueFailure.RateLimited)]
    [InlineData(413, VenueFailure.TooWide)]
    [InlineData(403, VenueFailure.Blocked)]
    [InlineData(502, VenueFailure.Unreachable)]
    public async Task The_key_in_an_address_is_in_no_message(int status, VenueFailure failure)
    {
        var thrown = (await Node(Reply.Html(status)).Awaiting(n => n.ChainIdAsync(default)).Should().ThrowAsync<VenueException>()).Which;
        thrown.Failure.Should().Be(failure);
        thrown.Message.Should().StartWith("rpc.example").And.NotContain("secret");
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":null}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":[{"address":"0x12"}]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":[""")]
    [InlineData("<html>")]
    public async Task An_answer_that_is_none_is_no_empty_list(string body) =>
        (await Node(Reply.Ok(body)).Awaiting(n => n.ReadLogsAsync(Query, (in ChainLog _) => { }, default)).Should().ThrowAsync<VenueException>()).Which.Failure.Should().Be(VenueFailure.Malformed);

    [Fact]
    public async Task An_unknown_block_is_null_and_a_known_one_is_read()
    {
        (await Node(Reply.Ok("""{"jsonrpc":"2.0","id":1,"result":null}""")).BlockAsync(7, default)).Should().BeNull();
        var hash = "0x" + new string('a', 64);
        var block = await Node(Reply.Ok($$$"""{"jsonrpc":"2.0","id":1,"result":{"number":"0x7","hash":"{{{hash}}}","parentHash":"{{{hash}}}","timestamp":"0x6a90d4d0","extra":[]} }""")).BlockAsync(7, default);
        (block!.Number, block.Hash.ToString(), block.At).Should().Be((7L, hash, DateTimeOffset.FromUnixTimeSeconds(0x6a90d4d0)));
    }

    [Fact]
    public async Task A_balancer_that_names_a_block_it_does_not_give_is_asked_for_an_older_one()
    {
        var hash = "0x" + new string('a', 64);
        var stub = new StubVenue((asked, _) => Reply.Ok(
            asked.Body.Contains("eth_blockNumber") ? """{"jsonrpc":"2.0","id":1,"result":"0x64"}"""
            : asked.Body.Contains("0x60") ? $$$"""{"jsonrpc":"2.0","id":1,"result":{"number":"0x60","hash":"{{{hash}}}","parentHash":"{{{hash}}}","timestamp":"0x6a90d4d0"} }"""
            : """{"jsonrpc":"2.0","id":1,"result":null}"""));
        (await new RpcNode(stub.CreateClient(""), new Uri("https://rpc.example/"), TimeProvider.System).HeadAsync(default)).Number.Should().Be(0x60);
    }

    private static RpcNode Node(Reply reply) => new(StubVenue.Always(reply).CreateClient(""), new Uri("https://rpc.example/v2/secret"), TimeProvider.System);
}
