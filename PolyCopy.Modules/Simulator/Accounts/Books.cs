using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Journal;

namespace PolyCopy.Modules.Simulator.Accounts;

/// <summary>The ledger and the journal under it. A command applies its changes one by one and commits them as one line: all of it survives, or none.</summary>
internal sealed class Books : IDisposable
{
    private readonly JournalFile _journal;

    private Books(Ledger ledger, JournalFile journal) => (Ledger, _journal) = (ledger, journal);

    /// <summary>Read and changed under the world's gate.</summary>
    public Ledger Ledger { get; }

    /// <summary>Opens the journal, replays it, or begins a new one.</summary>
    /// <exception cref="SettingException">The journal is in use, damaged, or belongs to another seed.</exception>
    public static Books Open(SimulatorOptions options, TimeProvider wall, ILogger logger)
    {
        var ledger = new Ledger();
        var journal = OpenFile(options, ledger, logger);
        var books = new Books(ledger, journal);
        if (ledger.JournalId.Length > 0 && ledger.Seed != options.Seed)
        {
            books.Dispose();
            throw new SettingException($"The simulator's journal {options.JournalFile} was made with seed {ledger.Seed}; set Simulator:Seed to that or move the journal away.");
        }
        using var entry = books.Begin();
        var now = wall.GetUtcNow().ToUnixTimeMilliseconds();
        // The journal's id is the one id that differs between two runs of the same seed: it says whether this is still the same venue.
        entry.Apply(ledger.JournalId.Length == 0 ? new VenueOpened(Ids.New(wall).ToString(), options.Seed, now) : new VenueRestarted(now));
        entry.Commit().GetAwaiter().GetResult();
        return books;
    }

    /// <summary>Starts a command; hold the world's gate from here to <see cref="Entry.Commit"/>.</summary>
    public Entry Begin() => new(this);

    /// <summary>Ends when everything committed so far is on disk.</summary>
    public Task Flush() => _journal.Flush();

    public void Dispose() => _journal.Dispose();

    private static JournalFile OpenFile(SimulatorOptions options, Ledger ledger, ILogger logger)
    {
        try
        {
            return JournalFile.Open(options.JournalFile, line =>
            {
                foreach (var change in JsonSerializer.Deserialize<List<Change>>(line, ChangeJson.Options)!)
                    ledger.Apply(change);
            }, logger);
        }
        catch (InvalidDataException e)
        {
            throw new SettingException(e.Message);
        }
        catch (IOException e) when (File.Exists(options.JournalFile))
        {
            throw new SettingException($"The simulator's journal {options.JournalFile} is in use by another process ({e.Message}).");
        }
    }

    /// <summary>One command: its changes, and what is told to sockets once they are on disk.</summary>
    internal sealed class Entry(Books books) : IDisposable
    {
        private readonly List<Change> _changes = [];
        private Action? _afterwards;
        private bool _committed;

        public Ledger Ledger => books.Ledger;

        public void Apply(Change change)
        {
            books.Ledger.Apply(change);
            _changes.Add(change);
        }

        /// <summary>Runs when the command is on disk, after those of earlier commands. It must not wait.</summary>
        public void Afterwards(Action action) => _afterwards += action;

        /// <summary>Ends when the command is on disk: only then may anybody be answered.</summary>
        public Task Commit()
        {
            _committed = true;
            if (_changes.Count > 0)
                return books._journal.Append(JsonSerializer.SerializeToUtf8Bytes(_changes, ChangeJson.Options), _afterwards);
            // Nothing new, but what the answer is made of may not be on disk yet.
            if (_afterwards is null)
                return books._journal.Flush();
            throw new InvalidOperationException("A command that changes nothing has nothing to tell.");
        }

        /// <summary>A command that threw midway has changed the ledger: what was applied is written all the same, so that memory and disk agree.</summary>
        public void Dispose()
        {
            if (!_committed)
                _ = Commit();
        }
    }
}
