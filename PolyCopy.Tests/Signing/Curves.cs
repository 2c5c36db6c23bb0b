using PolyCopy.Modules.Signing;

namespace PolyCopy.Tests.Signing;

internal static class Curves
{
    /// <summary>The managed curve, and the native one where the machine has it.</summary>
    public static IReadOnlyList<ICurve> All { get; } = NativeCurve.TryLoad() is { } native ? [BouncyCastleCurve.Instance, native] : [BouncyCastleCurve.Instance];
}
