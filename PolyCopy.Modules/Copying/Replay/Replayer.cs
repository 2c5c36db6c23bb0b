using System.Globalization;
using PolyCopy.Modules.Copying.Engine;
using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Copying.Replay;

/// <summary>Runs a tape through the rules that judge live trades, with a purse of its own: nothing is read or written, so the same tape and rules give the same lines.</summary>
/// <remarks>
/// What the recorded book offered counts as filled at once; unsold shares are worth the market's price at the end. Take-profits and stops fire on the bids of the tape:
/// between two of them the price may have been anywhere, so a take gets its own price and no more, a stop what was bid once it had been crossed.
/// </remarks>
internal static class Replayer
{
    /// <param name="tape">Oldest first.</param>
    /// <param name="bids">What was bid between the trades, oldest first.</param>
    /// <param name="leader">Whose trades they are.</param>
    /// <param name="rules">By which rules.</param>
    /// <param name="cash">pUSD to begin with.</param>
    /// <param name="days">How long the tape is.</param>
    /// <param name="options">Floors and depth share.</param>
    /// <returns>The preview, and the tokens that would have had exits.</returns>
    public static (CopyPreview Preview, IReadOnlySet<TokenId> Guarded) Run(IReadOnlyList<TapeEntry> tape, IReadOnlyList<TapeBid> bids, string leader, FollowRules rules, decimal cash, int days, CopyingOptions options)
    {
        var follow = new Follow(Guid.Empty, 0, Guid.Empty, leader, FollowStatus.Active, null, false, 1, rules, DateTimeOffset.MinValue);
        var purse = new Purse((long)(cash * 1_000_000));
        var byRule = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var lines = new List<string>();
        var (copied, exits, next) = (0, 0, 0);
        void Exits(DateTimeOffset until)
        {
            for (; next < bids.Count && bids[next].At <= until; next++)
                if (purse.Exit(bids[next]) is { } fired)
                {
                    exits++;
                    lines.Add(fired);
                }
        }
        foreach (var entry in tape)
        {
            Exits(entry.At);
            var judged = Judge(follow, entry, purse, options);
            if (judged is null)
                continue; // a sell of what would not be held
            var text = $"{Time(entry.At)} {(entry.Side == Side.Buy ? "BUY" : "SELL")} {new Shares(entry.Shares)} at {CopyJudge.Text(entry.Price)} of {entry.Market.Id}";
            if (judged.Verdict != Verdict.Copied)
            {
                byRule[judged.Rule!] = byRule.GetValueOrDefault(judged.Rule!) + 1;
                lines.Add($"{text}: skipped, {judged.Rule}: {judged.Reason}");
                if (judged.Carry != 0)
                    purse.Carry(judged.Token, judged.Carry);
                continue;
            }
            copied++;
            lines.Add($"{text}: copied, {purse.Fill(entry, judged)}");
        }
        Exits(DateTimeOffset.MaxValue);
        var value = purse.Value();
        return (new CopyPreview(
            days, tape.Count, copied, byRule.Values.Sum(), [.. byRule.Select(r => new RuleCount(r.Key, r.Value))], purse.Spent / 1_000_000m, purse.Received / 1_000_000m,
            decimal.Round((purse.Received + value - purse.Spent) / 1_000_000m, 6), tape.Count(e => e.Assumed), exits, 0, lines), purse.Guarded);
    }

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static Judgement? Judge(Follow follow, TapeEntry entry, Purse purse, CopyingOptions options)
    {
        var reverse = follow.Rules.Reverse;
        var other = entry.Market.Tokens.Count == 2 ? entry.Market.Tokens[1 - entry.Market.TokenIndex(entry.Token)] : (TokenId?)null;
        if ((reverse ? other : entry.Token) is not { } token)
            return new Judgement(Verdict.Skipped, "no_opposite", Reasons.ManyOutcomes.With(), []);
        if (entry.Rule is { } rule)
            return new Judgement(Verdict.Skipped, rule, Reasons.AsThen.With(), []);
        if (entry.Side == Side.Buy && entry.Collateral / 1_000_000m < options.DustUsd)
            return new Judgement(Verdict.Skipped, "dust", Reasons.DustReplayed.With(Gap.Usd(options.DustUsd)), []);
        var book = reverse ? entry.OtherBook : entry.Book;
        var price = reverse ? 1 - entry.Price : entry.Price;
        var scene = new Scene(
            entry.Side, price, entry.Collateral / 1_000_000m, entry.Shares, entry.LeaderHeld, entry.Market, token, null, book is null ? null : new WorkingBook(book, options.DepthShare),
            reverse && entry.Assumed ? price : entry.Reference, false, entry.At);
        var standing = purse.Standing(entry, token, options);
        return entry.Side == Side.Sell && standing.Held <= 0 ? null : CopyJudge.Judge(follow, scene, standing) is var judged && entry.Side == Side.Sell && judged.Verdict == Verdict.Copied
            ? judged with { Expected = scene.Book?.BestBid is { } bid && CopyJudge.SellFloor(bid, follow.Rules, entry.Market.TickSize) is { } floor ? scene.Book.Sell(judged.Target, floor) : default }
            : judged;
    }
}

/// <summary>The money and shares of a replay, micro-units.</summary>
internal sealed class Purse(long cash)
{
    private readonly Dictionary<TokenId, (long Shares, long Cost, Markets.Market Market)> _held = [];
    private readonly Dictionary<int, long> _days = [];
    private readonly Dictionary<string, long> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<(TokenId, Side), (DateTimeOffset At, string Group)> _last = [];
    private readonly Dictionary<string, string> _orders = new(StringComparer.Ordinal);
    private readonly Dictionary<TokenId, long> _carried = [];
    private readonly HashSet<TokenId> _copied = [];
    private readonly Dictionary<TokenId, (DateTimeOffset Since, Price? Take, Price? Stop)> _exits = [];
    private readonly HashSet<TokenId> _guarded = [];
    private string _group = "";

