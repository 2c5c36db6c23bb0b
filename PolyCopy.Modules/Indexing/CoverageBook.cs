using System.Collections.Concurrent;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Feeds;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Indexing;

/// <summary>How complete our picture of each leader is: trusted by the chain alone, degraded while only feeds tell of him, blind without either.</summary>
internal sealed class CoverageBook(ChainState chain, FeedState feed, AuditState audit, IVenueClock time)
{
    internal static readonly Phrase LateTrades = new("coverage.late_trades", "trades were found late");
    internal static readonly Phrase BlocksSkipped = new("coverage.blocks_skipped", "blocks were skipped after a long pause");
    private static readonly Phrase Fault = new("coverage.fault", "{0}");
    private static readonly Phrase NotRead = new("coverage.not_read", "the chain has not been read yet");
    private static readonly Phrase NotReadFor = new("coverage.not_read_for", "the chain has not been read for {0} s");
    private static readonly Phrase StandsStill = new("coverage.stands_still", "the chain stands still since {0} s");
    private static readonly Phrase ByBoth = new("coverage.by_both", "{0}; RTDS and the Data API tell of trades");
    private static readonly Phrase ByRtds = new("coverage.by_rtds", "{0}; only RTDS tells of trades");
    private static readonly Phrase ByData = new("coverage.by_data", "{0}; only the Data API tells of trades, late");
    private static readonly Phrase ByNobody = new("coverage.by_nobody", "{0}; RTDS: {1}; Data API: {2}");
    private static readonly Phrase Silent = new("coverage.silent", "silent");
    private static readonly Phrase NotHeardOf = new("coverage.not_heard_of", "not heard of");

    private static readonly TimeSpan ChainFresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BlockFresh = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GapCounts = TimeSpan.FromMinutes(10);
    private static readonly System.Diagnostics.Metrics.Counter<long> Seen = Meters.Instance.CreateCounter<long>("polycopy.leaders.trades");
    private static readonly System.Diagnostics.Metrics.Counter<long> RecoveredTrades = Meters.Instance.CreateCounter<long>("polycopy.leaders.recovered");
    private static readonly System.Diagnostics.Metrics.Histogram<double> Delays = Meters.Instance.CreateHistogram<double>("polycopy.leaders.delay", "s");
    private readonly ConcurrentDictionary<string, Tally> _tallies = new(StringComparer.Ordinal);

    /// <summary>What was counted before the last stop.</summary>
    public void Load(WatchedRow row) => _tallies[row.Address] = new Tally
    {
        Gaps = row.Gaps,
        Recovered = row.Recovered,
        WorstDelay = row.WorstDelayMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
        GapAt = row.GapAt,
        GapReason = row.GapAt is null ? null : LateTrades.With(),
    };

    public void Note(IReadOnlyCollection<NewTrade> trades)
    {
        foreach (var trade in trades.Where(t => t.Delay is not null))
        {
            Seen.Add(1);
            var delay = trade.Delay!.Value < TimeSpan.Zero ? TimeSpan.Zero : trade.Delay.Value;
            Delays.Record(delay.TotalSeconds);
            var tally = _tallies.GetOrAdd(trade.Leader, _ => new Tally());
            lock (tally)
            {
                tally.IsDirty = true;
                if (tally.WorstDelay is not { } worst || delay > worst)
                    tally.WorstDelay = delay;
                if (!trade.IsRecovered)
                    continue;
                tally.Recovered++;
                RecoveredTrades.Add(1);
            }
        }
        foreach (var leader in trades.Where(t => t.IsRecovered).Select(t => t.Leader).Distinct())
            Gap([leader], LateTrades.With());
    }

    public void Gap(IEnumerable<string> leaders, Said reason)
    {
        foreach (var leader in leaders)
        {
            var tally = _tallies.GetOrAdd(leader, _ => new Tally());
            lock (tally)
                (tally.Gaps, tally.GapAt, tally.GapReason, tally.IsDirty) = (tally.Gaps + 1, time.UtcNow.UtcDateTime, reason, true);
        }
    }

    /// <summary>What changed since it was last asked, to be stored.</summary>
    public IReadOnlyList<(string Leader, int Gaps, DateTime? GapAt, int Recovered, TimeSpan? WorstDelay)> Changed()
    {
        var changed = new List<(string, int, DateTime?, int, TimeSpan?)>();
        foreach (var (leader, tally) in _tallies)
            lock (tally)
            {
                if (!tally.IsDirty)
                    continue;
                tally.IsDirty = false;
                changed.Add((leader, tally.Gaps, tally.GapAt, tally.Recovered, tally.WorstDelay));
            }
        return changed;
    }

    public Coverage Of(string leader)
    {
        var (state, reason) = Sources();
        var tally = _tallies.GetValueOrDefault(leader) ?? new Tally();
        lock (tally)
        {
            if (state == "trusted" && tally.GapAt is { } at && time.UtcNow.UtcDateTime - at < GapCounts)
                (state, reason) = ("degraded", tally.GapReason);
            return new Coverage(state, reason?.Text, chain.Through, tally.Gaps, tally.Recovered, tally.WorstDelay, chain.ThroughAt, reason);
        }
    }

    /// <summary>The sources themselves, the same for all leaders.</summary>
    public (string State, Said? Reason) Sources()
    {
        var why = ChainTrouble;
        if (why is null)
            return chain.Doubt is { } doubt ? ("degraded", Fault.With(doubt)) : ("trusted", null);
        return (feed.IsAlive, audit.IsAlive) switch
        {
            (true, true) => ("degraded", ByBoth.With(why)),
            (true, false) => ("degraded", ByRtds.With(why)),
            (false, true) => ("degraded", ByData.With(why)),
            _ => ("blind", ByNobody.With(why, feed.Fault is { } rtds ? rtds : Silent.With(), audit.Fault is { } data ? data : NotHeardOf.With())),
        };
    }

    /// <summary>Why the chain does not tell of trades now; null when it does.</summary>
    public Said? ChainTrouble =>
        chain.Fault is { } fault ? Fault.With(fault)
        : chain.Age is not { } age ? NotRead.With()
        : age > ChainFresh ? NotReadFor.With((int)Math.Round(age.TotalSeconds))
        : chain.ThroughAt is { } at && time.UtcNow - at > BlockFresh ? StandsStill.With((int)Math.Round((time.UtcNow - at).TotalSeconds))
        : null;

    private sealed class Tally
    {
        public int Gaps { get; set; }
        public int Recovered { get; set; }
        public TimeSpan? WorstDelay { get; set; }
        public DateTime? GapAt { get; set; }
        public Said? GapReason { get; set; }
        public bool IsDirty { get; set; }
    }
}
