using System.Text.Json;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Bot.Chats;

/// <summary>What the bot keeps in mind about a chat: the order and the follow being put together, the question it asked, the list being paged.</summary>
internal sealed record Memory(Draft? Draft = null, Question? Asking = null, Listing? Listing = null, Screens.Copying.FollowDraft? Follow = null)
{
    public static Memory Nothing { get; } = new();

    public static Memory Read(string? json)
    {
        try
        {
            return json is null ? Nothing : JsonSerializer.Deserialize<Memory>(json, JsonSerializerOptions.Web) ?? Nothing;
        }
        catch (JsonException)
        {
            return Nothing; // of an older version: the user starts the form again
        }
    }

    public string? Write() => this == Nothing ? null : JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}

/// <summary>An order on its way to the review.</summary>
/// <param name="Id">Short; buttons of an older form do not match it.</param>
/// <param name="Limit">A resting order at <paramref name="LimitPrice"/>; else it takes from the book.</param>
/// <param name="PositionId">A sale of this position.</param>
/// <param name="HasDefaults">The user's standing exits were put in; taking one out again stays.</param>
internal sealed record Draft(
    string Id, string MarketId, int Outcome, Side Side, bool Limit = false, decimal? AmountUsd = null, decimal? Shares = null, decimal? LimitPrice = null, bool PostOnly = false,
    decimal? TakeProfit = null, decimal? StopLoss = null, Guid? PositionId = null, bool HasDefaults = false);

/// <summary>What the next text message answers.</summary>
/// <param name="Topic">Which screen asked what.</param>
/// <param name="Subject">About what: an id.</param>
internal sealed record Question(string Topic, string Subject = "");

/// <param name="Cursors">Of the pages seen so far; the first is empty.</param>
internal sealed record Listing(string? Search, string? Category, IReadOnlyList<string> Cursors)
{
    // records compare lists by reference: two equal listings must not look like a change
    public bool Equals(Listing? other) => other is not null && Search == other.Search && Category == other.Category && Cursors.SequenceEqual(other.Cursors);

    public override int GetHashCode() => HashCode.Combine(Search, Category, Cursors.Count);
}
