using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace PolyCopy.Modules.Persistence;

/// <summary>Values stored as JSON: jsonb on PostgreSQL, text on SQLite.</summary>
internal static class JsonColumns
{
    internal const string Annotation = "PolyCopy:Json";

    /// <summary>Stores the value as JSON; compared by its text.</summary>
    public static PropertyBuilder<T> IsJson<T>(this PropertyBuilder<T> property)
    {
        property.HasConversion(
            new ValueConverter<T, string>(v => JsonSerializer.Serialize(v, JsonSerializerOptions.Web), v => JsonSerializer.Deserialize<T>(v, JsonSerializerOptions.Web)!),
            new ValueComparer<T>(
                (a, b) => JsonSerializer.Serialize(a, JsonSerializerOptions.Web) == JsonSerializer.Serialize(b, JsonSerializerOptions.Web),
                v => JsonSerializer.Serialize(v, JsonSerializerOptions.Web).GetHashCode(StringComparison.Ordinal),
                v => v));
        return (PropertyBuilder<T>)property.HasAnnotation(Annotation, true);
    }

    /// <summary>Stores text that already is JSON.</summary>
    public static PropertyBuilder<string> IsJsonText(this PropertyBuilder<string> property) => (PropertyBuilder<string>)property.HasAnnotation(Annotation, true);
}
