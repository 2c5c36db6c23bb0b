namespace PolyCopy.Modules.Kernel;

/// <summary>Identifiers made here: UUIDv7, so that primary keys grow with time.</summary>
public static class Ids
{
    /// <summary>A new id stamped with the clock's time.</summary>
    public static Guid New(TimeProvider clock)
    {
#pragma warning disable RS0030 // the one place that makes ids
        return Guid.CreateVersion7(clock.GetUtcNow());
#pragma warning restore RS0030
    }
}
