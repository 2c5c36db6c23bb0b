using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;

namespace PolyCopy.Modules.Copying.Engine;

/// <summary>What is the same for every follower of a leader's trade; for reversed follows there is a second one, seen from the other outcome.</summary>
/// <param name="LeaderPrice">pUSD per share of <paramref name="Token"/>.</param>
/// <param name="LeaderAmount">pUSD he spent or received.</param>
/// <param name="LeaderHeld">Micro-shares he held just before.</param>
/// <param name="Token">What followers trade.</param>
/// <param name="Other">The other outcome; null in markets of more than two.</param>
/// <param name="Reference">The market's own price before the trade; null: not at hand.</param>
/// <param name="Blind">Our picture of the leader has a hole.</param>
/// <param name="LeaderBankroll">pUSD he trades with; null: not asked for, or not known.</param>
internal sealed record Scene(
    Side Side, decimal LeaderPrice, decimal LeaderAmount, long LeaderShares, long LeaderHeld, Market Market, TokenId Token, TokenId? Other, WorkingBook? Book, decimal? Reference, bool Blind, DateTimeOffset Now,
    decimal? LeaderBankroll = null);

/// <summary>Where one follow stands before a trade, micro-units.</summary>
internal sealed class Standing
{
    public long Cash { get; set; }

    /// <summary>Cash and what its holdings cost: the bankroll.</summary>
    public long Bankroll { get; set; }
    public long SpentToday { get; set; }
    public long InMarket { get; set; }
    public int OpenPositions { get; set; }
    public bool HoldsToken { get; set; }
    public bool CopiedBefore { get; set; }
    public long GroupSpent { get; set; }
    public long Carried { get; set; }

    /// <summary>Of the other outcome, by other follows of the same wallet.</summary>
    public long HeldOpposite { get; set; }

    /// <summary>Of the token, by this follow's own orders, less what open sells will take.</summary>
    public long Held { get; set; }

    /// <summary>The rules the holding was opened under.</summary>
    public (int Version, FollowRules Rules)? HeldUnder { get; set; }

    /// <summary>Why the user's entries are stopped.</summary>
    public string? Paused { get; set; }
    public int Day { get; set; }
}

/// <summary>What a follow does about a trade.</summary>
internal sealed record Judgement(string Verdict, string? Rule, Said? Reason, IReadOnlyList<Said> Steps)
{
    public Side Side { get; init; }
    public TokenId Token { get; init; }
    public int RulesVersion { get; init; }
    public long Amount { get; init; }
    public long Committed { get; init; }
    public long WouldSpend { get; init; }
    public long Carry { get; init; }
    public long Target { get; init; }
    public decimal Fraction { get; init; }
    public Price? Worst { get; init; }
    public Price? TakeProfit { get; init; }
    public Price? StopLoss { get; init; }

    /// <summary>What the book of this pass gave, micro-units: a replay takes it for the fill.</summary>
    public (long Shares, long Spent) Expected { get; init; }
}
