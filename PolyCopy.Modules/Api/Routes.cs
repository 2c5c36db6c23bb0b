namespace PolyCopy.Modules.Api;

/// <summary>Every route of the REST API; endpoint and client read them here.</summary>
internal static class Routes
{
    public const string Base = "/api/v1";

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
    public const string Events = User + "/events";

    public const string AdminPause = Base + "/admin/pause";
    public const string AdminResume = Base + "/admin/resume";
    public const string HealthWebSocket = "/health/websocket";
    public const string ApiHealthWebSocket = Base + HealthWebSocket;
}
