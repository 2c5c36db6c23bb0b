using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Api;

internal static class Paging
{
    public const int Most = 200;

    public static Error? Check(int limit) => limit is < 1 or > Most ? new Error("request.limit", $"limit is 1 to {Most}.") : null;
}
