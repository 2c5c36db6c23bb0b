namespace PolyCopy.Modules.Kernel;

/// <summary>One page of a list, newest first; <paramref name="NextCursor"/> is null on the last page.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);
