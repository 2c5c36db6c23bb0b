namespace PolyCopy.Host;

/// <summary>Settings of the original system keep working; the new name wins where both are set.</summary>
internal static class LegacyNames
{
    public static void AddLegacyNames(this ConfigurationManager settings)
    {
        var mapped = new Dictionary<string, string?>();
        Map("STREAMER_ENABLED", "Streamer:Enabled", v => v);
        Map("CLOB_WSS_URL", "Venue:MarketSocketUrl", v => v.TrimEnd('/').EndsWith("/ws/market", StringComparison.OrdinalIgnoreCase) ? v : v.TrimEnd('/') + "/ws/market");
        Map("SKIP_DB", "Bot:Backend", v => bool.TryParse(v, out var skip) && skip ? "Http" : "InProcess");
        settings.AddInMemoryCollection(mapped);

        void Map(string old, string name, Func<string, string> value)
        {
            if (settings[old] is { Length: > 0 } set && settings[name] is null)
                mapped[name] = value(set);
        }
    }
}
