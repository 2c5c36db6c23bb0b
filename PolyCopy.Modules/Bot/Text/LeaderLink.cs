namespace PolyCopy.Modules.Bot.Text;

/// <summary>A trader's address in a message: pasted alone, or in a link to his profile. It is read, never fetched.</summary>
internal static class LeaderLink
{
    private const int Length = 42;

    /// <summary>Lower-case 0x and 40 hex digits; null when the message names no address.</summary>
    public static string? Find(string text)
    {
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            if (Address(word) is { } address)
                return address;
        return MarketLink.PathOf(text) is ["profile", var profile] ? Address(profile) : null;
    }

    /// <summary>The address in lower case; null for anything else.</summary>
    public static string? Address(string? text) =>
        text is { Length: Length } && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && text.Skip(2).All(char.IsAsciiHexDigit)
            ? text.ToLowerInvariant() : null;

    /// <summary>0x1234…abcd</summary>
    public static string Short(string? address) => Address(address) is { } whole ? $"{whole[..6]}…{whole[^4..]}" : "";
}
