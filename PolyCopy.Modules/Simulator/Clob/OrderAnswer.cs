using System.Text.Json;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>What POST /order answers for one order: the fields of facts 2.4, or a refusal.</summary>
/// <param name="Making">Whole units given, "" when nothing was matched at once.</param>
/// <param name="Transactions">Null: left out, as for FAK and FOK since 2026-07-24.</param>
/// <param name="HttpStatus">The status of a refused single order; a batch answers 200 with the words in the leg.</param>
internal sealed record OrderAnswer(
    string Id, string Status, string Making, string Taking, IReadOnlyList<string>? Trades, IReadOnlyList<string>? Transactions, string? Error, int HttpStatus)
{
    /// <summary>Seconds of Retry-After and retry_after_seconds; only in post-only mode.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static OrderAnswer Refused(string error, int httpStatus = 400) => new("", "", "", "", null, null, error, httpStatus);

    public static OrderAnswer Accepted(string id, string status) => new(id, status, "", "", null, null, null, 200);

    /// <summary>The body of an accepted order, or one leg of a batch.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("errorMsg"u8, Error ?? "");
        json.WriteString("orderID"u8, Id);
        json.WriteString("takingAmount"u8, Taking);
        json.WriteString("makingAmount"u8, Making);
        json.WriteString("status"u8, Status);
        Array(json, "transactionsHashes", Transactions);
        Array(json, "tradeIDs", Trades);
        json.WriteBoolean("success"u8, true);
        json.WriteEndObject();
    }

    /// <summary>The body of a refused single order.</summary>
    public void WriteError(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("error"u8, Error);
        if (RetryAfterSeconds is { } seconds)
        {
            json.WriteString("code"u8, "post_only_mode"u8);
            json.WriteNumber("retry_after_seconds"u8, seconds);
        }
        json.WriteEndObject();
    }

    private static void Array(Utf8JsonWriter json, string name, IReadOnlyList<string>? values)
    {
        if (values is null)
            return;
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
