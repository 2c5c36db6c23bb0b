using System.Globalization;
using System.Text.Json;

namespace PolyCopy.Tests.Signing;

/// <summary>Golden cases made by the official packages: every *.json with "cases" in the folder POLYCOPY_VECTORS, by default our own copy.</summary>
internal static class VectorCases
{
    private static readonly Lazy<IReadOnlyList<VectorCase>> Loaded = new(Load);

    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("POLYCOPY_VECTORS") is { Length: > 0 } folder ? folder : Path.Combine(AppContext.BaseDirectory, "Vectors");

    public static IReadOnlyList<VectorCase> All => Loaded.Value;

    /// <summary>Runs the check on every case of the kind and reports all that fail. A kind without a case is passed over.</summary>
    public static void Each(string kind, Action<VectorCase> check)
    {
        var failures = new List<string>();
        foreach (var vector in All.Where(c => c.Kind == kind))
        {
            try
            {
                check(vector);
            }
            catch (Exception e)
            {
                failures.Add($"{vector.Id}: {e.Message}");
            }
        }

        failures.Should().BeEmpty();
    }

    private static List<VectorCase> Load()
    {
        var cases = new List<VectorCase>();
        foreach (var file in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(file);
            var root = JsonDocument.Parse(stream).RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("cases", out var list))
                cases.AddRange(list.EnumerateArray().Select(c => new VectorCase(c)));
        }

        return cases;
    }
}

internal sealed class VectorCase(JsonElement json)
{
    public string Id => json.GetProperty("id").GetString()!;

    public string Kind => json.GetProperty("kind").GetString()!;

    public JsonElement Input => json.GetProperty("input");

    public JsonElement Expected => json.GetProperty("expected");
}

internal static class VectorJson
{
    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public static string? TextOrNull(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static bool Has(this JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A number or a numeric string, with or without an exponent.</summary>
    public static decimal Number(this JsonElement json, string name)
    {
        var value = json.GetProperty(name);
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    public static long Integer(this JsonElement json, string name) => (long)json.Number(name);

    public static bool Flag(this JsonElement json, string name) => json.Has(name) && json.GetProperty(name).GetBoolean();
}
