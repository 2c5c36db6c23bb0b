using System.Collections.Concurrent;
using PolyCopy.Modules.Accounts;
using PolyCopy.Modules.Bot.Outbound;
using PolyCopy.Modules.Bot.Wire;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Trading;

namespace PolyCopy.Modules.Bot.Chats;

/// <summary>Who may talk to the bot, how fast, and in which settings; kept for a while so that a press costs no query.</summary>
internal sealed class People(IAccounts accounts, IOnboarding onboarding, TimeProvider clock)
{
    private const double PressesPerSecond = 3;
    private const double PressBurst = 20;
    private static readonly TimeSpan AdmittedFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SettingsFor = TimeSpan.FromMinutes(1);
    private static readonly UserSettings Fallback = new(0.05m, [5m, 10m, 25m, 50m, 100m], null, null, Text.Words.Default, "UTC", new Dictionary<string, string>());

    private readonly ConcurrentDictionary<long, Person> _people = new();
    private readonly ConcurrentDictionary<long, string> _languages = new();

    /// <summary>Admitted a moment ago: known without asking.</summary>
    public bool IsAdmitted(long userId) => _people.TryGetValue(userId, out var person) && person.AdmittedAt != 0 && clock.GetElapsedTime(person.AdmittedAt) < AdmittedFor;

    /// <summary>Registers the user if he is new. Refusals: user.closed (not answered), venue.unreachable (the account stands, its money follows).</summary>
    public async Task<Error?> AdmitAsync(Incoming update, CancellationToken ct)
    {
        if (IsAdmitted(update.UserId))
            return null;
        var welcome = await onboarding.WelcomeAsync(update.UserId, update.Username, ct);
        if (welcome.IsOk)
            Get(update.UserId).AdmittedAt = clock.GetTimestamp();
        return welcome.Error;
    }

    /// <summary>False when the user is faster than any human.</summary>
    public bool TryTake(long userId)
    {
        var person = Get(userId);
        lock (person)
            return person.Pace.TryTake(clock.GetTimestamp());
    }

    public async Task<UserSettings> SettingsAsync(long userId, CancellationToken ct)
    {
        var person = Get(userId);
        if (person.Settings is { } known && clock.GetElapsedTime(person.SettingsAt) < SettingsFor)
            return known;
        var read = await accounts.SettingsAsync(userId, ct) ?? Fallback;
        Keep(userId, read);
        return read;
    }

    /// <summary>In which language somebody was served since the bot started; null: he was not. Asks nobody, for when nobody can be asked.</summary>
    public string? LanguageOf(long userId) => _languages.GetValueOrDefault(userId);

    /// <summary>Changes settings and keeps the answer.</summary>
    public async Task<Result<UserSettings>> ChangeAsync(long userId, UserSettingsChange change, CancellationToken ct)
    {
        var result = await accounts.ChangeSettingsAsync(userId, change, ct);
        if (result.IsOk)
            Keep(userId, result.Value);
        return result;
    }

    /// <summary>Forgets who has not been here for a while.</summary>
    public void Sweep()
    {
        var now = clock.GetTimestamp();
        foreach (var (id, person) in _people)
            if (clock.GetElapsedTime(Math.Max(person.AdmittedAt, person.SettingsAt), now) > AdmittedFor)
                _people.TryRemove(id, out _);
    }

    private void Keep(long userId, UserSettings settings)
    {
        var person = Get(userId);
        (person.Settings, person.SettingsAt) = (settings, clock.GetTimestamp());
        _languages[userId] = settings.Language;
    }

    private Person Get(long userId) => _people.GetOrAdd(userId, _ => new Person(new Bucket(PressesPerSecond, PressBurst, clock.GetTimestamp(), clock.TimestampFrequency)));

    private sealed class Person(Bucket pace)
    {
        // a field: the bucket is a mutable struct
        public Bucket Pace = pace;

        public long AdmittedAt { get; set; }
        public UserSettings? Settings { get; set; }
        public long SettingsAt { get; set; }
    }
}
