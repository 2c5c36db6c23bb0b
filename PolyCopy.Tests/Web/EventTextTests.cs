using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Web;

namespace PolyCopy.Tests.Web;

public class EventTextTests
{
    [Theory]
    [InlineData("fill", """{"question":"Will it rain?","outcome":"Yes","side":"BUY","shares":"145.625","price":"0.400000","fee":"1.7475"}""", "Bought 145.63 Yes at 0.40, fee $1.75 · Will it rain?")]
    [InlineData("fill", """{"question":"Will it rain?","outcome":"No","side":"SELL","shares":"20","price":"0.2345","fee":"0","exit":"stop_loss"}""", "Sold 20 No at 0.2345, fee $0.00 · Stop-loss · Will it rain?")]
    [InlineData("exit_fired", """{"question":"Will it rain?","outcome":"Yes","kind":"take_profit","filledShares":"20","tickToSubmitMs":"16.614"}""", "Take-profit fired: sold 20 Yes · 16.6 ms from tick to order · Will it rain?")]
    [InlineData("trading_paused", """{"reason":"by the\u202e operator"}""", "Trading paused · by the operator")]
    [InlineData("announcement", "[]", "Announcement")]
    [InlineData("fill", """{"side":{}}""", "Sold ? at ?, fee $?")]
    public void Says_what_happened_in_one_line(string kind, string payload, string line) =>
        EventText.Of(new UserEvent(1, 1, kind, payload, default)).Should().Be(line);
}
