using System.Globalization;
using System.Text;
using CsCheck;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>Random histories: what the venue knows equals what its journal says, at any point, and the same history gives the same bytes.</summary>
public class HistoryTests
{
    private static readonly string[] Kinds = ["GTC", "GTC", "GTC", "GTD", "FAK", "FAK", "FOK"];
    private static readonly string[] Plans = ["confirm", "fail", "retry", "ghost"];

    /// <summary>One step: what it does and four dice.</summary>
    private sealed record Step(int What, int A, int B, int C, int D);

    private static readonly Gen<Step> AnyStep = Gen.Select(Gen.Int[0, 99], Gen.Int[0, 999], Gen.Int[0, 999], Gen.Int[0, 999], Gen.Int[0, 999], (what, a, b, c, d) => new Step(what, a, b, c, d));

    private sealed class Play(Lab lab, List<string> markets, List<Trader> traders)
    {
        private readonly List<string> _ids = [];

        /// <summary>Every answer, byte for byte.</summary>
        public StringBuilder Answers { get; } = new();

        public static async Task<Play> BeginAsync(Lab lab)
        {
            var play = new Play(lab, [(await lab.MarketAsync(fees: true)).Market.ConditionId, (await lab.MarketAsync(negRisk: true)).Market.ConditionId], []);
            for (var i = 1; i <= 3; i++)
                play.Traders.Add(await Trader.FundedAsync(lab, i, "500"));
            return play;
        }

        public List<Trader> Traders => traders;

        public async Task DoAsync(Step step)
        {
            var (market, trader) = (lab.World.FindCondition(markets[step.A % markets.Count])!, traders[step.B % traders.Count]);
            switch (step.What)
            {
                case < 55:
                    await PostAsync(trader, market, step);
                    break;
                case < 65 when _ids.Count > 0:
                    await NoteAsync(trader.CancelAsync(_ids[step.C % _ids.Count]));
                    break;
                case < 68:
                    await NoteAsync(trader.AskAsync(HttpMethod.Delete, step.C % 2 == 0 ? "/cancel-all" : "/cancel-market-orders", step.C % 2 == 0 ? null : new { market = market.Market.ConditionId }));
                    break;
                case < 80 when market.AcceptsOrders:
                    var bid = 5 + step.C % 85;
                    await lab.QuoteAsync(market, Cents(bid), Cents(bid + 1 + step.D % 5), (10 + step.D).ToString(CultureInfo.InvariantCulture));
                    break;
                case < 85:
                    await NoteAsync(lab.PostAsync("control/settlement", new Dictionary<string, object> { ["next"] = 1 + step.C % 3, ["as"] = Plans[step.D % Plans.Length] }));
                    break;
                case < 97:
                    await lab.AdvanceAsync(step.C % 60 / 10.0);
                    break;
                case 97 when step.D < 300:
                    await NoteAsync(lab.PostAsync($"control/markets/{market.Market.ConditionId}/resolve", new { winner = step.C % 3 == 2 ? "50/50" : market.Market.Outcomes[step.C % 3] }));
                    break;
                case 98:
                    await trader.FundAsync("25.5");
                    break;
                default:
                    await NoteAsync(trader.LoginAsync(nonce: step.C % 2, derive: step.D % 2 == 0));
                    break;
            }
        }

        private async Task PostAsync(Trader trader, MarketState market, Step step)
        {
            var kind = Kinds[step.C % Kinds.Length];
            var side = step.D % 5 < 3 ? Side.Buy : Side.Sell;
            var price = (5 + (step.C * 7 + step.D) % 90) / 100m;
            var amount = 1 + step.D % 80 + step.C % 100 / 100m;
            var draft = new Draft(market, step.A / 2 % 2, side, kind, price, amount) { Expiration = kind == "GTD" ? lab.AuthTime.ToUnixTimeSeconds() + 60 + step.D % 30 : 0 };
            await NoteAsync(trader.PostAsync(draft));
            _ids.Add(trader.IdOf(draft));
        }

