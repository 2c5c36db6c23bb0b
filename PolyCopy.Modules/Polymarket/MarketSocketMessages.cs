using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Polymarket;

/// <summary>What we say on the market channel, as masked frames.</summary>
internal static class MarketSocketMessages
{
    /// <summary>The first message; initial_dump and level are said outright because leaving them out has brought no books (nautilus_trader#3963).</summary>
    public static byte[] First(IReadOnlyCollection<TokenId> tokens) =>
        Encoding.ASCII.GetBytes($$"""{"assets_ids":{{List(tokens)}},"type":"market","initial_dump":true,"level":2,"custom_feature_enabled":true}""");

    public static byte[] Subscribe(IReadOnlyCollection<TokenId> tokens) =>
        Encoding.ASCII.GetBytes($$"""{"operation":"subscribe","assets_ids":{{List(tokens)}},"level":2,"custom_feature_enabled":true}""");

    public static byte[] Unsubscribe(IReadOnlyCollection<TokenId> tokens) =>
        Encoding.ASCII.GetBytes($$"""{"operation":"unsubscribe","assets_ids":{{List(tokens)}}}""");

    public static byte[] Text(ReadOnlySpan<byte> payload) => Frame(0x81, payload);

    public static byte[] Pong(ReadOnlySpan<byte> payload) => Frame(0x8A, payload);

    private static string List(IReadOnlyCollection<TokenId> tokens) => $"[{string.Join(',', tokens.Select(t => $"\"{t.Digits}\""))}]";

    private static byte[] Frame(byte first, ReadOnlySpan<byte> payload)
    {
        var header = payload.Length < 126 ? 2 : payload.Length <= ushort.MaxValue ? 4 : 10;
        var frame = new byte[header + 4 + payload.Length];
        frame[0] = first;
        if (header == 2)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else if (header == 4)
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        else
        {
            frame[1] = 0x80 | 127;
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
        }
        var mask = frame.AsSpan(header, 4);
        RandomNumberGenerator.Fill(mask);
        for (var i = 0; i < payload.Length; i++)
            frame[header + 4 + i] = (byte)(payload[i] ^ mask[i & 3]);
        return frame;
    }
}
