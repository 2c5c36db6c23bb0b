using System.Buffers.Binary;

namespace PolyCopy.Modules.Simulator.Telegram;

/// <summary>Reads what kind of picture a file is and how large; Telegram refuses what is none.</summary>
internal static class Pictures
{
    private const int MostBytes = 10 * 1024 * 1024;

    /// <summary>Width and height in pixels.</summary>
    /// <exception cref="BotRefusal">Not a PNG or JPEG, or too large.</exception>
    public static (int Width, int Height) Measure(ReadOnlySpan<byte> file)
    {
        if (file.Length > MostBytes)
            throw BotRefusal.Bad($"file of size {file.Length} bytes is too big for a photo; the maximum size is {MostBytes} bytes");
        var size = IsPng(file) && file.Length >= 24
            ? (BinaryPrimitives.ReadInt32BigEndian(file[16..]), BinaryPrimitives.ReadInt32BigEndian(file[20..]))
            : IsJpeg(file) ? Jpeg(file) : (0, 0);
        if (size.Item1 <= 0 || size.Item2 <= 0)
            throw BotRefusal.Bad("IMAGE_PROCESS_FAILED");
        if (size.Item1 + size.Item2 > 10_000 || Math.Max(size.Item1, size.Item2) > 20 * Math.Min(size.Item1, size.Item2))
            throw BotRefusal.Bad("PHOTO_INVALID_DIMENSIONS");
        return size;
    }

    /// <summary>Of whatever was sent: what is no picture is for saving, not for showing.</summary>
    public static string MediaType(ReadOnlySpan<byte> file) => IsPng(file) ? "image/png" : IsJpeg(file) ? "image/jpeg" : "application/octet-stream";

    private static bool IsPng(ReadOnlySpan<byte> file) => file.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);

    private static bool IsJpeg(ReadOnlySpan<byte> file) => file.StartsWith<byte>([0xFF, 0xD8, 0xFF]);

    private static (int Width, int Height) Jpeg(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 9 < file.Length && file[at] == 0xFF;)
        {
            var marker = file[at + 1];
            // SOF0 to SOF15 hold the size, but for DHT, JPG and DAC, which share their numbers.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                return (BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]));
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }
        return (0, 0);
    }
}
