using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PolyCopy.Modules.Polymarket;

/// <summary>Cuts RFC 6455 frames out of one large buffer: messages are read where they lie, only fragmented ones are put together elsewhere.</summary>
/// <remarks>ClientWebSocket costs 1.2 us of CPU per message, this 0.13 us: it reads twice per frame and copies, we read once per block.</remarks>
internal sealed unsafe class MarketSocketFrames(MarketSocketScanner scanner)
{
    /// <summary>A first dump of 200 deep books is a few megabytes; more than this is no book.</summary>
    public const int LongestMessage = 64 << 20;

    private const int FirstLength = 256 << 10;

    private byte[] _buffer = NewBuffer(FirstLength);
    private byte[] _message = [];
    private int _filled;
    private int _gathered;
    private bool _gathering;

    /// <summary>Where the next bytes are to be read to; never empty.</summary>
    public Span<byte> Free => _buffer.AsSpan(_filled, _buffer.Length - MarketSocketScanner.Slack - _filled);

    /// <summary>The payload of a ping that waits for its pong; null when none.</summary>
    public byte[]? Ping { get; set; }

    /// <summary>The server's close code and reason; null until it closed.</summary>
    public string? Close { get; private set; }

    /// <summary>Reads every whole frame among the bytes so far and those just added.</summary>
    /// <returns>Text messages read.</returns>
    /// <exception cref="InvalidDataException">The server broke the protocol; the connection is of no use any more.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Add(int count)
    {
        _filled += count;
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_buffer));
        var at = start;
        var end = start + _filled;
        var messages = 0;
        var missing = 0L;
        while (Close is null && end - at >= 2)
        {
            var second = at[1];
            if ((second & 0x80) != 0)
                throw new InvalidDataException("the server masked a frame");
            long length = second;
            var header = 2;
            if (length == 126)
            {
                header = 4;
                if (end - at < header)
                    break;
                length = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(at + 2, 2));
            }
            else if (length == 127)
            {
                header = 10;
                if (end - at < header)
                    break;
                length = BinaryPrimitives.ReadInt64BigEndian(new ReadOnlySpan<byte>(at + 2, 8));
                if (length is < 0 or > LongestMessage)
                    throw new InvalidDataException("a frame is longer than 64 MiB");
            }
            if (end - at < header + length)
            {
                missing = header + length;
                break;
            }
            if (*at == 0x81 && !_gathering)
            {
                scanner.Scan(at + header, (int)length);
                messages++;
            }
            else
            {
                messages += Other(*at, at + header, (int)length);
            }
            at += header + length;
        }
        Keep(at, (int)(end - at), missing);
        return messages;
    }

    // What is left of a frame moves to the front, or to a larger buffer when the frame needs one.
    private void Keep(byte* rest, int length, long missing)
    {
        var target = _buffer;
        if (missing > _buffer.Length - MarketSocketScanner.Slack)
            target = NewBuffer((int)missing);
        else if (length == 0 && _buffer.Length > 4 * FirstLength)
            target = NewBuffer(FirstLength);
        new ReadOnlySpan<byte>(rest, length).CopyTo(target);
        _buffer = target;
        _filled = length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Other(byte first, byte* payload, int length)
    {
        if ((first & 0x70) != 0)
            throw new InvalidDataException("a frame uses extensions that were not agreed");
        var final = (first & 0x80) != 0;
        switch (first & 0x0F)
        {
            case 0 when _gathering:
                Gather(payload, length);
                return final ? Finish() : 0;
            case 1 or 2 when !_gathering:
                _gathered = 0;
                _gathering = true;
                Gather(payload, length);
                return final ? Finish() : 0;
            case 8 when final && length <= 125:
                Close = length < 2 ? "1005" : $"{BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(payload, 2))} {Printable(new ReadOnlySpan<byte>(payload + 2, length - 2))}".TrimEnd();
                return 0;
            case 9 when final && length <= 125:
                Ping = new ReadOnlySpan<byte>(payload, length).ToArray();
                return 0;
            case 10 when final && length <= 125:
                return 0;
            default:
                throw new InvalidDataException($"frame 0x{first:x2} is out of place");
        }
    }

    private void Gather(byte* payload, int length)
    {
        if (_gathered + (long)length > LongestMessage)
            throw new InvalidDataException("a message is longer than 64 MiB");
        if (_gathered + length + MarketSocketScanner.Slack > _message.Length)
        {
            var larger = NewBuffer(Math.Max(FirstLength, 2 * (_gathered + length)));
            _message.AsSpan(0, _gathered).CopyTo(larger);
            _message = larger;
        }
        new ReadOnlySpan<byte>(payload, length).CopyTo(_message.AsSpan(_gathered));
        _gathered += length;
    }

    private int Finish()
    {
        _gathering = false;
        scanner.Scan((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_message)), _gathered);
        return 1;
    }

    private static string Printable(ReadOnlySpan<byte> text)
    {
        Span<char> readable = stackalloc char[text.Length];
        for (var i = 0; i < text.Length; i++)
            readable[i] = text[i] is >= 0x20 and < 0x7F ? (char)text[i] : '?';
        return readable.ToString();
    }

    private static byte[] NewBuffer(int length) => GC.AllocateUninitializedArray<byte>(length + MarketSocketScanner.Slack, pinned: true);
}
