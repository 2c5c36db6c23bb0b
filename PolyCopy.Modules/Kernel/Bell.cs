namespace PolyCopy.Modules.Kernel;

/// <summary>Wakes one waiter: rung before or while it waits, however often, it wakes once.</summary>
public sealed class Bell : IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    public void Ring()
    {
        try
        {
            if (_rung.CurrentCount == 0)
                _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // somebody else rang it meanwhile
        }
    }

    /// <summary>Until it is rung.</summary>
    public Task WaitAsync(CancellationToken ct) => _rung.WaitAsync(ct);

    /// <summary>Until it is rung or the time is over.</summary>
    public Task WaitAsync(TimeSpan most, CancellationToken ct) => _rung.WaitAsync(most, ct);

    public void Dispose() => _rung.Dispose();
}
