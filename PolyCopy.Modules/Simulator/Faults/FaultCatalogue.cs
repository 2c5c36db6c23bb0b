namespace PolyCopy.Modules.Simulator.Faults;

/// <summary>A bad day that can be switched on: on which targets, and what the venue then does.</summary>
internal sealed record FaultKind(string Code, string[] Targets, string Does);

/// <summary>The faults that exist; what is not in this table is not injectable. F-numbers are those of the fault catalogue (F1 to F62); B-numbers are answers of Telegram.</summary>
internal static class FaultCatalogue
{
    public const string Market = "ws/market";
    public const string User = "ws/user";
    public const string Clob = "clob";
    public const string Gamma = "gamma";
    public const string Bot = "bot";
    public const string Rpc = "rpc";
    public const string Data = "data";
    public const string Rtds = "rtds";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("F1", [Market, User, Rtds, Rpc], "Socket stays open, answers PONG, sends no data."),
        new("F2", [Market, User, Rtds, Rpc], "Half-open socket: no data, no PONG, what the client sends is ignored."),
        new("F3", [Rtds], "The feed falls silent while the socket stays open and answers PING; with 'after' only after so many frames."),
        new("F4", [Rtds], "Without PING the feed falls silent, as always after 360 s; a number as variant is another time in seconds."),
        new("F5", [Rtds], "activity/trades is dead, orders_matched lives; variant 'orders_matched' kills that one instead."),
        new("F6", [Rtds], "A filter with a space in it matches nothing, as always."),
        new("F7", [Rtds], "Trades are delivered half an hour late; a number as variant is another delay in seconds."),
        new("F8", [Rtds], "What clients say is ignored, as a frame without action always is."),
        new("F9", [Rtds], "Subscriptions are answered with 401 and do not count, as those with a bad topic always are."),
        new("F10", [Market], "Tokens beyond 500 of one connection are ignored without a word, as always; a number as variant is another cap."),
        new("F11", [Market], "No subscription gets books (one that leaves out initial_dump or level never does)."),
        new("F12", [Market], "Cuts the open connections once; the next one gets deltas of the old epoch before its snapshot."),
        new("F13", [Market, User, Rtds], "Malformed JSON and an unknown event_type before each frame."),
        new("F14", [Market], "Halves of a match out of order: the book is crossed for 300 ms after a price_change."),
        new("F15", [Market, Clob], "Book hashes are wrong."),
        new("F16", [Clob], "/book and /books show the ghost book 0.01/0.99."),
        new("F17", [Market, User, Rtds, Rpc], "Close 1013 'slow consumer: send buffer full'."),
        new("F18", [Market], "The tick of a market that has a frame gets finer; tick_size_change is sent, then nothing of that market for 2 s."),
        new("F19", [Clob, User], "Ghost fills: trades matched meanwhile stay MATCHED; variant 'late' mines them 10 to 50 s late."),
        new("F20", [Clob, User], "Trades matched meanwhile end as FAILED."),
        new("F21", [Clob], "Matched amounts of settled and failed trades stay reserved until /balance-allowance/update."),
        new("F22", [Clob], "Stale balance cache: every balance is 0 until /balance-allowance/update for that asset."),
        new("F23", [Clob], "Shares mined meanwhile are not counted until /balance-allowance/update."),
        new("F24", [Clob], "POST of orders: accepted, then the connection drops or a 502 comes; variant 'drop' or '502' picks one."),
        new("F25", [Clob], "POST of orders takes 2 s of the venue's clock before it is looked at: cancels overtake it."),
        new("F26", [Clob], "Every market has a taker delay of 1 to 3 s: marketable orders answer 'delayed'."),
        new("F27", [Clob], "POST of orders: 500 'could not run the execution'; half of them are accepted all the same."),
        new("F28", [Clob], "Restart: 425 for the given seconds (default 90), then post-only 503 for 120 s; variant 'post-only', 'cancel-only', 'disabled' holds that mode instead."),
        new("F29", [Clob, Gamma, Data, Rpc], "Cloudflare 403 as HTML."),
        new("F30", [Clob, Gamma, Data, Rpc], "429: JSON, 'error code: 1015', Retry-After 0, a number, or none; variant 'json', '1015', 'html' picks one."),
        new("F31", [Clob], "The 4-decimal cap of limit orders holds on every tick, not only on 0.01 (the caps themselves are always enforced)."),
        new("F32", [Clob], "A FAK or FOK whose limit is the best opposite price is killed."),
        new("F33", [Clob], "FAK and FOK orders find no orders to match."),
        new("F34", [Clob], "Post-only orders are refused as crossing."),
        new("F35", [Clob], "/version is 3 and only orders of the V3 domain are accepted: others get order_version_mismatch."),
        new("F37", [User, Clob], "Other spellings: TRADE_STATUS_*, ORDER_STATUS_*, empty decimals."),
        new("F38", [User, Rpc], "user: the connection drops instead of sending a trade; nothing is sent again. rpc: pushes of logs and heads are lost."),
        new("F39", [Rpc], "Leaders that the lab lets trade are resting makers, met across outcomes: mints and merges."),
        new("F40", [Clob], "Market orders fill 0.01 share less than the book allows."),
        new("F41", [User, Market, Rtds, Rpc], "Frames arrive twice."),
        new("F42", [Data], "A cache in front answers the same URL with the same body for its max-age: 300 s for trades, 15 s for activity, 5 s for positions."),
        new("F43", [Data, Rpc], "data: positions lag by 60 s; a number as variant is another lag, 'empty' shows none. rpc: blocks and logs are answered by a node that is 3 blocks behind the one that answers eth_blockNumber; a number as variant is another distance."),
        new("F44", [Data], "503 dependency_unavailable, or 429 without Retry-After; variant '503' or '429' picks one."),
        new("F45", [Data, Rpc], "data: nothing is reached beyond 1000 rows, though has_more is true. rpc: eth_getLogs spans at most 10 blocks. A number as variant is another cap."),
        new("F46", [Clob, Gamma], "clob: no book yet (404) and orders refused; gamma: empty token ids."),
        new("F47", [Gamma, Bot, Data, Rpc], "500."),
        new("F48", [Clob], "Per-signer buckets: 40 orders/s burst 60, 80 cancels/s burst 120; cancel-all costs 1 + N and never fits above the burst."),
        new("F49", [Clob, User], "Open orders are dropped as INVALID, once, each with the given probability."),
        new("F52", [Clob, User], "Open orders are cancelled and the books cleared, once."),
        new("F53", [Clob], "No book (404) and no orders, as under a proposed resolution."),
        new("F54", [Data, Rtds], "Combination trades with 62-hex condition ids and no names come first."),
        new("F55", [Clob, Gamma, Market, User, Data, Rtds], "Numbers as .48 or 4.8e-1, addresses in lower case."),
        new("F56", [Clob], "/markets-by-token, /markets/{id} and /clob-markets/{id} list the other outcome first."),
        new("F57", [Clob], "The venue's clock (/time, L1, L2) is ten minutes ahead of everybody's."),
        new("F58", [Data], "Maker rows are missing from /v2/trades even with taker_only=false."),
        new("F59", [Market], "price_change carries a token nobody subscribed."),
        new("F60", [Market, User, Clob, Gamma, Bot, Data, Rpc, Rtds], "Connections are reset (1006)."),
        new("F61", [Rtds], "The transaction hash is that of an attempt which another replaced: the chain has a different one."),
        new("B400", [Bot], "Edits: message is not modified; sends with a parse_mode: can't parse entities; variant 'entities' or 'not-modified' does only that, 'gone' lets edits find no message, 'chat' finds no chat."),
        new("B403", [Bot], "Sends, edits and deletions: bot was blocked by the user."),
        new("B409", [Bot], "getUpdates: somebody else polls with this token."),
        new("B429", [Bot], "Sends, edits and deletions: too many requests, retry_after 1; a number as variant is another retry_after, 'none' leaves it out."),
    ];

    public static FaultKind? Find(string code) => All.FirstOrDefault(kind => kind.Code.Equals(code, StringComparison.OrdinalIgnoreCase));
}
