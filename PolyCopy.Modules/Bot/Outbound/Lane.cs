namespace PolyCopy.Modules.Bot.Outbound;

/// <summary>What goes first. Urgent passes Reply four times in five, so that a burst of stops does not mute the bot.</summary>
internal enum Lane
{
    /// <summary>Stops, money out, protection lost.</summary>
    Urgent,

    /// <summary>Answers to what somebody just did.</summary>
    Reply,

    /// <summary>Fills and everything else people are told.</summary>
    News,

    /// <summary>Announcements, and taking keyboards off old messages.</summary>
    Bulk,
}
