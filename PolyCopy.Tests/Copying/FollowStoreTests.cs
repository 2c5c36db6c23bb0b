using PolyCopy.Modules.Copying.Follows;
using PolyCopy.Modules.Kernel;
using PolyCopy.Tests.Support;
using PolyCopy.Tests.Trading.Support;

namespace PolyCopy.Tests.Copying;

/// <summary>Many hands on one follow: the row decides, and memory says what the row says.</summary>
public class FollowStoreTests
{
    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task Changes_at_the_same_time_lose_nothing(Db provider)
    {
        await using var lab = await CopyLab.CreateAsync(provider);
        var (store, board) = (lab.Trading.Get<FollowStore>(), lab.Trading.Get<FollowBoard>());
        var id = (await lab.FollowAsync()).Id;
        for (var round = 0; round < 10; round++)
        {
            var looked = board.Find(id)!; // everybody has looked before anybody writes
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => (i % 3) switch
            {
                0 => store.ChangeAsync(TradingLab.Ana, id, CopyLab.Fixed(10m + i), default),
                1 => store.SetStatusAsync(looked, FollowStatus.Paused, new Phrase("pause", "pause {0}").With(i), default),
                _ => store.SetStatusAsync(looked, FollowStatus.Active, null, default, byOwner: true),
            })));
            await AgreeAsync(round * 2 + 3);
        }
        await Task.WhenAll(Task.Run(() => store.ChangeAsync(TradingLab.Ana, id, CopyLab.Fixed(3m), default)), Task.Run(async () => (Follow?)await store.DeleteAsync(board.Find(id)!, keepSells: false, default)));
        board.Find(id)!.Should().Match<Follow>(f => f.Status == FollowStatus.Deleted && f.SellsEnded);
        await AgreeAsync(null);

        async Task AgreeAsync(int? version)
        {
            var memory = board.Find(id)!;
            version?.Should().Be(memory.RulesVersion, "each change of the rules is one version");
            var stored = new FollowBoard(lab.Trading.Database.Workers);
            await stored.LoadAsync(default);
            memory.Should().BeEquivalentTo(stored.Find(id));
        }
    }

    [Fact]
    public async Task What_arrives_late_in_memory_is_passed_over()
    {
        await using var lab = await CopyLab.CreateAsync();
        var board = lab.Trading.Get<FollowBoard>();
        var before = board.Find((await lab.FollowAsync()).Id)!;
        await lab.Copying.ChangeAsync(TradingLab.Ana, before.Id, CopyLab.Fixed(4m), default);

        board.Put(before);

        board.Find(before.Id)!.Rules.AmountUsd.Should().Be(4m);
    }
}
