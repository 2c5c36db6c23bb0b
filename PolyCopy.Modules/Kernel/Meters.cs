using System.Diagnostics.Metrics;

namespace PolyCopy.Modules.Kernel;

/// <summary>The one meter of the product; instruments are made where they are counted.</summary>
public static class Meters
{
    public const string Name = "PolyCopy";

    public static Meter Instance { get; } = new(Name);
}
