namespace PolyCopy.Tests.Support;

/// <summary>Real services that a machine may lack: without them a test is skipped with the reason, unless POLYCOPY_REQUIRE_SERVICES=1.</summary>
public static class Services
{
    public static void Require(string what, string where, bool present)
    {
        if (present)
            return;
        if (Environment.GetEnvironmentVariable("POLYCOPY_REQUIRE_SERVICES") == "1")
            Assert.Fail($"{what} is required here: set {where}.");
        Assert.Skip($"needs {what}: set {where}");
    }
}
