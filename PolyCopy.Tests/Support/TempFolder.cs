namespace PolyCopy.Tests.Support;

/// <summary>A folder of a test's own, gone at its end, also when the test fails.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("polycopy-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
