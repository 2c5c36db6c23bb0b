using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying;

/// <summary>The sentences that copying gives for what it does.</summary>
internal static class Reasons
{
    // why a trade was not copied
    public static readonly Phrase LeaderBankroll = new("copy.leader_bankroll", "What the leader trades with cannot be told now, and the rules do not say it.");
    public static readonly Phrase GroupSpent = new("copy.group_spent", "The {0} pUSD for this order of the leader are spent.");
    public static readonly Phrase NoSize = new("copy.size", "The rules give no amount for this trade.");
    public static readonly Phrase BelowMinimum = new("copy.minimum", "{0} pUSD is below the minimum of {1}.");
    public static readonly Phrase Accumulating = new("copy.accumulating", "{0} of {1} pUSD put aside.");
    public static readonly Phrase OpenPositions = new("copy.max_open_positions", "{0} positions are open, the limit is {1}.");
    public static readonly Phrase TooLittleLeft = new("copy.too_little_left", "{0}: {1} pUSD is left, {2} is the least.");
    public static readonly Phrase NoReference = new("copy.no_reference", "The market has no price of its own from before the trade: nothing says whether the leader's price is fair.");
    public static readonly Phrase NoLiquidity = new("copy.no_liquidity", "Nobody offers this outcome now.");
    public static readonly Phrase PriceCap = new("copy.price_cap", "The best ask is {0}, the limit {1}: the lower of the leader's {2} and the market's {3}, plus {4} %.");
    public static readonly Phrase BelowVenueMinimum = new("copy.minimum_venue", "{0} pUSD is below the venue's minimum.");
    public static readonly Phrase SellsEnded = new("copy.sells_ended", "This follow was deleted and mirrors no more sells.");
    public static readonly Phrase SellsNone = new("copy.sells_none", "The rules mirror no sells.");
    public static readonly Phrase SellsManual = new("copy.sells_manual", "The rules leave selling to you.");
    public static readonly Phrase DustSale = new("copy.dust_sale", "Less than a hundredth of a share would be sold.");
    public static readonly Phrase Paused = new("copy.paused", "The follow is paused.");
    public static readonly Phrase PausedBecause = new("copy.paused_because", "The follow is paused: {0}");
    public static readonly Phrase TradingPaused = new("copy.trading_paused", "Entries are stopped: {0}");
    public static readonly Phrase Blind = new("copy.blind", "Our picture of the leader has a hole; the rules allow no entries meanwhile.");
    public static readonly Phrase LeaderMinimum = new("copy.leader_minimum", "The leader spent {0}, the least is {1} pUSD.");
    public static readonly Phrase PriceBand = new("copy.price_band", "The price is {0}, the band {1} to {2}.");
    public static readonly Phrase OtherCategory = new("copy.category_other", "The market's categories are {0}; wanted are {1}.");
    public static readonly Phrase NoCategory = new("copy.category_none", "The market's categories are none; wanted are {0}.");
    public static readonly Phrase ExcludedCategory = new("copy.category_excluded", "The category {0} is excluded.");
    public static readonly Phrase NoKeyword = new("copy.keyword_none", "None of {0} occurs in the market's title.");
    public static readonly Phrase ExcludedKeyword = new("copy.keyword_excluded", "The word {0} is excluded.");
    public static readonly Phrase Liquidity = new("copy.liquidity", "The market's liquidity is {0}, the least is {1} pUSD.");
    public static readonly Phrase Spread = new("copy.spread", "The spread is {0}, the most is {1}.");
    public static readonly Phrase NoEnd = new("copy.resolution_time_none", "The market names no end, and the rules ask for one.");
    public static readonly Phrase EndsAt = new("copy.resolution_time", "The market ends in {0} hours; allowed are {1} to {2}.");
    public static readonly Phrase EndsSoon = new("copy.resolution_time_soon", "The market ends in {0} hours; allowed are {1} to any.");
    public static readonly Phrase HeldBefore = new("copy.first_entry_held", "The leader held {0} of it before; only first entries are copied.");
    public static readonly Phrase CopiedBefore = new("copy.first_entry_copied", "This outcome was copied before; only first entries are.");
    public static readonly Phrase Opposite = new("copy.opposite", "Another follow holds {0} shares of the other outcome.");
    public static readonly Phrase OwnOrder = new("copy.own_order", "The order was signed by this product: it is no signal.");
    public static readonly Phrase MarketUnknown = new("copy.market_unknown", "The venue does not know the market of this token, or cannot be asked now.");
    public static readonly Phrase Late = new("copy.late", "The buy was seen {0} s after it was made; the most is {1} s.");
    public static readonly Phrase LateBackfilled = new("copy.late_backfilled", "The buy was seen {0} s after it was made, while catching up; the most is {1} s.");
    public static readonly Phrase MarketClosed = new("copy.market_closed", "The market takes no orders now.");
    public static readonly Phrase Dust = new("copy.dust", "The leader spent {0} pUSD; less than {1} is dust.");
    public static readonly Phrase NoOpposite = new("copy.no_opposite", "The market has more than two outcomes: there is no opposite one.");
    public static readonly Phrase NotHeld = new("copy.not_held", "No follow of this leader holds the outcome.");
    public static readonly Phrase LeaderSold = new("copy.leader_sold", "The leader sold before the copy was ordered.");
    public static readonly Phrase SameOrder = new("copy.same_order", "A fill of the same order as {0}: decided with it.");
    public static readonly Phrase Moved = new("copy.moved", "{0} of {1} shares left the leader's wallet by a {2}: reported.");
    public static readonly Phrase LateOrder = new("copy.late_order", "It could not be ordered within {0} s of the decision.");
    public static readonly Phrase NothingLeft = new("copy.nothing_left", "Nothing of it is held any more.");
    public static readonly Phrase NoBids = new("copy.no_bids", "{0} shares found no bid at the rules' worst price in time; they are still held.");
    public static readonly Phrase NothingMatched = new("copy.nothing_matched", "Nothing matched.");

