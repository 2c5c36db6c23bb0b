using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Journal;

namespace PolyCopy.Tests.Simulator;

public sealed class JournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("journal-").FullName;

    private string File => Path.Combine(_directory, "simulator.journal");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static List<string> Replay(string file)
    {
        var lines = new List<string>();
        using var journal = JournalFile.Open(file, line => lines.Add(Encoding.UTF8.GetString(line)), NullLogger.Instance);
        return lines;
    }

    private async Task WriteAsync(params string[] lines)
    {
        using var journal = JournalFile.Open(File, _ => { }, NullLogger.Instance);
        foreach (var line in lines)
            await journal.Append(Encoding.UTF8.GetBytes(line), null);
    }

    [Fact]
    public async Task Lines_come_back_in_order()
    {
        string[] lines = [.. Enumerable.Range(0, 500).Select(i => $"[{new string('x', i * 37 % 4000)}{i}]")];
        await WriteAsync(lines[..300]);
        await WriteAsync(lines[300..]);

        Replay(File).Should().Equal(lines);
    }

    [Fact]
    public async Task A_line_is_on_disk_when_its_task_ends_and_told_after_its_forerunners()
    {
        using var journal = JournalFile.Open(File, _ => { }, NullLogger.Instance);
        var told = new List<int>();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => journal.Append(Encoding.UTF8.GetBytes($"[{i}]"), () => told.Add(i))));

        told.Should().Equal(Enumerable.Range(0, 100));
        new FileInfo(File).Length.Should().Be(10 * (9 + 3 + 1) + 90 * (9 + 4 + 1), "prefix, line and newline of each");
    }

    [Fact]
    public async Task A_torn_last_line_is_dropped_whatever_byte_it_ends_at()
    {
        await WriteAsync("[1]", "[2]", "[3]");
        var whole = await System.IO.File.ReadAllBytesAsync(File);
        var lastLine = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        for (var length = lastLine; length < whole.Length; length++)
        {
            await System.IO.File.WriteAllBytesAsync(File, whole[..length]);

            Replay(File).Should().Equal("[1]", "[2]");
            new FileInfo(File).Length.Should().Be(lastLine, "what was torn is gone, so that the next line starts clean");
        }
    }

    [Fact]
    public async Task A_damaged_line_before_the_last_stops_the_venue()
    {
        await WriteAsync("[1]", "[2]", "[3]");
        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        bytes[Array.IndexOf(bytes, (byte)'2')] = (byte)'9';
        await System.IO.File.WriteAllBytesAsync(File, bytes);

        FluentActions.Invoking(() => Replay(File)).Should().Throw<InvalidDataException>().WithMessage("*damaged at byte*");
    }

    [Fact]
    public void Two_processes_never_share_a_journal()
    {
        var options = new SimulatorOptions { Path = File };
        using var books = Books.Open(options, new FakeTimeProvider(Lab.Start), NullLogger.Instance);

        FluentActions.Invoking(() => Books.Open(options, new FakeTimeProvider(Lab.Start), NullLogger.Instance))
            .Should().Throw<SettingException>().WithMessage("*in use by another process*");
    }

    [Fact]
    public void A_journal_keeps_its_id_and_its_seed()
    {
        string Id(SimulatorOptions options)
        {
            using var books = Books.Open(options, new FakeTimeProvider(Lab.Start), NullLogger.Instance);
            return books.Ledger.JournalId;
        }

        var id = Id(new SimulatorOptions { Path = File });
        Id(new SimulatorOptions { Path = File }).Should().Be(id);
        Id(new SimulatorOptions { Path = File + ".other" }).Should().NotBe(id);
        FluentActions.Invoking(() => Id(new SimulatorOptions { Path = File, Seed = 5 })).Should().Throw<SettingException>().WithMessage("*made with seed*");
    }

    [Fact]
    public async Task Money_is_there_after_a_restart()
    {
        await using var lab = await Lab.DrivenAsync();
        var wallet = "0x00000000000000000000000000000000000000aa";
        (await lab.PostAsync($"control/wallets/{wallet}/fund", new { pusd = "1000.5" })).Body.GetProperty("pusd").GetString().Should().Be("1000.5");

        await lab.RestartAsync();

        (await lab.PostAsync($"control/wallets/{wallet}/fund", new { pusd = "0" })).Body.GetProperty("pusd").GetString().Should().Be("1000.5");
        (await lab.PostAsync($"control/wallets/{wallet}/fund", new { pusd = "7", once = true })).Body.GetProperty("pusd").GetString().Should().Be("1000.5", "a welcome that a crash cut off is repeated");
    }
}
