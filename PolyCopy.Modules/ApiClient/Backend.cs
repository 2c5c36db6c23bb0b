using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Modules.Api;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.ApiClient;

/// <summary>The core over HTTP: its values, its refusals as the Errors they were there, its venue trouble as the exception it was there.</summary>
/// <remarks>HttpRequestException and TaskCanceledException: the core cannot be asked now. InvalidOperationException: it failed, or refuses what cannot be refused.</remarks>
internal sealed class Backend(HttpClient http) : IDisposable
{
    public async Task<T> GetAsync<T>(string path, CancellationToken ct) => Demand(await AskAsync<T>(HttpMethod.Get, path, null, ct));

    public async Task<T> PostAsync<T>(string path, object? body, CancellationToken ct) => Demand(await AskAsync<T>(HttpMethod.Post, path, body, ct));

    public async Task SendAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        using var answer = await SendAsync(method, path, body, null, ct);
        if (!answer.IsSuccessStatusCode)
            Demand<bool>(await RefusalAsync(answer, ct));
    }

    /// <summary>Null when the core knows no such thing.</summary>
    public async Task<T?> FindAsync<T>(string path, CancellationToken ct) where T : class
    {
        var found = await AskAsync<T>(HttpMethod.Get, path, null, ct);
        return found.Error is { } error && error.Code.EndsWith(".unknown", StringComparison.Ordinal) ? null : Demand(found);
    }

    /// <summary>A value, or the core's own refusal.</summary>
    public async Task<Result<T>> AskAsync<T>(HttpMethod method, string path, object? body, CancellationToken ct, string? idempotencyKey = null)
    {
        using var answer = await SendAsync(method, path, body, idempotencyKey, ct);
        if (!answer.IsSuccessStatusCode)
            return await RefusalAsync(answer, ct);
        try
        {
            return (await answer.Content.ReadFromJsonAsync<T>(Json.Options, ct))!;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"The core's answer to {path.Split('?')[0]} cannot be read: is it of another version?", e);
        }
    }

    /// <summary>An open stream; the answer is the caller's to dispose.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken ct)
    {
        var answer = await http.GetAsync(Relative(path), HttpCompletionOption.ResponseHeadersRead, ct);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw new HttpRequestException((await RefusalAsync(answer, ct)).ToString());
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, string? idempotencyKey, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, Relative(path)) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: Json.Options) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await http.SendAsync(request, ct);
    }

    // Bot:BackendUrl may have a path of its own
    private static Uri Relative(string path) => new(path.TrimStart('/'), UriKind.Relative);

    private static T Demand<T>(Result<T> result) => result.Try(out var value, out var error) ? value : throw new InvalidOperationException($"The core refuses: {error}");

    private static async Task<Error> RefusalAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var problem = await ProblemAsync(answer, ct) ?? throw new HttpRequestException($"The core answered {(int)answer.StatusCode} without a reason.", null, answer.StatusCode);
        if (problem.Failure is { } failure)
            throw new VenueException(failure, problem.Detail ?? "The venue cannot be asked.");
        return problem.Code switch
        {
            "auth.missing" or "auth.forbidden" => throw new HttpRequestException($"The core does not accept Bot:BackendKey ({problem.Code}).", null, HttpStatusCode.Unauthorized),
            "route.unknown" or "route.method" => throw new HttpRequestException("The core has no such route: it is of another version.", null, HttpStatusCode.NotFound),
            "internal" or null => throw new InvalidOperationException($"The core failed ({(int)answer.StatusCode})."),
            var code => new Error(code, problem.Detail ?? code) { Said = problem.Said },
        };
    }

    private static async Task<Problem?> ProblemAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<Problem>(Json.Options, ct);
        }
        catch (JsonException)
        {
            return null; // a proxy's page
        }
    }

    private sealed record Problem(string? Code, string? Detail, VenueFailure? Failure, Said? Said);
}