    // a cap, within a reason or a step
    public static readonly Phrase PerTrade = new("copy.cap.per_trade", "at most {0} a trade");
    public static readonly Phrase PerDay = new("copy.cap.per_day", "{0} of {1} a day spent");
    public static readonly Phrase PerMarket = new("copy.cap.per_market", "{0} of {1} in this market");
    public static readonly Phrase FreeCash = new("copy.cap.balance", "{0} pUSD is free, fees included");
    public static readonly Phrase Depth = new("copy.cap.depth", "share of the depth up to {0}");

    // how the size came about
    public static readonly Phrase GroupSpentBefore = new("copy.step.group_spent", "{0} were spent on this order of the leader already");
    public static readonly Phrase CarriedBefore = new("copy.step.carried", "{0} and {1} put aside before = {2}");
    public static readonly Phrase RoundedUp = new("copy.step.rounded_up", "{0} rounded up to {1}");
    public static readonly Phrase Cut = new("copy.step.cut", "{0} cut to {1} ({2})");
    public static readonly Phrase Netted = new("copy.step.netted", "another follow holds {0} of the other outcome: {1} of them are sold instead");
    public static readonly Phrase UpTo = new("copy.step.up_to", "{0} pUSD up to {1}");
    public static readonly Phrase SellsCopied = new("copy.step.sells_copied", "what was copied of it: {0}");
    public static readonly Phrase SellsAll = new("copy.step.sells_all", "all of it");
    public static readonly Phrase SellsPercent = new("copy.step.sells_percent", "{0} % of it");
    public static readonly Phrase SellsUnknown = new("copy.step.sells_unknown", "what the leader held is not known: all of it");
    public static readonly Phrase SellsMirrored = new("copy.step.sells_mirrored", "the leader sold {0} of {1}: {2} %");
    public static readonly Phrase SellsHeld = new("copy.step.sells_held", "{0} of {1} shares held by this follow");
    public static readonly Phrase Fixed = new("copy.step.fixed", "fixed {0}");
    public static readonly Phrase PercentOfTrade = new("copy.step.percent_of_trade", "{0} % of the leader's {1} = {2}");
    public static readonly Phrase PercentOfBalance = new("copy.step.percent_of_balance", "{0} % of {1} free pUSD = {2}");
    public static readonly Phrase BankrollKnown = new("copy.step.bankroll_known", "the leader put {0} of {1} that he has in cash and positions in; of {2} that is {3}");
    public static readonly Phrase BankrollGiven = new("copy.step.bankroll_given", "the leader put {0} of {1} in; of {2} that is {3}");
    public static readonly Phrase Times = new("copy.step.times", "{0} times the leader's {1} = {2}");
    public static readonly Phrase Arrived = new("copy.step.arrived", "{0} more arrived by a buy that was on its way");

    // why a follow is paused
    public static readonly Phrase Counterparty = new("follow.counterparty", "The leader's own wallet was on the other side of your trade ({0}).");
    public static readonly Phrase ByYou = new("follow.by_you", "by you");
    public static readonly Phrase Drift = new("follow.drift", "The leader trades otherwise than before (last {0} orders against {1} earlier): {2}.");
    public static readonly Phrase DriftAnd = new("follow.drift_and", "{0}; {1}");
    public static readonly Phrase DriftSize = new("follow.drift_size", "median size {0} pUSD, before {1}");
    public static readonly Phrase DriftMix = new("follow.drift_mix", "{0} % in {1}, before {2} %");
    public static readonly Phrase DriftBothSides = new("follow.drift_both_sides", "{0} % traded both sides of a market within an hour, before {1} %");
    public static readonly Phrase DriftFrequency = new("follow.drift_frequency", "{0} orders a day, before {1}");

    // what a breaker says, and for whom
    public static readonly Phrase Stopped = new("risk.stopped", "Entries are stopped {0}: {1}");
    public static readonly Phrase Tripped = new("risk.tripped", "Entries are stopped {0}: {1} Somebody must resume it with a reason.");
    public static readonly Phrase OrderRate = new("risk.order_rate", "{0} entries within a minute; the most is {1}.");
    public static readonly Phrase DailyLoss = new("risk.daily_loss", "{0} pUSD lost since midnight; the most is {1}.");
    public static readonly Phrase Exposure = new("risk.exposure", "{0} pUSD is at stake {1}, and {2} more would pass the limit of {3}.");
    public static readonly Phrase ForEverybody = new("risk.for_everybody", "for everybody");
    public static readonly Phrase ForYou = new("risk.for_you", "for you");
    public static readonly Phrase ForCopies = new("risk.for_copies", "for copies of {0}");
    public static readonly Phrase InMarket = new("risk.in_market", "in this market");
    public static readonly Phrase InEvent = new("risk.in_event", "in this group of markets");

    // of a replay
    public static readonly Phrase ManyOutcomes = new("replay.no_opposite", "The market has more than two outcomes.");
    public static readonly Phrase AsThen = new("replay.as_then", "As it was then, for every follower.");
    public static readonly Phrase DustReplayed = new("replay.dust", "Less than {0} pUSD.");
}