        private async Task NoteAsync(Task<(int Status, System.Text.Json.JsonElement Body)> asked)
        {
            var (status, body) = await asked;
            Answers.Append(status).Append(' ').AppendLine(body.ValueKind == System.Text.Json.JsonValueKind.Undefined ? "" : body.GetRawText());
        }

        private static string Cents(int cents) => (cents / 100m).ToString("0.##", CultureInfo.InvariantCulture);
    }

    [Fact]
    public Task After_any_history_a_restart_finds_everything_as_it_was() =>
        AnyStep.Array[10, 60].SampleAsync(RestartAsync, iter: 12, threads: 1);

    private static async Task RestartAsync(Step[] steps)
    {
        await using var lab = await Lab.DrivenAsync();
        var play = await Play.BeginAsync(lab);
        foreach (var (step, i) in steps.Select((step, i) => (step, i)))
        {
            await play.DoAsync(step);
            LedgerDump.Check(lab);
            if (i != steps.Length / 2 && i != steps.Length - 1)
                continue;
            var before = LedgerDump.Of(lab);
            await lab.RestartAsync();
            LedgerDump.Of(lab).Should().Be(before);
            LedgerDump.Check(lab);
        }
    }

    [Fact]
    public Task Killed_at_any_byte_the_venue_holds_what_it_had_answered() =>
        Gen.Select(AnyStep.Array[5, 40], Gen.Double.Unit, Gen.Double.Unit).SampleAsync(KillAsync, iter: 8, threads: 1);

    private static async Task KillAsync(Step[] steps, double when, double where)
    {
        await using var lab = await Lab.DrivenAsync();
        var play = await Play.BeginAsync(lab);
        var answered = (Length: 0L, Dump: "");
        for (var i = 0; i < steps.Length; i++)
        {
            await play.DoAsync(steps[i]);
            if (i == (int)(when * steps.Length))
                answered = (new FileInfo(lab.JournalFile).Length, LedgerDump.Of(lab));
        }
        await lab.RestartAsync(journal =>
        {
            // What came after the last answer is cut off within its first line.
            var bytes = File.ReadAllBytes(journal);
            var lineEnd = Array.IndexOf(bytes, (byte)'\n', (int)answered.Length);
            var torn = lineEnd < 0 ? 0 : (int)(where * (lineEnd - answered.Length));
            File.WriteAllBytes(journal, bytes[..((int)answered.Length + torn)]);
        });

        LedgerDump.Of(lab).Should().Be(answered.Dump);
        LedgerDump.Check(lab);
    }

    [Fact]
    public Task The_same_seed_clock_and_requests_give_the_same_bytes() =>
        AnyStep.Array[10, 60].SampleAsync(async steps => (await RunAsync(steps)).Should().Be(await RunAsync(steps)), iter: 5, threads: 1);

    private static async Task<string> RunAsync(Step[] steps)
    {
        await using var lab = await Lab.DrivenAsync();
        var play = await Play.BeginAsync(lab);
        List<SocketClient> sockets = [];
        foreach (var trader in play.Traders)
            sockets.Add(await SocketClient.UserAsync(lab, trader));
        foreach (var step in steps)
            await play.DoAsync(step);
        await lab.AdvanceAsync(60);
        var last = await lab.MarketAsync(skip: 5);
        foreach (var (trader, socket) in play.Traders.Zip(sockets))
        {
            // The last word of each socket is a placement of ours in another market.
            await trader.FundAsync("100");
            await trader.PostAsync(new Draft(last, 0, Side.Buy, "GTC", 0.01m, 5));
            foreach (var frame in await socket.UntilAsync(frame => frame.GetProperty("market").GetString() == last.Market.ConditionId))
                play.Answers.AppendLine(frame.GetRawText());
            foreach (var path in (string[])["/data/orders", "/data/trades", "/auth/api-keys", "/balance-allowance?asset_type=COLLATERAL&signature_type=3"])
                play.Answers.AppendLine((await trader.GetAsync(path)).Body.GetRawText());
            await socket.DisposeAsync();
        }
        return play.Answers.ToString();
    }
}
