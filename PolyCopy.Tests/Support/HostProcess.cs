using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolyCopy.Tests.Support;

/// <summary>The host as a process of its own, which can be killed.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const int LowestPort = 20_000;
    private const int Ports = 10_000;
    private static int _port = Random.Shared.Next(Ports); // another test run may be under way

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private HostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static HostProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // its sockets in the temporary folder would outlive a kill
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "PolyCopy.Host.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        return new HostProcess(new Process { StartInfo = start });
    }

    /// <summary>A free port that nobody is given by chance, also not while its host is down: below those that systems hand out (Linux from 32,768 on), and to each caller another.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = LowestPort + (int)((uint)Interlocked.Increment(ref _port) % Ports);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody's: the next one
            }
        }
    }

    /// <summary>Waits until the address answers 2xx, or fails with what the process said.</summary>
    public async Task AnswersAsync(HttpClient client, string path, int seconds = 120)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if (_process.HasExited)
            {
                var end = await EndAsync();
                throw new Xunit.Sdk.XunitException($"the host ended with {end.ExitCode}: {end.Errors}{end.Output}");
            }
            try
            {
                if ((await client.GetAsync(path, deadline.Token)).IsSuccessStatusCode)
                    return;
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (HttpRequestException)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None); // not listening yet
            }
            catch (OperationCanceledException)
            {
                throw new Xunit.Sdk.XunitException($"{path} did not answer in {seconds} s; the host said: {Read(_errors)}{Read(_output)}");
            }
        }
    }

    /// <summary>Waits until a line holds the text, or fails with what the process said instead.</summary>
    public async Task SaysAsync(string text, int seconds = 120)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!Read(_output).Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited || deadline.IsCancellationRequested)
                throw new Xunit.Sdk.XunitException($"the host did not say '{text}' but: {Read(_errors)}{Read(_output)}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>SIGKILL: no handler runs.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits for a process that ends by itself.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync(int seconds = 120)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await _process.WaitForExitAsync(deadline.Token); // both streams have ended, too
        return (_process.ExitCode, Read(_output), Read(_errors));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static void Keep(StringBuilder said, string? line)
    {
        if (line is null)
            return;
        lock (said)
            said.AppendLine(line);
    }

    private static string Read(StringBuilder said)
    {
        lock (said)
            return said.ToString();
    }
}
