using System.Buffers;
using System.Text.Json;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Polymarket.Rpc;

/// <summary>Reads logs out of JSON-RPC bytes without making a string of any.</summary>
internal sealed class LogJson
{
    private readonly Bytes32[] _topics = new Bytes32[4];
    private byte[] _data = new byte[512];

    /// <summary>Reads an array of logs; the reader stands on its start, and afterwards on its end.</summary>
    /// <exception cref="FormatException">A log is not one.</exception>
    public void ReadArray(ref Utf8JsonReader json, ChainLogReader read)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw new FormatException("no list of logs");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            ReadOne(ref json, read);
    }

    public void ReadOne(ref Utf8JsonReader json, ChainLogReader read)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw new FormatException("a log is no object");
        Address contract = default;
        Bytes32 blockHash = default, transaction = default;
        long block = -1, time = 0, index = -1;
        int topics = 0, length = 0;
        var removed = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("address"u8))
                contract = Account(ref json);
            else if (json.ValueTextEquals("topics"u8))
                topics = ReadTopics(ref json);
            else if (json.ValueTextEquals("data"u8))
                length = ReadData(ref json);
            else if (json.ValueTextEquals("blockNumber"u8))
                block = Quantity(ref json);
            else if (json.ValueTextEquals("blockHash"u8))
                blockHash = Hash(ref json);
            else if (json.ValueTextEquals("blockTimestamp"u8))
                time = Quantity(ref json);
            else if (json.ValueTextEquals("transactionHash"u8))
                transaction = Hash(ref json);
            else if (json.ValueTextEquals("logIndex"u8))
                index = Quantity(ref json);
            else if (json.ValueTextEquals("removed"u8))
                removed = json.Read() && json.TokenType == JsonTokenType.True;
            else
            {
                json.Read();
                json.Skip();
            }
        }
        if (block < 0 || index < 0)
            return; // pending: it is in no block yet
        read(new ChainLog
        {
            Contract = contract,
            TopicCount = topics,
            Topic0 = topics > 0 ? _topics[0] : default,
            Topic1 = topics > 1 ? _topics[1] : default,
            Topic2 = topics > 2 ? _topics[2] : default,
            Topic3 = topics > 3 ? _topics[3] : default,
            Data = _data.AsSpan(0, length),
            BlockNumber = block,
            BlockHash = blockHash,
            BlockTime = Math.Max(0, time),
            Transaction = transaction,
            LogIndex = (int)index,
            Removed = removed,
        });
    }

    /// <summary>A hexadecimal quantity, the next value; -1 for null.</summary>
    public static long Quantity(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
            return -1;
        if (json.TokenType == JsonTokenType.Number)
            return json.GetInt64();
        var digits = Digits(json.ValueSpan);
        if (digits.Length is 0 or > 15 || !System.Buffers.Text.Utf8Parser.TryParse(digits, out long value, out var used, 'x') || used != digits.Length)
            throw new FormatException("no quantity");
        return value;
    }

    public static Bytes32 Hash(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
            return default;
        Span<byte> bytes = stackalloc byte[Bytes32.Size];
        Decode(json.ValueSpan, bytes);
        return new Bytes32(bytes);
    }

    private static Address Account(ref Utf8JsonReader json)
    {
        json.Read();
        Span<byte> bytes = stackalloc byte[Address.Size];
        Decode(json.ValueSpan, bytes);
        return new Address(bytes);
    }

    private int ReadTopics(ref Utf8JsonReader json)
    {
        var count = 0;
        json.Read();
        Span<byte> bytes = stackalloc byte[Bytes32.Size];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (count == 4)
                throw new FormatException("more than four topics");
            Decode(json.ValueSpan, bytes);
            _topics[count++] = new Bytes32(bytes);
        }
        return count;
    }

    private int ReadData(ref Utf8JsonReader json)
    {
        json.Read();
        var length = Digits(json.ValueSpan).Length / 2;
        if (length > _data.Length)
            _data = new byte[Math.Max(length, _data.Length * 2)];
        Decode(json.ValueSpan, _data.AsSpan(0, length));
        return length;
    }

    private static void Decode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        var digits = Digits(text);
        if (digits.Length != bytes.Length * 2 || Convert.FromHexString(digits, bytes, out _, out _) != OperationStatus.Done)
            throw new FormatException("no hexadecimal of that length");
    }

    private static ReadOnlySpan<byte> Digits(ReadOnlySpan<byte> text) => text.StartsWith("0x"u8) || text.StartsWith("0X"u8) ? text[2..] : text;
}
