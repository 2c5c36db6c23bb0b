using System.Collections.Frozen;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Indexing.Watching;

/// <summary>Who is watched now, for everybody who reads a chain or a feed: an immutable snapshot, swapped whole.</summary>
internal sealed class WatchBook
{
    private Snapshot _now = Snapshot.Empty;

    public Snapshot Now => Volatile.Read(ref _now);

    /// <summary>Called after the snapshot was swapped and its wallets are others.</summary>
    public event Action? Changed;

    public void Set(IReadOnlyCollection<WatchedRow> active)
    {
        var next = Snapshot.Of(active);
        var before = Now;
        Volatile.Write(ref _now, next);
        if (!before.Wallets.Keys.ToHashSet().SetEquals(next.Wallets.Keys))
            Changed?.Invoke();
    }

    /// <param name="Wallets">The leaders of each wallet.</param>
    /// <param name="Leaders">By address.</param>
    internal sealed record Snapshot(FrozenDictionary<Address, string[]> Wallets, FrozenDictionary<string, string[]> WalletTexts, FrozenDictionary<string, WatchedRow> Leaders)
    {
        public static Snapshot Empty { get; } = Of([]);

        /// <summary>The address and the wallets behind it; of one that is not watched, itself.</summary>
        public IReadOnlyList<string> WalletsOf(string address) => Leaders.TryGetValue(address, out var row) ? row.AllWallets() : [address];

        public static Snapshot Of(IReadOnlyCollection<WatchedRow> active)
        {
            var texts = active.SelectMany(r => r.AllWallets().Select(w => (Wallet: w, Leader: r.Address)))
                .GroupBy(p => p.Wallet).ToDictionary(g => g.Key, g => g.Select(p => p.Leader).Distinct().ToArray());
            return new Snapshot(
                texts.ToFrozenDictionary(p => Address.Parse(p.Key), p => p.Value),
                texts.ToFrozenDictionary(StringComparer.Ordinal),
                active.ToFrozenDictionary(r => r.Address, StringComparer.Ordinal));
        }
    }
}
