using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace PolyCopy.Modules.Api;

/// <summary>A JSON object in which an absent property means unchanged and null means cleared.</summary>
internal sealed class PatchBody : IBindableFromHttpContext<PatchBody>
{
    private readonly JsonElement _root;

    private PatchBody(JsonElement root) => _root = root;

    /// <exception cref="BadHttpRequestException">The body is not a JSON object.</exception>
    public static async ValueTask<PatchBody?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        try
        {
            var root = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, Json.Options, context.RequestAborted);
            return root.ValueKind == JsonValueKind.Object ? new PatchBody(root) : throw new BadHttpRequestException("The body is a JSON object.");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The body is a JSON object.", e);
        }
    }

    public bool Has(string name) => _root.TryGetProperty(name, out _);

    public bool IsCleared(string name) => _root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>The property's value; default when absent or null.</summary>
    /// <exception cref="BadHttpRequestException">The property is of another type.</exception>
    public T? Read<T>(string name)
    {
        if (!_root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return default;
        try
        {
            return value.Deserialize<T>(Json.Options);
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException($"{name} cannot be read: {e.Message.Split(" Path:")[0]}", e);
        }
    }
}