    public long Spent { get; private set; }
    public long Received { get; private set; }

    /// <summary>Tokens that had a take-profit or a stop.</summary>
    public IReadOnlySet<TokenId> Guarded => _guarded;

    public Standing Standing(TapeEntry entry, TokenId token, CopyingOptions options)
    {
        _group = Group(entry, options);
        return new Standing
        {
            Cash = cash - Spent + Received,
            Bankroll = cash - Spent + Received + _held.Values.Sum(h => h.Cost),
            SpentToday = _days.GetValueOrDefault(Days.Of(entry.At, TimeZoneInfo.Utc)),
            InMarket = _held.Values.Where(h => h.Market.Id == entry.Market.Id).Sum(h => h.Cost),
            OpenPositions = _held.Count(h => h.Value.Shares >= Shares.Lot),
            HoldsToken = _held.GetValueOrDefault(token).Shares >= Shares.Lot,
            CopiedBefore = _copied.Contains(token),
            GroupSpent = _groups.GetValueOrDefault(_group),
            Carried = _carried.GetValueOrDefault(token),
            Held = _held.GetValueOrDefault(token).Shares,
        };
    }

    public void Carry(TokenId token, long micros) => _carried[token] = _carried.GetValueOrDefault(token) + micros;

    /// <returns>What happened, in words.</returns>
    public string Fill(TapeEntry entry, Judgement judged)
    {
        var (shares, money) = judged.Expected;
        var price = shares == 0 ? 0 : money / (decimal)shares;
        var fee = entry.Market.Fee.On(new Shares(shares), new Price((int)decimal.Round(price * Price.Scale))).Micros;
        var (held, cost, _) = _held.GetValueOrDefault(judged.Token);
        if (judged.Side == Side.Buy)
        {
            _held[judged.Token] = (held + shares, cost + money, entry.Market);
            Spent += money + fee;
            var day = Days.Of(entry.At, TimeZoneInfo.Utc);
            _days[day] = _days.GetValueOrDefault(day) + money;
            _groups[_group] = _groups.GetValueOrDefault(_group) + money;
            _copied.Add(judged.Token);
            if (judged.Carry != 0)
                Carry(judged.Token, judged.Carry);
            Guard(judged, entry.At);
            return $"bought {new Shares(shares)} for {new Usdc(money)}";
        }
        Take(judged.Token, shares);
        Received += money - fee;
        return $"sold {new Shares(shares)} for {new Usdc(money)}";
    }

    /// <summary>Sells the whole holding when the bid has crossed its take-profit or its stop, in the hundredths of a share that the venue takes.</summary>
    /// <returns>What happened, in words; null: nothing.</returns>
    public string? Exit(TapeBid bid)
    {
        if (!_exits.TryGetValue(bid.Token, out var exits) || bid.At <= exits.Since)
            return null;
        var isTake = bid.Bid >= exits.Take;
        if (!isTake && !(bid.Bid <= exits.Stop))
            return null;
        var (held, _, market) = _held[bid.Token];
        var price = isTake ? exits.Take!.Value : bid.Bid;
        var shares = new Shares(held / Shares.Lot * Shares.Lot);
        var money = (long)((Int128)shares.Micros * price.TenThousandths / Price.Scale);
        Received += money - market.Fee.On(shares, price).Micros;
        Take(bid.Token, shares.Micros);
        _exits.Remove(bid.Token);
        return $"{Replayer.Time(bid.At)} {(isTake ? $"take-profit {exits.Take}" : $"stop-loss {exits.Stop}")} of {market.Id}: sold {shares} for {new Usdc(money)}";
    }

    public long Value() => _held.Sum(h =>
    {
        var index = h.Value.Market.TokenIndex(h.Key);
        var prices = h.Value.Market.Payouts ?? h.Value.Market.Prices;
        return index >= 0 && index < prices.Count ? (long)(h.Value.Shares * prices[index]) : h.Value.Cost;
    });

    /// <summary>As live: a position has one take-profit and one stop, and the latest buy sets them.</summary>
    private void Guard(Judgement bought, DateTimeOffset at)
    {
        if ((bought.TakeProfit ?? bought.StopLoss) is null)
            return;
        var before = _exits.GetValueOrDefault(bought.Token);
        _exits[bought.Token] = (at, bought.TakeProfit ?? before.Take, bought.StopLoss ?? before.Stop);
        _guarded.Add(bought.Token);
    }

    private void Take(TokenId token, long shares)
    {
        var (held, cost, market) = _held[token];
        _held[token] = (held - shares, cost - (long)((Int128)cost * shares / held), market);
        if (held > shares)
            return;
        _held.Remove(token);
        _exits.Remove(token);
    }

    private string Group(TapeEntry entry, CopyingOptions options)
    {
        if (entry.OrderHash is { } hash && _orders.TryGetValue(hash, out var same))
            return same;
        var key = (entry.Token, entry.Side);
        var group = _last.TryGetValue(key, out var last) && entry.At - last.At <= TimeSpan.FromSeconds(options.GroupSeconds) ? last.Group : entry.TradeId;
        if (group == entry.TradeId)
            _last[key] = (entry.At, group);
        if (entry.OrderHash is { } own)
            _orders[own] = group;
        return group;
    }
}
