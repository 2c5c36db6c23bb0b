using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Host;

/// <summary>What a profile demands of the other settings.</summary>
internal static class ProfileRules
{
    /// <exception cref="SettingException">The settings do not fit the profile.</exception>
    public static Profile Apply(ConfigurationManager settings)
    {
        var profile = Profiles.Of(settings);
        if (profile == Profile.Paper)
            throw new SettingException("Profile=Paper is not built yet: the simulator cannot mirror live books. Demo runs on synthetic markets.");
        var provider = settings.GetValue("Storage:Provider", StorageProvider.Sqlite);
        if (profile == Profile.Live && provider != StorageProvider.PostgreSql)
            throw new SettingException("Profile=Live needs Storage:Provider=PostgreSql: SQLite is Demo's store.");
        if (profile != Profile.Demo && settings["Storage:MigrateAtStart"] is null)
            settings["Storage:MigrateAtStart"] = "false"; // the verb migrate does it, as the owner role
        return profile;
    }
}
