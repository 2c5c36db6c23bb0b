using System.Globalization;
using System.Text.Json;
using PolyCopy.Modules.Signing;

namespace PolyCopy.Modules.Simulator.Chain;

/// <summary>Blocks, logs and receipts as Bor spells them: quantities without leading zeros, addresses in lower case, blockTimestamp in logs.</summary>
internal static class RpcJson
{
    private const int BloomSize = 256;
    private const string Zero64 = "0x0000000000000000000000000000000000000000000000000000000000000000";
    private const string NoUncles = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

    public static string Quantity(long number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);

    public static void Log(Utf8JsonWriter json, MinedTx mined, int index, string blockHash, bool removed)
    {
        var log = mined.Logs[index];
        json.WriteStartObject();
        json.WriteString("address"u8, log.Address.ToLower());
        json.WriteStartArray("topics"u8);
        foreach (var topic in log.Topics)
            json.WriteStringValue(topic.ToString());
        json.WriteEndArray();
        json.WriteString("data"u8, Hex.Write(log.Data));
        json.WriteString("blockNumber"u8, Quantity(mined.Block));
        json.WriteString("blockHash"u8, blockHash);
        json.WriteString("blockTimestamp"u8, Quantity(SimChain.TimeOf(mined.Block) / 1000));
        json.WriteString("transactionHash"u8, mined.Tx.Hash);
        json.WriteString("transactionIndex"u8, Quantity(mined.Index));
        json.WriteString("logIndex"u8, Quantity(mined.FirstLog + index));
        json.WriteBoolean("removed"u8, removed);
        json.WriteEndObject();
    }

    /// <summary>The fields of a block; the header alone for newHeads.</summary>
    public static void Block(Utf8JsonWriter json, SimChain chain, long number, bool headerOnly, bool wholeTransactions = false)
    {
        var mined = chain.Block(number);
        var hash = chain.HashOf(number).ToString();
        json.WriteStartObject();
        json.WriteString("number"u8, Quantity(number));
        json.WriteString("hash"u8, hash);
        json.WriteString("parentHash"u8, number == 0 ? Zero64 : chain.HashOf(number - 1).ToString());
        json.WriteString("nonce"u8, "0x0000000000000000"u8);
        json.WriteString("sha3Uncles"u8, NoUncles);
        json.WriteString("logsBloom"u8, Bloom(mined.SelectMany(tx => tx.Logs)));
        json.WriteString("transactionsRoot"u8, Keccak.Hash(hash + "transactions").ToString());
        json.WriteString("stateRoot"u8, Keccak.Hash(hash + "state").ToString());
        json.WriteString("receiptsRoot"u8, Keccak.Hash(hash + "receipts").ToString());
        json.WriteString("miner"u8, Address.Zero.ToLower());
        json.WriteString("difficulty"u8, "0x1"u8);
        json.WriteString("extraData"u8, "0x"u8);
        json.WriteString("gasLimit"u8, "0x3938700"u8);
        json.WriteString("gasUsed"u8, Quantity(mined.Count * 300_000L));
        json.WriteString("timestamp"u8, Quantity(SimChain.TimeOf(number) / 1000));
        json.WriteString("mixHash"u8, Zero64);
        json.WriteString("baseFeePerGas"u8, "0x5d21dba00"u8);
        if (!headerOnly)
        {
            json.WriteString("totalDifficulty"u8, Quantity(number));
            json.WriteString("size"u8, Quantity(700 + mined.Count * 500));
            json.WriteStartArray("uncles"u8);
            json.WriteEndArray();
            json.WriteStartArray("transactions"u8);
            foreach (var tx in mined)
            {
                if (wholeTransactions)
                    Transaction(json, tx, hash);
                else
                    json.WriteStringValue(tx.Tx.Hash);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    public static void Transaction(Utf8JsonWriter json, MinedTx mined, string blockHash)
    {
        json.WriteStartObject();
        Place(json, mined, blockHash);
        json.WriteString("hash"u8, mined.Tx.Hash);
        json.WriteString("type"u8, "0x2"u8);
        json.WriteString("nonce"u8, "0x0"u8);
        json.WriteString("value"u8, "0x0"u8);
        json.WriteString("gas"u8, "0x7a120"u8);
        json.WriteString("gasPrice"u8, "0x6fc23ac00"u8);
        json.WriteString("input"u8, "0x3c2b4399"u8);
        json.WriteString("chainId"u8, Quantity(Exchanges.Polygon));
        json.WriteEndObject();
    }

    public static void Receipt(Utf8JsonWriter json, MinedTx mined, string blockHash)
    {
        json.WriteStartObject();
        Place(json, mined, blockHash);
        json.WriteString("transactionHash"u8, mined.Tx.Hash);
        json.WriteString("type"u8, "0x2"u8);
        json.WriteString("status"u8, "0x1"u8);
        json.WriteString("cumulativeGasUsed"u8, Quantity((mined.Index + 1) * 300_000L));
        json.WriteString("gasUsed"u8, Quantity(300_000));
        json.WriteString("effectiveGasPrice"u8, "0x6fc23ac00"u8);
        json.WriteNull("contractAddress"u8);
        json.WriteString("logsBloom"u8, Bloom(mined.Logs));
        json.WriteStartArray("logs"u8);
        for (var i = 0; i < mined.Logs.Count; i++)
            Log(json, mined, i, blockHash, removed: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Place(Utf8JsonWriter json, MinedTx mined, string blockHash)
    {
        json.WriteString("blockHash"u8, blockHash);
        json.WriteString("blockNumber"u8, Quantity(mined.Block));
        json.WriteString("transactionIndex"u8, Quantity(mined.Index));
        // The operator that settles; the venue has many, one is enough here.
        json.WriteString("from"u8, "0x00000000000000000000000000000000c0ffee01"u8);
        json.WriteString("to"u8, mined.Tx.To.ToLower());
    }

    /// <summary>The yellow paper's 2048-bit filter over addresses and topics.</summary>
    private static string Bloom(IEnumerable<ChainLog> logs)
    {
        Span<byte> bloom = stackalloc byte[BloomSize];
        Span<byte> word = stackalloc byte[Bytes32.Size];
        bloom.Clear();
        foreach (var log in logs)
        {
            log.Address.CopyTo(word);
            Mark(bloom, word[..Address.Size]);
            foreach (var topic in log.Topics)
            {
                topic.CopyTo(word);
                Mark(bloom, word);
            }
        }
        return Hex.Write(bloom);
    }

    private static void Mark(Span<byte> bloom, ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[Bytes32.Size];
        Keccak.Hash(value, hash);
        for (var i = 0; i < 6; i += 2)
        {
            var bit = (hash[i] << 8 | hash[i + 1]) & 0x7FF;
            bloom[BloomSize - 1 - bit / 8] |= (byte)(1 << (bit % 8));
        }
    }
}
