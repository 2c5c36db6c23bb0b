using static PolyCopy.Modules.Simulator.World.Category;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>The games. Append only: their order gives them their ids.</summary>
internal static class CatalogGames
{
    public static readonly Game[] All =
    [
        new(Sports, "NBA", "Lakers", "Celtics", 0.46, "224.5", 40, 3, 1),
        new(Sports, "NBA", "Thunder", "Nuggets", 0.64, "229.5", 41, 3, 0.5),
        new(Sports, "NBA", "Knicks", "Heat", 0.67, "216.5", 43, 3),
        new(Sports, "NBA", "Warriors", "Suns", 0.52, "231.5", 44, 3),
        new(Football, "NFL", "Chiefs", "Bills", 0.55, "47.5", 42, 3, 1),
        new(Football, "NFL", "Eagles", "Cowboys", 0.68, "45.5", 42, 3),
        new(Football, "NFL", "Lions", "Packers", 0.58, "49.5", 49, 3),
        new(Sports, "EPL", "Arsenal", "Liverpool", 0.53, "2.5", 45, 3, 0.5),
        new(Sports, "EPL", "Manchester City", "Chelsea", 0.57, "3.5", 46, 3),
        new(Sports, "La Liga", "Real Madrid", "Barcelona", 0.49, "3.5", 52, 3, 0.5),
        new(Sports, "Serie A", "Inter", "Napoli", 0.56, "2.5", 53, 3),
        new(Sports, "NHL", "Rangers", "Bruins", 0.48, "6.5", 44, 2),
        new(Sports, "NHL", "Oilers", "Avalanche", 0.5, "6.5", 47, 2),
        new(Sports, "MLB", "Dodgers", "Yankees", 0.54, "8.5", 150, 2),
        new(Sports, "ATP", "Sinner", "Alcaraz", 0.51, "38.5", 70, 1, 0.5),
        new(Sports, "WTA", "Sabalenka", "Swiatek", 0.55, "21.5", 71, 1),
        new(Sports, "UFC", "Makhachev", "Della Maddalena", 0.72, "4.5", 60, 1),
        new(Sports, "CS2", "Vitality", "Spirit", 0.6, "2.5", 48, 1),
        new(Sports, "LoL", "T1", "Gen.G", 0.44, "3.5", 55, 1),
        new(Sports, "Cricket", "India", "Australia", 0.58, "310.5", 63, 1),
    ];
}
