using System.Reflection;

namespace PolyCopy.Tests.Bot.Support;

/// <summary>A service that can be out of reach: every call fails as one over HTTP does.</summary>
public class Leash<T> : DispatchProxy where T : class
{
    private T _service = null!;
    private Func<bool> _isAway = () => false;

    public static T On(T service, Func<bool> isAway)
    {
        var leash = Create<T, Leash<T>>();
        (((Leash<T>)(object)leash)._service, ((Leash<T>)(object)leash)._isAway) = (service, isAway);
        return leash;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _isAway() ? throw new HttpRequestException("connection refused") : targetMethod!.Invoke(_service, args);
}
