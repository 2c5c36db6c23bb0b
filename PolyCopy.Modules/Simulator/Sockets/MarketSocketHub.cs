using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Matching;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Sockets;

/// <summary>
/// The market channel (facts 3.1): a dump, then what changes; no acknowledgements. Frames are made and queued under the gate,
/// so that a dump and the changes after it never overtake each other.
/// </summary>
internal sealed class MarketSocketHub
{
    private readonly SimWorld _world;
    private readonly ConnectionRegistry _connections;
    private readonly IFrameFilter? _filter;
    private readonly List<MarketSession> _sessions = [];
    private readonly Dictionary<string, List<MarketSession>> _byToken = [];
    private readonly Dictionary<string, (string Bid, string Ask)> _best = [];

    public MarketSocketHub(SimWorld world, ConnectionRegistry connections, IFrameFilter? filter = null)
    {
        (_world, _connections, _filter) = (world, connections, filter);
        world.BookChanged += OnBookChanged;
        world.TickChanged += OnTickChanged;
        world.Listed += OnListed;
        world.Resolved += OnResolved;
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        var hub = app.ServiceProvider.GetRequiredService<MarketSocketHub>();
        app.MapGet("/ws/market", hub.AcceptAsync);
    }

    private Task AcceptAsync(HttpContext context) => _connections.ServeAsync(context, "market", _filter, connection =>
    {
        var session = new MarketSession(connection);
        lock (_world.Gate)
            _sessions.Add(session);
        return (text => Receive(session, text), End);

        void End()
        {
            lock (_world.Gate)
            {
                _sessions.Remove(session);
                Forget(session, [.. session.Tokens]);
            }
        }
    });

    private void Receive(MarketSession session, string text)
    {
        if (MarketRequest.Read(text) is not { } request)
        {
            session.Connection.Send("INVALID OPERATION"u8.ToArray());
            return;
        }
        lock (_world.Gate)
        {
            session.Custom = request.Custom ?? session.Custom;
            if (request.Subscribes)
                Subscribe(session, request);
            else
                Forget(session, request.Tokens);
        }
    }

    private void Subscribe(MarketSession session, MarketRequest request)
    {
        var added = session.Add(request.Tokens);
        foreach (var token in added)
        {
            if (!_byToken.TryGetValue(token, out var listeners))
                _byToken[token] = listeners = [];
            listeners.Add(session);
            if (listeners.Count == 1 && _world.FindToken(token) is { } found)
                _best[token] = Best(found.Market, found.TokenIndex);
        }
        if (request.Tokens.Count > 0 && request.Tokens.All(session.Tokens.Contains) && added.Count == 0)
        {
            session.Connection.Send("NO NEW ASSETS"u8.ToArray());
            return;
        }
        // A first subscription that leaves initial_dump or level out gets no books at all, a later one without level an empty dump (facts F11).
        if (!request.WantsDump || (request.IsFirst && !(request.HasDump && request.HasLevel)) || (request.Tokens.Count > 0 && added.Count == 0))
            return;
        var books = request.IsFirst || request.HasLevel ? added.Select(_world.FindToken).OfType<(MarketState Market, int TokenIndex)>().Where(b => b.Market.HasBook) : [];
        session.Connection.Send(MarketFrames.Books(books));
    }

    private void Forget(MarketSession session, IReadOnlyList<string> tokens)
    {
        session.Remove(tokens);
        foreach (var token in tokens)
        {
            if (_byToken.TryGetValue(token, out var listeners) && listeners.Remove(session) && listeners.Count == 0)
            {
                _byToken.Remove(token);
                _best.Remove(token);
            }
        }
    }

    private void OnBookChanged(MarketState market, BookDelta delta)
    {
        if (!IsWatched(market))
            return;
        var at = market.BookAt.ToUnixTimeMilliseconds();
        foreach (var print in delta.Prints)
            Send(Listeners(market, print.TokenIndex), MarketFrames.LastTradePrice(market, print, at));
        if (delta.Levels.Count > 0)
            Send(Watchers(market), MarketFrames.PriceChange(market, delta.Levels, at));
        // After a trade the whole book once more, for both tokens; one comes as an array, as on the venue.
        if (delta.Prints.Count > 0 && market.HasBook)
        {
            Send(Listeners(market, 0), MarketFrames.Books([(market, 0)]));
            Send(Listeners(market, 1), MarketFrames.Book(market, 1));
        }
        SendBest(market, at);
    }

    private void SendBest(MarketState market, long at)
    {
        for (var token = 0; token < 2; token++)
        {
            var id = market.Market.TokenIds[token];
            var best = Best(market, token);
            if (!_byToken.ContainsKey(id) || (_best.TryGetValue(id, out var before) && before == best))
                continue;
            _best[id] = best;
            Send(Listeners(market, token).Where(s => s.Custom), MarketFrames.BestBidAsk(market, token, at));
        }
    }

    private static (string Bid, string Ask) Best(MarketState market, int token) => (Clob.Quotes.BidText(market, token), Clob.Quotes.AskText(market, token));

    private void OnTickChanged(MarketState market, Price old)
    {
        for (var token = 0; token < 2; token++)
            Send(Listeners(market, token), MarketFrames.TickSizeChange(market, token, old, _world.NowMs));
    }

    private void OnListed(MarketState market) => Send(_sessions.Where(s => s.Custom), MarketFrames.NewMarket(market, _world.NowMs));

    private void OnResolved(MarketState market) => Send(Watchers(market).Where(s => s.Custom), MarketFrames.MarketResolved(market, _world.NowMs));

    private bool IsWatched(MarketState market) => _byToken.ContainsKey(market.Market.TokenIds[0]) || _byToken.ContainsKey(market.Market.TokenIds[1]);

    private IEnumerable<MarketSession> Listeners(MarketState market, int token) => _byToken.GetValueOrDefault(market.Market.TokenIds[token]) ?? [];

    /// <summary>Whoever subscribed to either token: price_change carries both.</summary>
    private IEnumerable<MarketSession> Watchers(MarketState market) => Listeners(market, 0).Union(Listeners(market, 1));

    private static void Send(IEnumerable<MarketSession> sessions, byte[] frame)
    {
        foreach (var session in sessions)
            session.Connection.Send(frame);
    }
}
