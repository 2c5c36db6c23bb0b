using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;
using PolyCopy.Modules.Trading.Exits;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Tests.Trading.Exits;

public class ExitSizingTests
{
    private static readonly Level[] Bids = [new(Build.P(0.50m), Build.S(3)), new(Build.P(0.49m), Build.S(10)), new(Build.P(0.40m), Build.S(100))];

    [Theory]
    [InlineData(0.50, 0.05, 0.01, 0.48)]
    [InlineData(0.50, 0.05, 0.001, 0.475)]
    [InlineData(0.50, 0.0001, 0.01, 0.50)]
    [InlineData(0.505, 0.0001, 0.01, 0.50)]
    [InlineData(0.50, 1, 0.01, 0.01)]
    [InlineData(0.01, 0.05, 0.01, 0.01)]
    [InlineData(0.4975, 0.02, 0.0025, 0.4900)]
    public void A_stops_lowest_price_is_the_best_bid_less_the_slippage_on_the_tick(decimal bid, decimal slippage, decimal tick, decimal expected) =>
        ExitSizing.Floor(Build.P(bid), slippage, Build.P(tick)).Should().Be(Build.P(expected));

    [Theory]
    [InlineData(3, 0.50)]
    [InlineData(5, 0.49)]
    [InlineData(13, 0.49)]
    [InlineData(14, 0.40)]
    [InlineData(114, 0)]
    public void The_trigger_bid_is_where_the_minimum_order_is_reached(decimal minimum, decimal expected) =>
        ExitSizing.TriggerBid(Bids, Build.S(minimum)).Should().Be(Build.P(expected));

    [Fact]
    public void Depth_counts_the_levels_at_or_above_a_price()
    {
        ExitSizing.Depth(Bids, Build.P(0.49m)).Should().Be(Build.S(13));
        ExitSizing.Depth(Bids, Build.P(0.51m)).Should().Be(Shares.Zero);
    }

    [Fact]
    public void A_preview_walks_the_bids()
    {
        ExitSizing.Preview(Bids, Build.S(8), Price.Zero).Should().Be(new ExitPreview(Build.S(8), 0.49375m, Build.P(0.49m), true));
        ExitSizing.Preview([], Build.S(8), Price.Zero).Should().Be(new ExitPreview(Shares.Zero, null, null, false));
    }

    [Fact]
    public void Sizes_are_cut_to_what_the_venue_takes()
    {
        ExitSizing.Whole(new Shares(10_019_999)).Should().Be(Build.S(10.01m));
        ExitSizing.Part(new Shares(10_000_001), 0.5m).Should().Be(new Shares(5_000_000));
        ExitSizing.Part(new Shares(10_000_001), 1).Should().Be(new Shares(10_000_001));
    }
}
