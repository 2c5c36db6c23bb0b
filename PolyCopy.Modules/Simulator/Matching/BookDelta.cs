using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Matching;

/// <summary>The new size of one level in terms of outcome 0; 0 = gone.</summary>
internal readonly record struct LevelChange(bool IsBid, int Price, long Size);

/// <summary>One trade as the tape shows it: taker's token, price in that token, micro-shares.</summary>
internal readonly record struct Print(long MatchId, string TransactionHash, int TokenIndex, int Price, long Size, Side Side);

/// <summary>What one operation did to a book.</summary>
internal sealed record BookDelta(IReadOnlyList<LevelChange> Levels, IReadOnlyList<Print> Prints);

/// <summary>A level of a token's own book, ten-thousandths and micro-shares.</summary>
internal readonly record struct BookRow(int Price, long Size);
