using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Copying;
using PolyCopy.Modules.Indexing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Positions;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Web;

/// <summary>What the overview shows at one moment.</summary>
internal sealed record OverviewView(
    string Profile, FeedLine Feed, long? UserId, Portfolio? Portfolio, IReadOnlyList<PositionView> Positions, IReadOnlyList<ExitView> Fired,
    IReadOnlyList<UserEvent> Events, IReadOnlyList<Market> Markets, IReadOnlyDictionary<TokenId, decimal[]> Histories, IReadOnlyDictionary<string, string> Questions, CopyPart Copies)
{
    public static OverviewView Empty { get; } = new("", new FeedLine("wait", "starting", "", 0), null, null, [], [], [], [], new Dictionary<TokenId, decimal[]>(), new Dictionary<string, string>(), CopyPart.Empty);

    public IReadOnlyList<decimal> History(TokenId token) => Histories.GetValueOrDefault(token) ?? [];

    public string QuestionOf(string marketId) => Questions.GetValueOrDefault(marketId) ?? "";
}

/// <summary>The best leaders, and what the user does after his own.</summary>
internal sealed record CopyPart(IReadOnlyList<LeaderCard> Leaders, IReadOnlyList<FollowView> Follows, IReadOnlyList<DecisionView> Decisions)
{
    public static CopyPart Empty { get; } = new([], [], []);
}

/// <param name="Colour">ok, bad or wait.</param>
internal sealed record FeedLine(string Colour, string Text, string Detail, long Messages);
