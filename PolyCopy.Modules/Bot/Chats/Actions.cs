using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace PolyCopy.Modules.Bot.Chats;

/// <summary>Callback data: v1:action:argument~argument, at most 64 bytes. It names things; what may be done with them is looked up for the user who presses.</summary>
internal static class Actions
{
    /// <summary>The only action that does something with money; its argument is a nonce.</summary>
    public const string Confirm = "ok";

    private const string Version = "v1";
    private const int Longest = 64;

    public static string Data(string action, params object[] arguments)
    {
        var data = $"{Version}:{action}:{string.Join('~', arguments.Select(a => a is Guid id ? Short(id) : Convert.ToString(a, CultureInfo.InvariantCulture)))}";
        return Encoding.UTF8.GetByteCount(data) <= Longest ? data : throw new InvalidOperationException($"The data of a {action} button is longer than {Longest} bytes.");
    }

    /// <summary>False for data of another version or none.</summary>
    public static bool TryRead(string data, out string action, out Arguments arguments)
    {
        (action, arguments) = ("", default);
        var parts = data.Split(':', 3);
        if (parts.Length != 3 || parts[0] != Version)
            return false;
        (action, arguments) = (parts[1], new Arguments(parts[2].Length == 0 ? [] : parts[2].Split('~')));
        return true;
    }

    /// <summary>22 characters.</summary>
    public static string Short(Guid id) => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));

    public static Guid Long(string text)
    {
        Span<byte> bytes = stackalloc byte[16];
        try
        {
            return text.Length == 22 && Base64Url.TryDecodeFromChars(text, bytes, out var read) && read == 16 ? new Guid(bytes, bigEndian: true) : Guid.Empty;
        }
        catch (FormatException)
        {
            return Guid.Empty;
        }
    }
}

/// <summary>The arguments of a button or command; what is missing or garbled reads as nothing.</summary>
internal readonly record struct Arguments(string[] Values)
{
    public string this[int index] => Values is not null && index < Values.Length ? Values[index] : "";

    public int Int(int index, int otherwise = 0) => int.TryParse(this[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    public decimal? Decimal(int index) => decimal.TryParse(this[index], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    public Guid Id(int index) => Actions.Long(this[index]);
}
