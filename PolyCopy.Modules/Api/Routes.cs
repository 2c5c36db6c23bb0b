namespace PolyCopy.Modules.Api;

/// <summary>Every route of the REST API; endpoint and client read them here.</summary>
public static class Routes
{
    public const string Base = "/api/v1";

    /// <summary>The cookie of a browser that a login link let in.</summary>
    public const string SessionCookie = "polycopy";

    public const string Markets = Base + "/markets";
    public const string Market = Markets + "/{id}";
    public const string Book = Market + "/book";
    public const string PricesHistory = Market + "/prices-history";

    public const string Users = Base + "/users";
    public const string User = Users + "/{userId:long}";
    public const string Settings = User + "/settings";
    public const string Portfolio = User + "/portfolio";
    public const string Positions = User + "/positions";
    public const string Position = Positions + "/{positionId:guid}";
    public const string Sync = Positions + "/sync";
    public const string Close = Position + "/close";
    public const string TpSl = Position + "/tpsl";
    public const string PositionExits = Position + "/exits";
    public const string PositionExit = PositionExits + "/{exitId:guid}";
    public const string Orders = User + "/orders";
    public const string Order = Orders + "/{orderId:guid}";
    public const string Preview = Orders + "/preview";
    public const string Fills = User + "/fills";
    public const string Exits = User + "/exits";
    public const string History = User + "/history";
    public const string HistoryCsv = History + ".csv";
    public const string Events = User + "/events";

    public const string Keys = User + "/keys";
    public const string Key = Keys + "/{keyId:guid}";
    public const string Logins = User + "/login-links";
    public const string Follows = User + "/follows";
    public const string Follow = Follows + "/{followId:guid}";
    public const string FollowPreview = Follows + "/preview";
    public const string FollowShare = Follow + "/share";
    public const string Shared = User + "/shared-follows/{shareId}";
    public const string FollowPause = Follow + "/pause";
    public const string FollowResume = Follow + "/resume";
    public const string FollowCloseAll = Follow + "/close-all";
    public const string FollowRules = Follow + "/rules/{version:int}";
    public const string Decisions = User + "/decisions";
    public const string Decision = Decisions + "/{decisionId:guid}";

    public const string WatchedAddresses = Base + "/watched-addresses";
    public const string WatchedAddress = WatchedAddresses + "/{address}";
    public const string Leaders = Base + "/leaders";
    public const string Leader = Leaders + "/{address}";
    public const string LeaderTrades = Leader + "/trades";
    public const string Risk = User + "/risk";
    public const string RiskResume = Risk + "/resume";
    public const string AdminRisk = Base + "/admin/risk";
    public const string AdminRiskResume = AdminRisk + "/resume";

    public const string AdminPause = Base + "/admin/pause";
    public const string AdminResume = Base + "/admin/resume";

    // what only the bot in its own process needs; guarded by Bot:BackendKey
    public const string Bot = Base + "/bot-backend";
    public const string BotProfile = Bot + "/profile";
    public const string BotFeed = Bot + "/feed";
    public const string BotMarkets = Bot + "/markets";
    public const string BotMarket = BotMarkets + "/find";
    public const string BotViewed = BotMarkets + "/viewed";
    public const string BotBook = Bot + "/books/{token}";
    public const string BotPrices = BotBook + "/prices";
    public const string BotLeaderTrades = Bot + "/leader-trades";
    public const string BotLeaderRefresh = Bot + "/leaders/refresh";
    public const string BotLeader = Bot + "/leaders/{address}";
    public const string BotCoverage = BotLeader + "/coverage";
    public const string BotHolding = BotLeader + "/holdings/{token}";
    public const string BotUsers = Bot + "/users";
    public const string BotUser = BotUsers + "/{userId:long}";
    public const string BotPaused = BotUser + "/paused";
    public const string BotPnl = BotUser + "/pnl";
    public const string BotPause = Bot + "/pause";
    public const string BotEventsClaim = Bot + "/events/claim";
    public const string BotEventsProlong = Bot + "/events/prolong";
    public const string BotEventsDone = Bot + "/events/acknowledge";
    public const string BotEventsWake = Bot + "/events/wake";
    public const string BotState = Bot + "/state/{botId:long}";
    public const string BotUpdates = BotState + "/updates";
    public const string BotUpdatesDone = BotUpdates + "/done";
    public const string BotChat = BotState + "/chats/{userId:long}";
    public const string BotBlock = BotChat + "/block";
    public const string BotReachable = BotState + "/reachable";
    public const string BotAudience = BotState + "/audience";
    public const string BotReferrals = BotState + "/referrals";
    public const string BotAnnounce = BotState + "/announce";
    public const string BotConfirmations = BotState + "/confirmations";
    public const string BotBind = BotChat + "/confirmations/{nonce}/bind";
    public const string BotUse = BotChat + "/confirmations/{nonce}/use";

    public const string BotRisk = Bot + "/risk";
    public const string BotRiskResume = BotRisk + "/resume";

    public const string HealthWebSocket = "/health/websocket";
    public const string ApiHealthWebSocket = Base + HealthWebSocket;
}
