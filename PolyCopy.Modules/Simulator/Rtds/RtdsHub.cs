using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Chain;
using PolyCopy.Modules.Simulator.Clob;
using PolyCopy.Modules.Simulator.Data;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.Leaders;
using PolyCopy.Modules.Simulator.Sockets;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Rtds;

/// <summary>
/// The real-time data socket (facts 5.1): the firehose of matches about two seconds after they were made. Its habits are kept: an empty first frame,
/// no acknowledgements, one bad topic spoils a subscription, filters are compared as text, and without PING the feed falls silent after six minutes.
/// </summary>
internal sealed class RtdsHub
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan IdleCut = TimeSpan.FromSeconds(360);
    private const int StepsPerJump = 300;

    /// <summary>Matches told in one step; a burst comes over several, or it would overrun every reader.</summary>
    private const int MostAtOnce = 500;

    private const int EarliestMs = 1_900;
    private const int SpreadMs = 600;

    private readonly SimWorld _world;
    private readonly SimChain _chain;
    private readonly FaultBoard _faults;
    private readonly ConnectionRegistry _connections;
    private readonly LeaderNames _names;
    private readonly IFrameFilter? _filter;
    private readonly ISeededMatches _seeded;
    private readonly List<RtdsSession> _sessions = [];
    private readonly PriorityQueue<(FillTx Fill, bool Strangers), (long Due, long Sequence)> _due = new();
    private long _sequence;
    private long _seededThrough;
    private bool _running;

    public RtdsHub(SimWorld world, SimChain chain, MatchFeed feed, ISeededMatches seeded, LeaderNames names, FaultBoard faults, ConnectionRegistry connections, IFrameFilter? filter = null)
    {
        (_world, _chain, _seeded, _names, _faults, _connections, _filter) = (world, chain, seeded, names, faults, connections, filter);
        feed.Matched += OnMatched;
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        var hub = app.ServiceProvider.GetRequiredService<RtdsHub>();
        app.MapGet("/rtds", hub.AcceptAsync);
    }

    private Task AcceptAsync(HttpContext context) => _connections.ServeAsync(
        context, "rtds", _filter,
        connection =>
        {
            var session = new RtdsSession(connection) { HeardAt = _world.Clock.GetUtcNow() };
            connection.Pinged = () => Hear(session);
            connection.Send(ReadOnlyMemory<byte>.Empty);
            lock (_world.Gate)
            {
                _sessions.Add(session);
                Run();
            }
            return (text => Receive(session, text), End);

            void End()
            {
                lock (_world.Gate)
                    _sessions.Remove(session);
            }
        },
        pong: "");

    private void Receive(RtdsSession session, string text)
    {
        if (_faults.Hit("F8", FaultCatalogue.Rtds) is not null)
            return;
        Hear(session);
        lock (_world.Gate)
        {
            if (session.Receive(text, refuses: _faults.Hit("F9", FaultCatalogue.Rtds) is not null) is { } refusal)
                session.Connection.Send(refusal);
        }
    }

    private void Hear(RtdsSession session)
    {
        lock (_world.Gate)
            session.HeardAt = _world.Clock.GetUtcNow();
    }

    /// <summary>Ticks while somebody listens.</summary>
    private void Run()
    {
        if (_running)
            return;
        (_running, _seededThrough) = (true, _world.NowMs);
        Schedule();
    }

    private void Schedule()
    {
        var step = TimeSpan.FromTicks(Math.Max(Step.Ticks, _world.Clock.Jump.Ticks / StepsPerJump));
        _world.Clock.Schedule(_world.Clock.GetUtcNow() + step, Tick);
    }

    private void Tick()
    {
        lock (_world.Gate)
        {
            if (_sessions.Count == 0)
            {
                _running = false;
                _due.Clear();
                return;
            }
            Schedule();
            var now = _world.NowMs;
            foreach (var fill in _seeded.Matched(_seededThrough, now))
                OnMatched(fill, strangers: false);
            _seededThrough = now;
            for (var told = 0; told < MostAtOnce && _due.TryPeek(out var match, out var due) && due.Due <= now; told++)
            {
                _due.Dequeue();
                if (!match.Strangers || _chain.IsStrangers(match.Fill.Hash))
                    Push(match.Fill, now);
            }
        }
    }

    private void OnMatched(FillTx fill, bool strangers)
    {
        if (_sessions.Count == 0)
            return;
        var delay = EarliestMs + (int)(Noise.Mix((ulong)_world.Seed, fill.Hash) % SpreadMs);
        // F7: the backlog; half an hour, or the variant's seconds.
        if (_faults.Hit("F7", FaultCatalogue.Rtds) is { } backlog)
            delay += 1000 * (int.TryParse(backlog.Request.Variant, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 1_800);
        _due.Enqueue((fill, strangers), (fill.MatchedMs + delay, _sequence++));
    }

    private void Push(FillTx fill, long now)
    {
        var muted = _faults.Hit("F5", FaultCatalogue.Rtds) is { } dead ? dead.Request.Variant ?? "trades" : null;
        if (_faults.Hit("F3", FaultCatalogue.Rtds) is not null)
            return;
        var cut = _faults.Holding("F4", FaultCatalogue.Rtds) is { } idle && int.TryParse(idle.Request.Variant, NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? TimeSpan.FromSeconds(after) : IdleCut;
        // F61: the transaction that was tried first; the chain knows another.
        var hash = _faults.Hit("F61", FaultCatalogue.Rtds) is null ? fill.Hash : new Bytes32(SeededIds.Bytes(_world.Seed, fill.Hash, 1)).ToString();
        foreach (var session in _sessions)
        {
            if (_world.Clock.GetUtcNow() - session.HeardAt >= cut)
                continue;
            if (_faults.Hit("F54", FaultCatalogue.Rtds) is not null && session.Wants("trades", fill.Market))
                session.Connection.Send(Combo(session, fill, now));
            foreach (var row in TradeRow.Of(fill))
            {
                if (row.IsTaker && muted != "orders_matched" && session.Wants("orders_matched", row.Market))
                    session.Connection.Send(Frame(session, row, "orders_matched", hash, now));
                if (muted != "trades" && session.Wants("trades", row.Market))
                    session.Connection.Send(Frame(session, row, "trades", hash, now));
            }
        }
    }

    /// <summary>F54: a combination, which is no market's trade.</summary>
    private static byte[] Combo(RtdsSession session, FillTx fill, long now) => Wire.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("connection_id"u8, session.Name);
        json.WriteStartObject("payload"u8);
        json.WriteString("asset"u8, "1356938545749799165119972480570561420155507632800475359837393562592731987968"u8);
        json.WriteString("conditionId"u8, "0x03" + new string('a', 60));
        foreach (var name in (string[])["bio", "eventSlug", "icon", "name", "outcome", "profileImage", "pseudonym", "slug", "title"])
            json.WriteString(name, ""u8);
        json.WriteNumber("outcomeIndex"u8, 999);
        json.WriteNumber("price"u8, 0.4m);
        json.WriteString("proxyWallet"u8, fill.Taker.Wallet.ToString());
        json.WriteString("side"u8, "BUY"u8);
        json.WriteNumber("size"u8, 12.5m);
        json.WriteNumber("timestamp"u8, fill.MatchedMs / 1000);
        json.WriteString("transactionHash"u8, "0x" + new string('c', 64));
        json.WriteEndObject();
        json.WriteNumber("timestamp"u8, now);
        json.WriteString("topic"u8, "activity"u8);
        json.WriteString("type"u8, "trades"u8);
        json.WriteEndObject();
    });

    private byte[] Frame(RtdsSession session, TradeRow row, string type, string hash, long now) => Wire.Json(json =>
    {
        var market = row.Market;
        json.WriteStartObject();
        json.WriteString("connection_id"u8, session.Name);
        json.WriteStartObject("payload"u8);
        json.WriteString("asset"u8, row.Leg.Token.Digits);
        json.WriteString("bio"u8, ""u8);
        json.WriteString("conditionId"u8, market.ConditionId);
        json.WriteString("eventSlug"u8, market.Event.Slug);
        json.WriteString("icon"u8, ""u8);
        json.WriteString("name"u8, _names.NameOf(row.Leg.Wallet));
        json.WriteString("outcome"u8, row.Leg.Outcome);
        json.WriteNumber("outcomeIndex"u8, row.Leg.OutcomeIndex);
        json.WriteNumber("price"u8, row.Price);
        json.WriteString("profileImage"u8, ""u8);
        json.WriteString("proxyWallet"u8, row.Leg.Wallet.ToString());
        json.WriteString("pseudonym"u8, Pseudonyms.Of(row.Leg.Wallet));
        json.WriteString("side"u8, row.Leg.Side == Kernel.Side.Buy ? "BUY"u8 : "SELL"u8);
        json.WriteNumber("size"u8, row.Size);
        json.WriteString("slug"u8, market.Slug);
        json.WriteNumber("timestamp"u8, row.Tx.MatchedMs / 1000);
        json.WriteString("title"u8, market.Question);
        json.WriteString("transactionHash"u8, hash);
        json.WriteEndObject();
        json.WriteNumber("timestamp"u8, now);
        json.WriteString("topic"u8, "activity"u8);
        json.WriteString("type"u8, type);
        json.WriteEndObject();
    });
}
