using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PolyCopy.Modules.Positions;

public static class PositionsModule
{
    /// <summary>Adds the ledger, its positions, their prices and P&amp;L.</summary>
    public static IHostApplicationBuilder AddPositions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IPositionBook, PositionBook>();
        return builder;
    }
}
