using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using PolyCopy.Modules.Kernel;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace PolyCopy.Modules.Observability;

public static class ObservabilityModule
{
    /// <summary>Adds logging (Serilog: readable on a console, compact JSON with Logging:Json=true) and metrics.</summary>
    public static IHostApplicationBuilder AddObservability(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSerilog((_, logging) =>
        {
            logging.MinimumLevel.Information()
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
                .MinimumLevel.Override("System.Net.Http.HttpClient", LogEventLevel.Warning)
                .Filter.ByExcluding(IsToldOnce)
                .Enrich.FromLogContext()
                .ReadFrom.Configuration(builder.Configuration);
            if (bool.TryParse(builder.Configuration["Logging:Json"], out var json) && json)
                logging.WriteTo.Console(new RenderedCompactJsonFormatter());
            else
                logging.WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: System.Globalization.CultureInfo.InvariantCulture);
        });
        builder.Services.AddOpenTelemetry().WithMetrics(m => m.AddMeter(Meters.Name, "Microsoft.AspNetCore.Hosting", "System.Runtime").AddPrometheusExporter());
        builder.Services.AddHealthChecks();
        return builder;
    }

    /// <summary>Maps /health/live (the process answers), /health/ready (its parts do) and /metrics.</summary>
    public static IEndpointRouteBuilder MapObservability(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    /// <summary>What stops a start is said in one sentence by the program; the framework's stack traces of it, and of the services that it then cuts off, would bury it.</summary>
    private static bool IsToldOnce(LogEvent e) =>
        e.Exception is SettingException or OptionsValidationException or OperationCanceledException or IOException { InnerException: AddressInUseException }
        && e.Properties.TryGetValue(Serilog.Core.Constants.SourceContextPropertyName, out var source) && source is ScalarValue { Value: "Microsoft.Extensions.Hosting.Internal.Host" };

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString().ToLowerInvariant(),
        checks = report.Entries.ToDictionary(e => e.Key, e => new { status = e.Value.Status.ToString().ToLowerInvariant(), reason = e.Value.Description }),
    });
}
