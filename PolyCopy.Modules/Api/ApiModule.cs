using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Scalar.AspNetCore;

namespace PolyCopy.Modules.Api;

public static class ApiModule
{
    /// <summary>Adds the REST API: JSON rules, problem details, access, OpenAPI.</summary>
    public static IHostApplicationBuilder AddApi(this IHostApplicationBuilder builder)
    {
        builder.Services.Configure<JsonOptions>(o => Json.Configure(o.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.AddProblemDetails(o => o.CustomizeProblemDetails = context => context.ProblemDetails.Extensions.TryAdd("code", Problems.CodeOf(context.ProblemDetails.Status)));
        builder.Services.AddExceptionHandler<Failures>();
        builder.Services.AddSingleton<Access>();
        builder.Services.AddOpenApi("v1");
        return builder;
    }

    /// <summary>Maps the routes of the API, /openapi/v1.json and the reference page at /reference.</summary>
    public static WebApplication MapApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Routes.Base), api => api.UseStatusCodePages()); // no such route, no such method: problems with a code too
        app.Use(AccessFilters.Beside);
        app.MapOpenApi();
        app.MapScalarApiReference("/reference");
        var api = app.MapGroup("").AddEndpointFilter(AccessFilters.Key).AddEndpointFilter(AccessFilters.KnownUser);
        MarketEndpoints.Map(api);
        UserEndpoints.Map(api);
        TradingEndpoints.Map(api);
        LeaderEndpoints.Map(api);
        FollowEndpoints.Map(api);
        RiskEndpoints.Map(api, api.MapGroup("").AddEndpointFilter(AccessFilters.OperatorKey));
        AdminEndpoints.Map(api);
        CredentialEndpoints.Map(api.MapGroup("").AddEndpointFilter(AccessFilters.OperatorKey));
        var bot = app.MapGroup("").AddEndpointFilter(AccessFilters.BotKey).ExcludeFromDescription();
        BotEndpoints.Map(bot);
        BotRiskEndpoints.Map(bot);
        HealthEndpoints.Map(app);
        return app;
    }

    /// <summary>Guards /metrics of a process that is only the bot: with Bot:BackendKey, which it has wherever the core is no Demo on the same machine.</summary>
    public static WebApplication UseBackendKey(this WebApplication app)
    {
        if (Access.Hashed(app.Configuration["Bot:BackendKey"]) is { } key)
            app.Use((context, next) => context.Request.Path.StartsWithSegments("/metrics") && Access.Refuse(context, key) is { } error ? Problems.Of(error).ExecuteAsync(context) : next(context));
        return app;
    }
}
