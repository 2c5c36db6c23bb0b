using System.Text.Json;

namespace PolyCopy.Tests.Polymarket;

/// <summary>Samples of the venue's messages in Tests/Wire, made by us from its documented forms.</summary>
internal static class WireSample
{
    public static string Text(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Wire", name));

    public static JsonElement Json(string name) => JsonDocument.Parse(Text(name)).RootElement;
}
