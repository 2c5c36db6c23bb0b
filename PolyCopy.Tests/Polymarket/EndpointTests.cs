using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Polymarket;

public class EndpointTests
{
    private static readonly Uri Simulator = new("http://127.0.0.1:41234/");

    [Fact]
    public void Demo_points_at_the_simulator()
    {
        var demo = At(Profile.Demo);
        demo.Gamma.Should().Be("http://127.0.0.1:41234/gamma/");
        demo.Clob.Should().Be("http://127.0.0.1:41234/clob/");
        demo.Trading.Should().Be("http://127.0.0.1:41234/clob/");
        demo.Data.Should().Be("http://127.0.0.1:41234/data/");
        demo.MarketSocket.Should().Be("ws://127.0.0.1:41234/ws/market");
        demo.UserSocket.Should().Be("ws://127.0.0.1:41234/ws/user");
        demo.Rtds.Should().Be("ws://127.0.0.1:41234/rtds");
    }

    [Fact]
    public void Paper_reads_the_real_market_and_trades_at_the_simulator()
    {
        var paper = At(Profile.Paper);
        paper.Clob.Host.Should().Be("clob.polymarket.com");
        paper.MarketSocket.Should().Be("wss://ws-subscriptions-clob.polymarket.com/ws/market");
        paper.Trading.Should().Be("http://127.0.0.1:41234/clob/");
        paper.UserSocket.Should().Be("ws://127.0.0.1:41234/ws/user");
    }

    [Fact]
    public void Live_needs_to_be_meant()
    {
        var careless = () => new VenueEndpoints(Profile.Live, new VenueOptions(), enableLive: false, () => Simulator);
        careless.Should().Throw<SettingException>().WithMessage("*Trading:EnableLive=true*");
        var live = new VenueEndpoints(Profile.Live, new VenueOptions(), enableLive: true, () => Simulator);
        live.Trading.Host.Should().Be("clob.polymarket.com");
        live.UserSocket.Should().Be("wss://ws-subscriptions-clob.polymarket.com/ws/user");
    }

    [Theory]
    [InlineData("wss://example.test", "wss://example.test/ws/market")]
    [InlineData("wss://example.test/", "wss://example.test/ws/market")]
    [InlineData("wss://example.test/ws/market", "wss://example.test/ws/market")]
    public void A_socket_address_may_leave_out_its_path(string configured, string used) =>
        At(Profile.Demo, new VenueOptions { MarketSocketUrl = configured }).MarketSocket.Should().Be(used);

    [Fact]
    public void Orders_follow_a_configured_clob_except_in_paper()
    {
        var options = new VenueOptions { ClobUrl = "http://127.0.0.1:9/clob" };
        At(Profile.Demo, options).Trading.Should().Be("http://127.0.0.1:9/clob/");
        At(Profile.Paper, options).Trading.Should().Be("http://127.0.0.1:41234/clob/");
    }

    [Theory]
    [InlineData(Profile.Demo)]
    [InlineData(Profile.Paper)]
    public void Only_live_may_send_orders_to_the_real_venue(Profile profile)
    {
        var wrong = () => At(profile, new VenueOptions { TradingUrl = "https://clob.polymarket.com" });
        wrong.Should().Throw<SettingException>();
    }

    [Theory]
    [InlineData("clob.polymarket.com")]
    [InlineData("ftp://x")]
    public void What_is_no_address_is_refused_in_one_sentence(string address)
    {
        var wrong = () => At(Profile.Demo, new VenueOptions { GammaUrl = address });
        wrong.Should().Throw<SettingException>().WithMessage("Venue:GammaUrl is not an address*");
    }

    private static VenueEndpoints At(Profile profile, VenueOptions? options = null) => new(profile, options ?? new VenueOptions(), enableLive: false, () => Simulator);
}
