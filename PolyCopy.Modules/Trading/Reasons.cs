using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Trading;

/// <summary>The sentences that orders and exits give for what becomes of them. A refusal whose code alone says it has none here.</summary>
internal static class Reasons
{
    // how an order ended
    public static readonly Phrase SettlementFailed = new("order.settlement_failed", "The match failed on chain and was reversed.");
    public static readonly Phrase NotFound = new("order.not_found", "The venue knows neither the order nor a trade of it.");
    public static readonly Phrase Ghost = new("order.ghost", "The venue reported a match and never a trade.");
    public static readonly Phrase Gone = new("order.gone", "The venue lists the order no more.");
    public static readonly Phrase NotInTime = new("order.not_in_time", "Nothing matched in time.");
    public static readonly Phrase Cancelled = new("order.taken_back", "Cancelled.");

    // what holds the venue up
    public static readonly Phrase NotNow = new("order.not_now", "Not accepted now: {0}. Nothing was traded and nothing is reserved; try again {1}.");
    public static readonly Phrase Restarting = new("venue.is_restarting", "The venue is restarting");
    public static readonly Phrase PostOnly = new("venue.is_post_only", "The venue has just restarted and takes only post-only orders");
    public static readonly Phrase CancelOnly = new("venue.is_cancel_only", "The venue takes only cancellations");
    public static readonly Phrase Disabled = new("venue.is_disabled", "The venue has stopped trading");
    public static readonly Phrase RateLimited = new("venue.is_rate_limited", "The venue is taking no more orders at this moment");
    public static readonly Phrase MarketNotReady = new("market.is_not_ready", "The market is not open for orders yet");
    public static readonly Phrase VenueNotReady = new("venue.is_not_ready", "The venue is not ready for it");
    public static readonly Phrase InSeconds = new("order.in_seconds", "in about {0} s");
    public static readonly Phrase InAMoment = new("order.in_a_moment", "in a moment");

    // why an order is refused
    public static readonly Phrase Paused = new("trading.paused_because", "{0}");
    public static readonly Phrase IsTerminal = new("order.is", "The order is {0}.");
    public static readonly Phrase Outcomes = new("market.outcomes", "The market's outcomes are {0}.");
    public static readonly Phrase BeingResolved = new("market.being_resolved", "The market is being resolved ({0}) and takes no orders.");
    public static readonly Phrase EmptyBook = new("order.book_empty", "The book is empty but for its ends; give a limitPrice.");
    public static readonly Phrase RestingMinimum = new("order.min_size_resting", "A resting order has at least {0} shares.");
    public static readonly Phrase TakingMinimum = new("order.min_size_taking", "A BUY that takes from the book is worth at least 1 pUSD.");
    public static readonly Phrase BetweenZeroAndOne = new("price.range", "{0} lies between 0 and 1.");
    public static readonly Phrase OnTick = new("price.tick", "{0} is a multiple of {1}, from {1} to {2}.");
    public static readonly Phrase MustBeOnTick = new("price.must_tick", "{0} must be a multiple of {1} from {1} to {2}.");

    // exits
    public static readonly Phrase ExitSides = new("exit.sides", "A take-profit lies above and a stop-loss below the present price {0}.");
    public static readonly Phrase NotAbove = new("exit.not_above", "{0} is not above the present price {1}: it would fire at once.");
    public static readonly Phrase NotBelow = new("exit.not_below", "{0} is not below the present price {1}: it would fire at once.");
    public static readonly Phrase NothingToTrail = new("exit.nothing_to_trail", "There is no price to trail from now.");
    public static readonly Phrase TrailTooFar = new("exit.trail_too_far", "A trail of {0} below the present price {1} would never fire.");
    public static readonly Phrase MostExits = new("exit.most", "A position has at most {0} exits.");
    public static readonly Phrase ExitEnded = new("exit.is", "The exit is {0}.");
    public static readonly Phrase NoBook = new("exit.no_book", "the venue has no order book for it");
    public static readonly Phrase BookBack = new("exit.book_back", "the order book is back");
    public static readonly Phrase Resolving = new("exit.resolving", "its resolution is {0}");
    public static readonly Phrase NoOrders = new("exit.no_orders", "The market takes no orders now.");
    public static readonly Phrase NoReason = new("exit.no_reason", "the venue gave no reason");

    // of a preview
    public static readonly Phrase WarnPaused = new("warning.paused", "Entries are paused: {0}");
    public static readonly Phrase WarnNoBook = new("warning.no_book", "The order book cannot be read now.");
    public static readonly Phrase WarnKilled = new("warning.killed", "The book cannot fill all of it: a FOK order would be killed.");
    public static readonly Phrase WarnPartly = new("warning.partly", "The book cannot fill all of it at this worst price.");
    public static readonly Phrase WarnCrosses = new("warning.crosses", "It would cross the book: a post-only order would be refused.");
    public static readonly Phrase WarnSpread = new("warning.spread", "The spread is over 20 %.");
    public static readonly Phrase WarnDelay = new("warning.delay", "The venue delays orders that take here by {0} s.");
}
