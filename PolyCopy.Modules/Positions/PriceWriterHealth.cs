namespace PolyCopy.Modules.Positions;

/// <summary>How the writing of prices and P&amp;L into the database is doing.</summary>
public sealed class PriceWriterHealth
{
    private long _markets;
    private long _positions;
    private long _statements;

    /// <summary>Market prices handed on since the start: update_count of the health report.</summary>
    public long UpdateCount => Interlocked.Read(ref _markets);

    /// <summary>Position rows written since the start.</summary>
    public long PositionCount => Interlocked.Read(ref _positions);

    /// <summary>Statements that wrote positions since the start.</summary>
    public long StatementCount => Interlocked.Read(ref _statements);

    /// <summary>Tokens whose positions still wait for the next round.</summary>
    public int Waiting { get; private set; }

    /// <summary>The last round that ended well; null before the first.</summary>
    public DateTimeOffset? LastSuccess { get; private set; }

    /// <summary>Why the last round failed; null when it did not.</summary>
    public string? Error { get; private set; }

    internal void Priced(int markets) => Interlocked.Add(ref _markets, markets);

    internal void Wrote(int rows)
    {
        Interlocked.Add(ref _positions, rows);
        Interlocked.Increment(ref _statements);
    }

    internal void Succeeded(DateTimeOffset now, int waiting) => (LastSuccess, Waiting, Error) = (now, waiting, null);

    /// <returns>True when this is news.</returns>
    internal bool Failed(string error)
    {
        var news = Error is null;
        Error = error;
        return news;
    }
}
