using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Wallets;

namespace PolyCopy.Tests.Wallets;

public class MasterKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("polycopy-key-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_demo_makes_its_key_once_readable_by_its_user_only()
    {
        var file = Path.Combine(_folder, "master.key");
        var first = MasterKeys.From(new WalletsOptions(), file).CurrentId;

        MasterKeys.From(new WalletsOptions(), file).CurrentId.Should().Be(first);
        Directory.GetFiles(_folder).Should().ContainSingle();
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void A_configured_key_wins_over_the_file()
    {
        var key = Convert.ToBase64String(WalletLab.Master);
        MasterKeys.From(new WalletsOptions { MasterKey = $" {key}\n" }, Path.Combine(_folder, "none")).CurrentId.Should().Be(new MasterKeys(WalletLab.Master, []).CurrentId);
        Directory.GetFiles(_folder).Should().BeEmpty();
    }

    [Theory]
    [InlineData("Demo", true)]
    [InlineData("", true)]
    [InlineData("Paper", false)]
    [InlineData("Live", false)]
    [InlineData("7", false)]
    [InlineData("Dem0", false)]
    public void Outside_demo_a_missing_key_stops_the_host_with_a_sentence(string profile, bool starts)
    {
        var add = () => Builder(("Profile", profile)).AddWallets();
        if (starts)
            add.Should().NotThrow();
        else
            add.Should().Throw<SettingException>();
    }

    [Theory]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64 at all!")]
    public void A_key_that_is_none_is_refused_without_being_shown(string key)
    {
        var add = () => Builder(("Profile", "Live"), ("Wallets:MasterKey", key)).AddWallets();
        add.Should().Throw<SettingException>().Where(e => !e.ToString().Contains(key) && e.Message.Contains("Wallets:MasterKey"));
    }

    private static HostApplicationBuilder Builder(params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        return builder;
    }
}
