using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Data;

/// <summary>A refusal in the Data API's words.</summary>
internal sealed class DataException(int status, string code, string message, string? parameter = null) : Exception(message)
{
    public int Status => status;
    public string Code => code;
    public string? Parameter => parameter;

    public static DataException Invalid(string parameter, string message) => new(StatusCodes.Status400BadRequest, "invalid_request", message, parameter);
}

/// <summary>Parameters of a request, in snake_case or camelCase, with the limits of v2.</summary>
internal sealed class DataQuery(IQueryCollection query)
{
    private const int MaxConditions = 20;
    private const int MaxLimit = 1000;

    public string? Text(string name)
    {
        if (query.TryGetValue(name, out var value) || query.TryGetValue(Camel(name), out value))
            return value.ToString() is { Length: > 0 } text ? text : null;
        return null;
    }

    public bool Flag(string name, bool missing) => Text(name) switch { null => missing, "true" or "1" => true, "false" or "0" => false, _ => throw DataException.Invalid(name, $"{name} must be a boolean") };

    /// <summary>Limit, and where to begin: at what moment the first page was asked for, and how many rows came before.</summary>
    public (int Limit, long? AtMs, int Skip) Page()
    {
        if (Text("offset") is not null)
            throw DataException.Invalid("offset", "offset is not supported, use cursor");
        var limit = Text("limit") is not { } text ? 100
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxLimit ? number
            : throw DataException.Invalid("limit", $"limit must be between 1 and {MaxLimit}");
        if (Text("cursor") is not { } cursor)
            return (limit, null, 0);
        Span<byte> bytes = stackalloc byte[64];
        if (!Convert.TryFromBase64String(cursor, bytes, out var length))
            throw DataException.Invalid("cursor", "invalid cursor");
        var parts = Encoding.UTF8.GetString(bytes[..length]).Split('|');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var at) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var skip)
            ? (limit, at, skip)
            : throw DataException.Invalid("cursor", "invalid cursor");
    }

    public static string Cursor(long atMs, int skip) => Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{atMs}|{skip}")));

    /// <summary>The wallet asked for; nobody when several were named (the venue answers that with nothing), null when none was.</summary>
    public Address? User() => Text("user") is not { } text ? null
        : text.Contains(',') ? Address.Zero
        : Address.TryParse(text, out var wallet) ? wallet
        : throw DataException.Invalid("user", "user must be an address");

    public HashSet<string>? Conditions()
    {
        if ((Text("condition") ?? Text("market")) is not { } text)
            return null;
        var conditions = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return conditions.Length > MaxConditions ? throw DataException.Invalid("condition", $"at most {MaxConditions} conditions") : new HashSet<string>(conditions, StringComparer.OrdinalIgnoreCase);
    }

    public long? Seconds(string name) => Text(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds
        : throw DataException.Invalid(name, $"{name} must be unix seconds");

    public decimal? Number(string name) => Text(name) is not { } text ? null
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : throw DataException.Invalid(name, $"{name} must be a number");

    private static string Camel(string name)
    {
        var parts = name.Split('_');
        return parts[0] + string.Concat(parts.Skip(1).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
    }
}
