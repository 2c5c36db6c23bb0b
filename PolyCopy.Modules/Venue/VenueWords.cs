using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Venue;

/// <summary>What the venue says in its own words: foreign text, which stays as it is in every language.</summary>
public static class VenueWords
{
    public static readonly Phrase Said = new("venue.said", "{0}");
}
