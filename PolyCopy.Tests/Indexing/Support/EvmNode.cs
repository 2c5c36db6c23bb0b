using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using PolyCopy.Modules.Signing;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Indexing.Support;

/// <summary>A real EVM node (anvil, npm @foundry-rs/anvil) with a log emitter at the venue's addresses; found by POLYCOPY_ANVIL or on the PATH.</summary>
internal sealed class EvmNode : IAsyncDisposable
{
    /// <summary>Replays the log records its calldata holds: topics (1 byte), data length (2), topics, data; or 0xff, length (2), address, calldata for another emitter.</summary>
    private const string Emitter =
        "0x60005b803681101560f0578035908160f81c90600181013560f01c9260038201918360ff1460c6575060f31c611fe0168401918360038401600037801560b8578060011460aa578060021460985780600314607f57600414605f57600080fd5b836063600395013591602360438301359201359035856000a45b01016002565b5092600393602360438301359201359035846000a36079565b50602360039401359035836000a26079565b506003935035826000a16079565b505060039250816000a06079565b945050600091508282808093836017890183373560601c5af11560eb57016017016002565b600080fd5b00";

    private const string Account = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly HttpClient _http;
    private int _id;

    private EvmNode(Process process, Uri address) => (_process, Address, _http) = (process, address, new HttpClient { BaseAddress = address });

    public Uri Address { get; }

    public static async Task<EvmNode> StartAsync()
    {
        var file = Find();
        Services.Require("anvil", "POLYCOPY_ANVIL", file is not null);
        var process = Process.Start(new ProcessStartInfo(file!, ["--chain-id", "137", "--host", "127.0.0.1", "--port", "0", "--no-mining", "--slots-in-an-epoch", "1"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var deadline = new CancellationTokenSource(Deadline);
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (!line.StartsWith("Listening on ", StringComparison.Ordinal))
                continue;
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None); // what it goes on to say must not fill the pipe
            var node = new EvmNode(process, new Uri($"http://{line["Listening on ".Length..].Trim()}/"));
            try
            {
                await node.PrepareAsync();
                return node;
            }
            catch
            {
                await node.DisposeAsync();
                throw;
            }
        }
        throw new InvalidOperationException("anvil ended: " + await process.StandardError.ReadToEndAsync(deadline.Token));
    }
    /// <summary>A transaction that emits these logs, all from the first one's contract or by nested calls; not mined yet.</summary>
    public async Task SendAsync(params FakeLog[] logs) => await CallAsync("eth_sendTransaction", Transaction(logs));

    public Task MineAsync(int blocks = 1) => CallAsync("anvil_mine", $"0x{blocks:x}");

    /// <summary>Replaces the newest blocks; each transaction goes into the first of them.</summary>
    public Task ReorganiseAsync(int depth, params FakeLog[][] transactions) => CallAsync("anvil_reorg", depth, transactions.Select(t => new object[] { Transaction(t), 0 }).ToArray());

    public Task RollBackAsync(int depth) => CallAsync("anvil_rollback", depth);

    public async Task<JsonElement> CallAsync(string method, params object[] parameters)
    {
        using var answer = await _http.PostAsJsonAsync("", new { jsonrpc = "2.0", id = ++_id, method, @params = parameters });
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return json.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{method}: {json}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task PrepareAsync()
    {
        foreach (var contract in Exchanges.All.Where(e => e.ChainId == 137).Select(e => e.Address).Append(PolyCopy.Modules.Signing.Address.Parse("0x4D97DCd97eC945f40cF65F87097ACe5EA0476045")))
            await CallAsync("anvil_setCode", contract.ToLower(), Emitter);
        await MineAsync(30);
    }

    private static object Transaction(FakeLog[] logs)
    {
        var data = new List<byte>();
        foreach (var log in logs)
        {
            var record = Record(log);
            if (log.Contract == logs[0].Contract)
            {
                data.AddRange(record);
                continue;
            }
            data.AddRange([0xff, (byte)(record.Length >> 8), (byte)record.Length, .. Hex.Read(log.Contract.ToLower()), .. record]);
        }
        return new { from = Account, to = logs[0].Contract.ToLower(), data = Hex.Write([.. data]), gas = "0x200000" };
    }

    private static byte[] Record(FakeLog log) => [(byte)log.Topics.Length, (byte)(log.Data.Length >> 8), (byte)log.Data.Length, .. log.Topics.SelectMany(t => Hex.Read(t.ToString())), .. log.Data];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("POLYCOPY_ANVIL") is { Length: > 0 } named)
            return File.Exists(named) ? named : null;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(p => Path.Combine(p, "anvil")).FirstOrDefault(File.Exists);
    }
}
