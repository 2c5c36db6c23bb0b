using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PolyCopy.Modules.Indexing.Chain;
using PolyCopy.Modules.Indexing.Rows;
using PolyCopy.Modules.Indexing.Watching;
using PolyCopy.Modules.Polymarket.Rpc;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Benchmarks;

/// <summary>Logs read per second: from the bytes of an eth_getLogs answer to the fills of the watched wallets among everybody's.</summary>
internal static class Logs
{
    private const int Count = 10_000;
    private const int Rounds = 7;

    public static int Run(Arguments arguments)
    {
        var watched = arguments.Number("watched", 2_000);
        var body = Answer(watched, arguments.Number("every", 100));
        var contracts = new Contracts(137);
        var snapshot = WatchBook.Snapshot.Of([.. Enumerable.Range(0, watched).Select(i => new WatchedRow { Address = Wallet(i).ToLower(), Kind = "leader", Wallets = [Wallet(i).ToLower()] })]);
        var rounds = new List<(double Rate, double Bytes)>();
        var found = 0;
        for (var round = 0; round <= Rounds; round++)
        {
            var scan = new ChainScan(0, long.MaxValue);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            var json = new Utf8JsonReader(body);
            json.Read();
            new LogJson().ReadArray(ref json, (in ChainLog log) => scan.Add(log, contracts, snapshot));
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (round > 0) // the first one warms up
                rounds.Add((Count / seconds, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / Count));
            found = scan.Fills.Count;
        }
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "logs",
            watched,
            logs = Count,
            fillsOfWatched = found,
            megabytes = body.Length / 1_000_000,
            perSecond = (long)rounds.Select(r => r.Rate).Order().ElementAt(Rounds / 2),
            bytesPerLog = Math.Round(rounds.Select(r => r.Bytes).Order().ElementAt(Rounds / 2), 1),
        }));
        return 0;
    }

    private static byte[] Answer(int watched, int every)
    {
        var exchange = Exchanges.For(137, 2, false).Address.ToLower();
        var text = new StringBuilder("[");
        for (var i = 0; i < Count; i++)
        {
            var maker = FillLog.Topic(i % every == 0 ? Wallet(i / every % watched) : Wallet(1_000_000 + i));
            text.Append(i == 0 ? "" : ",").Append("{\"address\":\"").Append(exchange).Append("\",\"topics\":[\"").Append(FillLog.TopicV2).Append("\",\"").Append(Keccak.Hash($"order {i}"))
                .Append("\",\"").Append(maker).Append("\",\"").Append(FillLog.Topic(Wallet(2_000_000 + i))).Append("\"],\"data\":\"0x").Append('0', 64)
                .Append(Keccak.Hash($"token {i % 50}").ToString()[2..]).Append($"{550_000:x64}{1_000_000:x64}").Append('0', 3 * 64)
                .Append("\",\"blockNumber\":\"0x4e509a5\",\"blockHash\":\"").Append(Keccak.Hash("block")).Append("\",\"blockTimestamp\":\"0x6a90d4d0\",\"transactionHash\":\"").Append(Keccak.Hash($"transaction {i}"))
                .Append("\",\"transactionIndex\":\"0x7e\",\"logIndex\":\"0x").Append($"{i:x}").Append("\",\"removed\":false}");
        }
        return Encoding.UTF8.GetBytes(text.Append(']').ToString());
    }

    private static Address Wallet(int number)
    {
        Span<byte> hash = stackalloc byte[32];
        Keccak.Hash($"wallet {number}").CopyTo(hash);
        return new Address(hash[12..]);
    }
}
