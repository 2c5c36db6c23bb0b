namespace PolyCopy.Modules.Kernel;

/// <summary>Numbers of log events; a hundred per module. They are public API for whoever greps logs: never renumber.</summary>
public static class EventIds
{
    public const int Persistence = 1000;
    public const int Caching = 1100;
    public const int Accounts = 1200;
    public const int Wallets = 1300;
    public const int Polymarket = 1400;
    public const int Simulator = 1500;
    public const int Markets = 1600;
    public const int Streaming = 1700;
    public const int Positions = 1800;
    public const int Trading = 1900;
    public const int Indexing = 2000;
    public const int Copying = 2100;
    public const int Api = 2200;
    public const int Bot = 2300;
    public const int Web = 2400;
    public const int Observability = 2500;
}
