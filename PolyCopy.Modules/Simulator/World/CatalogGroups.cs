using static PolyCopy.Modules.Simulator.World.Category;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>The neg-risk events. Append only: their order gives them their ids.</summary>
internal static class CatalogGroups
{
    /// <summary>Only where markets of Protocol V2 are asked for.</summary>
    public static readonly Group ProtocolV2 = new(Crypto, "Largest Protocol V2 module", "Will {0} be the largest module of Protocol V2?", [("binary", 0.45), ("neg risk", 0.35), ("combos", 0.2)], 12, 100, 0.5);

    public static readonly Group[] All =
    [
        new(Economy, "Fed decision in {M1}?", "Will the Fed {0} after the {M1} meeting?",
            [("cut rates by 50+ bps", 0.02), ("cut rates by 25 bps", 0.24), ("leave rates unchanged", 0.72), ("raise rates", 0.02)], 2, 10, 1),
        new(Finance, "Largest company at the end of {M1}?", "Will {0} be the largest company in the world by market cap at the end of {M1}?",
            [("NVIDIA", 0.58), ("Apple", 0.16), ("Microsoft", 0.14), ("Alphabet", 0.1), ("Amazon", 0.02)], 2, 10, 0.3),
        new(Sports, "Premier League winner", "Will {0} win the Premier League?",
            [("Arsenal", 0.38), ("Manchester City", 0.27), ("Liverpool", 0.19), ("Chelsea", 0.07), ("Manchester United", 0.04), ("Newcastle", 0.02), ("Tottenham", 0.02), ("Aston Villa", 0.01)], 7, 10, 0.5),
        new(Sports, "Champions League winner", "Will {0} win the Champions League?",
            [("Real Madrid", 0.17), ("Paris Saint-Germain", 0.16), ("Bayern Munich", 0.14), ("Barcelona", 0.13), ("Arsenal", 0.12), ("Manchester City", 0.1), ("Liverpool", 0.09), ("Inter", 0.05), ("Atletico Madrid", 0.03), ("Napoli", 0.01)], 7, 10, 0.3),
        new(Sports, "NBA champion", "Will the {0} win the NBA championship?",
            [("Oklahoma City Thunder", 0.33), ("Denver Nuggets", 0.16), ("Cleveland Cavaliers", 0.12), ("Boston Celtics", 0.1), ("Los Angeles Lakers", 0.09), ("New York Knicks", 0.11), ("Houston Rockets", 0.09)], 8, 10, 0.3),
        new(Football, "Super Bowl champion", "Will the {0} win the Super Bowl?",
            [("Kansas City Chiefs", 0.19), ("Buffalo Bills", 0.17), ("Philadelphia Eagles", 0.16), ("Detroit Lions", 0.14), ("Baltimore Ravens", 0.12), ("Green Bay Packers", 0.09), ("San Francisco 49ers", 0.07), ("Dallas Cowboys", 0.06)], 4, 100, 2),
        new(Politics, "Most seats in the next UK general election", "Will {0} win the most seats in the next UK general election?",
            [("Reform UK", 0.48), ("Labour", 0.32), ("the Conservatives", 0.15), ("the Liberal Democrats", 0.05)], 30, 100, 0.3),
        new(Politics, "Which party controls the Senate next?", "Will {0} control the Senate after the next midterms?", [("Republicans", 0.61), ("Democrats", 0.385), ("neither party", 0.005)], 24, 10, 0.5),
        new(Politics, "Strongest party in the next French Assembly", "Will {0} be the strongest group in the next French Assembly?",
            [("the National Rally", 0.57), ("the left alliance", 0.23), ("the centre bloc", 0.16), ("the Republicans", 0.04)], 12, 100, 0.2),
        new(Crypto, "Bitcoin price at the end of {Y1}", "Will Bitcoin close {Y1} {0}?",
            [("below $60,000", 0.08), ("between $60,000 and $80,000", 0.13), ("between $80,000 and $100,000", 0.21), ("between $100,000 and $125,000", 0.24), ("between $125,000 and $150,000", 0.16), ("between $150,000 and $200,000", 0.12), ("above $200,000", 0.06)], 14, 100, 1.5),
        new(Crypto, "Ethereum price at the end of {M1}", "Will Ethereum close {M1} {0}?",
            [("below $2,000", 0.06), ("between $2,000 and $2,500", 0.16), ("between $2,500 and $3,000", 0.3), ("between $3,000 and $3,500", 0.28), ("between $3,500 and $4,000", 0.14), ("above $4,000", 0.06)], 2, 100, 0.6),
        new(Economy, "US inflation in {M1}", "Will US annual inflation for {M1} be {0}?",
            [("2.4% or less", 0.05), ("2.5%", 0.12), ("2.6%", 0.26), ("2.7%", 0.31), ("2.8%", 0.18), ("2.9% or more", 0.08)], 2, 100, 0.3),
        new(Economy, "US unemployment in {M1}", "Will the US unemployment rate for {M1} be {0}?",
            [("4.2% or less", 0.12), ("4.3%", 0.31), ("4.4%", 0.34), ("4.5%", 0.16), ("4.6% or more", 0.07)], 2, 100, 0.2),
        new(Tech, "Best AI model at the end of {M1}", "Will {0} have the top-ranked AI model at the end of {M1}?",
            [("Google", 0.44), ("OpenAI", 0.23), ("Anthropic", 0.2), ("xAI", 0.09), ("DeepSeek", 0.03), ("Alibaba", 0.01)], 2, 10, 0.8),
        new(Culture, "Eurovision winner", "Will {0} win Eurovision {Y1}?",
            [("Sweden", 0.22), ("Finland", 0.17), ("Italy", 0.14), ("France", 0.12), ("Greece", 0.11), ("Ukraine", 0.1), ("Israel", 0.08), ("Australia", 0.06)], 8, 10, 0.2),
        new(Sports, "F1 constructors' champion", "Will {0} win the {Y1} constructors' championship?",
            [("McLaren", 0.36), ("Mercedes", 0.27), ("Ferrari", 0.2), ("Red Bull", 0.12), ("Aston Martin", 0.04), ("Williams", 0.01)], 13, 10, 0.2),
        new(Weather, "Named Atlantic storms in {Y1}", "Will there be {0} named Atlantic storms in {Y1}?",
            [("fewer than 12", 0.14), ("12 to 14", 0.27), ("15 to 17", 0.31), ("18 to 20", 0.18), ("more than 20", 0.1)], 13, 100, 0.1),
        new(Weather, "Global temperature anomaly in {M1}", "Will the global temperature anomaly for {M1} be {0}?",
            [("below 1.10C", 0.09), ("1.10C to 1.19C", 0.26), ("1.20C to 1.29C", 0.36), ("1.30C to 1.39C", 0.21), ("1.40C or more", 0.08)], 2, 100, 0.2),
        new(Geopolitics, "Next country to join the euro", "Will {0} be the next country to adopt the euro?",
            [("Romania", 0.41), ("Czechia", 0.13), ("Hungary", 0.12), ("Sweden", 0.08), ("?Country A", 0.01), ("?Country B", 0.01), ("another country", 0.24)], 40, 10, 0.1),
        new(Culture, "Highest-grossing film of {Y1}", "Will {0} be the highest-grossing film of {Y1}?",
            [("a superhero film", 0.37), ("an animated sequel", 0.34), ("a science-fiction epic", 0.14), ("a live-action remake", 0.09), ("?Film A", 0.01), ("any other film", 0.05)], 14, 50, 0.2),
        new(Football, "First overall pick", "Will the first overall NFL draft pick be a {0}?",
            [("quarterback", 0.63), ("edge rusher", 0.2), ("offensive lineman", 0.1), ("wide receiver", 0.07)], 6, 100, 0.2),
        new(Politics, "Next Dutch coalition", "Will the next Dutch coalition have {0}?", [("three parties", 0.22), ("four parties", 0.51), ("five or more parties", 0.27)], 8, 100, 0.1),
    ];
}
