using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;

namespace PolyCopy.Modules.Simulator.Journal;

/// <summary>
/// The append-only file behind everything the venue has answered: one line per command, "crc32 json\n", on disk before the answer leaves.
/// Commands that arrive while the disk is busy share the next fsync. The open file is the lock: a second process cannot open it.
/// </summary>
internal sealed partial class JournalFile : IDisposable
{
    private const int PrefixLength = 9; // eight hex digits of the checksum and a space

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly FileStream _file;
    private readonly ILogger _logger;
    private readonly Thread _writer;
    private ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private ArrayBufferWriter<byte> _spare = new(64 * 1024);
    private List<Action> _callbacks = [];
    private TaskCompletionSource _durable = NewSignal();
    private Exception? _broken;
    private bool _closing;

    private JournalFile(FileStream file, ILogger logger)
    {
        (_file, _logger) = (file, logger);
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "simulator journal" };
        _writer.Start();
    }

    /// <summary>Opens or creates the file, hands every complete line to <paramref name="replay"/> in order and drops a torn last one.</summary>
    /// <exception cref="IOException">Another process holds the journal.</exception>
    /// <exception cref="InvalidDataException">A line before the last one is damaged.</exception>
    public static JournalFile Open(string path, Action<ReadOnlySpan<byte>> replay, ILogger logger)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);
        try
        {
            var end = Replay(file, replay);
            if (end != file.Length)
            {
                Log.TornLine(logger, file.Length - end);
                file.SetLength(end);
                file.Flush(flushToDisk: true);
            }
            file.Position = end;
            return new JournalFile(file, logger);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Queues one line. The task ends when it is on disk; <paramref name="onDurable"/> runs just before that, in the order of the lines.</summary>
    public Task Append(ReadOnlySpan<byte> json, Action? onDurable)
    {
        lock (_gate)
        {
            // The clock may still be in the middle of something when the venue stops.
            if (_broken is not null || _closing)
                return Task.FromException(new IOException("The simulator's journal cannot be written.", _broken));
            var span = _lines.GetSpan(PrefixLength + json.Length + 1);
            WritePrefix(span, json);
            json.CopyTo(span[PrefixLength..]);
            span[PrefixLength + json.Length] = (byte)'\n';
            _lines.Advance(PrefixLength + json.Length + 1);
            if (onDurable is not null)
                _callbacks.Add(onDurable);
            _work.Set();
            return _durable.Task;
        }
    }

    /// <summary>Ends when everything queued before this call is on disk.</summary>
    public Task Flush()
    {
        lock (_gate)
        {
            if (_broken is not null || _closing)
                return Task.FromException(new IOException("The simulator's journal cannot be written.", _broken));
            _work.Set();
            return _durable.Task;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closing)
                return;
            _closing = true;
        }
        _work.Set();
        _writer.Join();
        _file.Dispose();
        _work.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void WritePrefix(Span<byte> target, ReadOnlySpan<byte> json)
    {
        Checksum(json).TryFormat(target, out _, "x8");
        target[PrefixLength - 1] = (byte)' ';
    }

    private static uint Checksum(ReadOnlySpan<byte> json)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(json);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var last in json[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, last);
        return ~crc;
    }

    private void WriteLoop()
    {
        while (true)
        {
            _work.WaitOne();
            ArrayBufferWriter<byte> lines;
            List<Action> callbacks;
            TaskCompletionSource durable;
            bool closing;
            lock (_gate)
            {
                (lines, _lines) = (_lines, _spare);
                (callbacks, _callbacks) = (_callbacks, []);
                (durable, _durable) = (_durable, NewSignal());
                closing = _closing;
            }
            try
            {
                if (lines.WrittenCount > 0)
                {
                    _file.Write(lines.WrittenSpan);
                    _file.Flush(flushToDisk: true);
                }
            }
            catch (Exception e)
            {
                Log.Broken(_logger, e);
                lock (_gate)
                    _broken = e;
                durable.SetException(e);
                return;
            }
            foreach (var callback in callbacks)
                Tell(callback);
            lines.ResetWrittenCount();
            _spare = lines;
            durable.SetResult();
            if (closing)
                return;
        }
    }

    /// <summary>A socket that cannot be told must not stop the journal.</summary>
    private void Tell(Action callback)
    {
        try
        {
            callback();
        }
        catch (Exception e)
        {
            Log.Untold(_logger, e);
        }
    }

    /// <returns>The offset behind the last complete line.</returns>
    private static long Replay(FileStream file, Action<ReadOnlySpan<byte>> replay)
    {
        var buffer = new byte[1 << 16];
        var (length, offset) = (0, 0L);
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = file.Read(buffer, length, buffer.Length - length);
            length += read;
            var start = 0;
            while (buffer.AsSpan(start, length - start).IndexOf((byte)'\n') is >= 0 and var at)
            {
                var line = buffer.AsSpan(start, at);
                if (!TryRead(line, out var json))
                {
                    if (offset + at + 1 == file.Length)
                        return offset;
                    throw new InvalidDataException($"The simulator's journal {file.Name} is damaged at byte {offset}; move it away to start a new venue.");
                }
                replay(json);
                start += at + 1;
                offset += at + 1;
            }
            buffer.AsSpan(start, length - start).CopyTo(buffer);
            length -= start;
            if (read == 0)
                return offset;
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> json)
    {
        json = line.Length > PrefixLength ? line[PrefixLength..] : default;
        if (json.IsEmpty)
            return false;
        Span<byte> expected = stackalloc byte[PrefixLength];
        WritePrefix(expected, json);
        return line[..PrefixLength].SequenceEqual(expected);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Simulator + 50, LogLevel.Warning, "Dropped {Bytes} bytes of an unfinished last line of the simulator's journal")]
        public static partial void TornLine(ILogger logger, long bytes);

        [LoggerMessage(EventIds.Simulator + 51, LogLevel.Critical, "The simulator's journal cannot be written; the venue answers nothing until it is restarted")]
        public static partial void Broken(ILogger logger, Exception e);

        [LoggerMessage(EventIds.Simulator + 52, LogLevel.Error, "A frame of the user channel could not be queued")]
        public static partial void Untold(ILogger logger, Exception e);
    }
}
