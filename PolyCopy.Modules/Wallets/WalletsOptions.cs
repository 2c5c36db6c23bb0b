namespace PolyCopy.Modules.Wallets;

/// <summary>Settings of the key vault.</summary>
internal sealed record WalletsOptions
{
    /// <summary>32 bytes in base64; required outside Demo, where a file master.key beside the database serves.</summary>
    public string? MasterKey { get; init; }

    /// <summary>Master keys of before a rotation: they open what they sealed, new wallets use MasterKey.</summary>
    public IReadOnlyList<string> PreviousMasterKeys { get; init; } = [];
}
