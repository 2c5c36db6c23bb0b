using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace PolyCopy.Benchmarks;

/// <summary>The load generator: a market channel on raw TCP that sends from memory, faster than any client reads.</summary>
/// <remarks>Per connection it sends what that connection subscribed to. The address may override: ?rate=R&amp;delay=ms&amp;need=N (start when N tokens are subscribed); R is for all tokens together.</remarks>
internal static class Serve
{
    public static int Run(Arguments arguments)
    {
        var count = arguments.Number("count", 1000);
        var rate = arguments.Number("rate", 0);
        var random = new Random(20261122);
        var assets = new string[count];
        for (var i = 0; i < count; i++)
            assets[i] = Token(random);
        File.WriteAllText(arguments.Text("assets"), JsonSerializer.Serialize(assets));

        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, arguments.Number("port", 0)));
        listener.Listen(64);
        Console.WriteLine(JsonSerializer.Serialize(new { listening = $"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}/ws/market", assets = count, rate }));
        while (true)
        {
            var socket = listener.Accept();
            new Thread(() => new ServeConnection(socket, count, rate).Run()) { IsBackground = true, Name = "serve" }.Start();
        }
    }

    public static string Token(Random random)
    {
        Span<char> digits = stackalloc char[77];
        digits[0] = (char)('1' + random.Next(9));
        for (var i = 1; i < digits.Length; i++)
            digits[i] = (char)('0' + random.Next(10));
        return digits.ToString();
    }
}
