using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Copying.Follows;

/// <summary>Everybody who follows somebody now: a pause of all entries stops their copies.</summary>
internal sealed class Followers : IPauseAudience
{
    public async Task<IReadOnlyCollection<long>> UsersAsync(PolyContext db, CancellationToken ct) =>
        await db.Set<FollowRow>().Where(f => f.DeletedAt == null).Select(f => f.UserId).Distinct().ToListAsync(ct);
}
