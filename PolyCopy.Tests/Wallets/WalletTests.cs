using Microsoft.EntityFrameworkCore;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Venue;
using PolyCopy.Modules.Wallets;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Wallets;

public class WalletTests
{
    public static TheoryData<Db> Both => TestDatabase.Both;

    [Theory, MemberData(nameof(Both))]
    public async Task A_wallet_is_made_once_even_when_asked_for_at_once(Db provider)
    {
        await using var lab = await WalletLab.CreateAsync(provider);
        var vault = lab.Vault();

        var wallets = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => vault.EnsureAsync(7, default)));

        wallets.Distinct().Should().ContainSingle();
        (await vault.ListAsync(default)).Should().ContainSingle();
        wallets[0].Should().Match<Wallet>(w => w.UserId == 7 && w.Venue == "demo" && w.Kind == "deposit" && w.SignatureType == 3);
        wallets[0].Funder.Should().Be(WalletDerivation.Deposit(Address.Parse(wallets[0].Owner)).ToString());
        lab.Auth.Calls.Should().BeEmpty("a wallet is made without the venue");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task After_a_restart_the_same_wallet_signs_without_the_venue(Db provider)
    {
        await using var lab = await WalletLab.CreateAsync(provider);
        var wallet = await lab.Vault().EnsureAsync(7, default);
        var before = (await lab.Vault().TradingAccountAsync(wallet.Id, default)).Value;
        lab.Auth.Trouble = new VenueException(VenueFailure.Unreachable, "gone");

        var restarted = lab.Vault();
        (await restarted.OfUserAsync(7, default)).Should().Be(wallet);
        var after = (await restarted.TradingAccountAsync(wallet.Id, default)).Value;

        after.SocketCredentials().Should().Be(before.SocketCredentials());
        after.Sign(AnOrder).Should().Be(before.Sign(AnOrder), "the same key signs the same bytes");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task An_account_signs_as_its_deposit_wallet(Db provider)
    {
        await using var lab = await WalletLab.CreateAsync(provider);
        var vault = lab.Vault();
        var wallet = await vault.EnsureAsync(7, default);
        var account = (await vault.TradingAccountAsync(wallet.Id, default)).Value;

        var (hash, signature) = account.Sign(AnOrder);

        var funder = Address.Parse(wallet.Funder);
        var order = new Order(AnOrder.Salt, funder, funder, (UInt256)AnOrder.Token, AnOrder.MakerAmount, AnOrder.TakerAmount, AnOrder.Side, SignatureType.DepositWallet, AnOrder.TimestampMs);
        var exchange = Exchanges.For(137, 2, negRisk: true);
        hash.Should().Be(OrderSigner.OrderHash(order, exchange).ToString());
        OrderSigner.RecoverSigner(order, exchange, Hex.Read(signature)).Value.ToString().Should().Be(wallet.Owner);

        var headers = account.SignRequest("POST", "/order", "{}"u8, lab.Auth.UtcNow).ToDictionary();
        var (key, secret, passphrase) = account.SocketCredentials();
        headers.Should().Contain("POLY_ADDRESS", wallet.Owner).And.Contain("POLY_API_KEY", key).And.Contain("POLY_PASSPHRASE", passphrase);
        L2Auth.Verify(headers["POLY_SIGNATURE"], secret, headers["POLY_TIMESTAMP"], "POST", "/order", "{}"u8).Should().BeTrue();
    }

    [Fact]
    public async Task The_api_key_is_derived_first_and_created_only_when_there_is_none()
    {
        await using var lab = await WalletLab.CreateAsync(Db.Sqlite);
        var wallet = await lab.Vault().EnsureAsync(7, default);

        (await lab.Vault().TradingAccountAsync(wallet.Id, default)).IsOk.Should().BeTrue();
        lab.Auth.Calls.Should().Equal("derive", "create", "derive");
        var headers = lab.Auth.LastHeaders.ToDictionary();
        L1Auth.Verify(Address.Parse(wallet.Owner), 137, headers["POLY_TIMESTAMP"], 0, headers["POLY_SIGNATURE"]).Should().BeTrue();
        headers["POLY_TIMESTAMP"].Should().Be("1790000000", "the venue's clock counts");
    }

    [Fact]
    public async Task Callers_at_the_same_time_log_in_once()
    {
        await using var lab = await WalletLab.CreateAsync(Db.Sqlite);
        var vault = lab.Vault();
        var wallet = await vault.EnsureAsync(7, default);

        var accounts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => vault.TradingAccountAsync(wallet.Id, default)));

        lab.Auth.Calls.Should().Equal("derive", "create", "derive");
        accounts.Should().OnlyContain(a => a.IsOk);
    }

    [Fact]
    public async Task A_venue_that_is_down_is_asked_again()
    {
        await using var lab = await WalletLab.CreateAsync(Db.Sqlite);
        var vault = lab.Vault();
        var wallet = await vault.EnsureAsync(7, default);

        lab.Auth.Trouble = new VenueException(VenueFailure.Unreachable, "no answer");
        (await vault.TradingAccountAsync(wallet.Id, default)).Error!.Code.Should().Be("wallet.venue");
        lab.Auth.Trouble = null;
        (await vault.TradingAccountAsync(wallet.Id, default)).IsOk.Should().BeTrue();
    }

    [Fact]
    public async Task A_venue_that_gives_no_key_is_a_refusal()
    {
        await using var lab = await WalletLab.CreateAsync(Db.Sqlite);
        lab.Auth.RefusesToCreate = true;
        var wallet = await lab.Vault().EnsureAsync(7, default);
        (await lab.Vault().TradingAccountAsync(wallet.Id, default)).Error!.Code.Should().Be("wallet.no_api_key");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Many_accounts_come_in_the_order_asked_each_with_its_own_answer(Db provider)
    {
        await using var lab = await WalletLab.CreateAsync(provider);
        var first = lab.Vault();
        var ids = new List<Guid>();
        for (var user = 1; user <= 5; user++)
            ids.Add((await first.EnsureAsync(user, default)).Id);
        foreach (var id in ids.Take(3))
            await first.TradingAccountAsync(id, default);
        lab.Auth.Trouble = new VenueException(VenueFailure.Unreachable, "gone");
        var unknown = Guid.Parse("01930000-0000-7000-8000-000000000000");

        var answers = await lab.Vault().TradingAccountsAsync([ids[2], unknown, ids[0], ids[4], ids[1], ids[2]], default);

        answers.Select(a => a.IsOk ? a.Value.WalletId.ToString() : a.Error.Code)
            .Should().Equal($"{ids[2]}", "wallet.unknown", $"{ids[0]}", "wallet.venue", $"{ids[1]}", $"{ids[2]}");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_host_of_another_profile_sees_none_of_them(Db provider)
    {
        await using var lab = await WalletLab.CreateAsync(provider);
        var paper = await lab.Vault(venue: "paper").EnsureAsync(7, default);
        var live = lab.Vault(venue: "live");

        (await live.OfUserAsync(7, default)).Should().BeNull();
        (await live.ListAsync(default)).Should().BeEmpty();
        (await live.TradingAccountAsync(paper.Id, default)).Error!.Code.Should().Be("wallet.unknown");
        (await live.EnsureAsync(7, default)).Id.Should().NotBe(paper.Id);
    }

    [Fact]
    public async Task A_wrong_master_key_is_named_and_a_previous_one_still_opens()
    {
        await using var lab = await WalletLab.CreateAsync(Db.Sqlite);
        var wallet = await lab.Vault().EnsureAsync(7, default);
        var other = Enumerable.Repeat((byte)9, 32).ToArray();

        var refused = (await lab.Vault(other).TradingAccountAsync(wallet.Id, default)).Error!;
        refused.Code.Should().Be("wallet.master_key");
        refused.Message.Should().Contain(new MasterKeys(WalletLab.Master, []).CurrentId);
        lab.Auth.Calls.Should().BeEmpty();

        (await lab.Vault(other, "demo", WalletLab.Master).TradingAccountAsync(wallet.Id, default)).IsOk.Should().BeTrue();
    }

    public static TheoryData<string> Tampering => ["owner key bit", "data key bit", "nonce bit", "cut", "other wallet's key", "other wallet's row", "api secret bit", "secret for passphrase", "owner", "funder"];

    [Theory, MemberData(nameof(Tampering))]
    public async Task What_was_changed_in_the_database_is_refused(string how)
    {
        await using var lab = await WalletLab.CreateAsync(Db.Sqlite);
        var vault = lab.Vault();
        var mine = await vault.EnsureAsync(1, default);
        var theirs = await vault.EnsureAsync(2, default);
        await vault.TradingAccountsAsync([mine.Id, theirs.Id], default);

        await lab.Database.Workers.WriteAsync(async (db, ct) =>
        {
            var row = await db.Set<WalletRow>().SingleAsync(w => w.Id == mine.Id, ct);
            var other = await db.Set<WalletRow>().SingleAsync(w => w.Id == theirs.Id, ct);
            switch (how)
            {
                case "owner key bit": row.OwnerKey = Flip(row.OwnerKey, 20); break;
                case "data key bit": row.DataKey = Flip(row.DataKey, 20); break;
                case "nonce bit": row.OwnerKey = Flip(row.OwnerKey, 0); break;
                case "cut": row.OwnerKey = row.OwnerKey[..^1]; break;
                case "other wallet's key": row.OwnerKey = other.OwnerKey; break;
                case "other wallet's row": (row.OwnerKey, row.DataKey) = (other.OwnerKey, other.DataKey); break;
                case "api secret bit": row.ApiSecret = Flip(row.ApiSecret!, 15); break;
                case "secret for passphrase": row.ApiPassphrase = row.ApiSecret; break;
                case "owner": (row.Owner, row.Funder) = (other.Owner, other.Funder); break;
                case "funder": row.Funder = other.Funder; break;
            }

            return await db.SaveChangesAsync(ct);
        }, default);

        (await lab.Vault().TradingAccountAsync(mine.Id, default)).Error!.Code.Should().Be("wallet.damaged");
        (await lab.Vault().TradingAccountAsync(theirs.Id, default)).IsOk.Should().BeTrue();
    }

    [Fact]
    public async Task No_secret_is_stored_or_logged_in_clear()
    {
        await using var lab = await WalletLab.CreateAsync(Db.Sqlite);
        var vault = lab.Vault();
        var wallet = await vault.EnsureAsync(7, default);
        var account = (await vault.TradingAccountAsync(wallet.Id, default)).Value;
        await lab.Vault(new byte[32]).TradingAccountAsync(wallet.Id, default);

        var row = await lab.Database.Workers.ReadAsync((db, ct) => db.Set<WalletRow>().AsNoTracking().SingleAsync(ct), default);
        var secret = new byte[32];
        WalletSeal.Find(new MasterKeys(WalletLab.Master, []), row.MasterKeyId, row.DataKey, row.Id, Address.Parse(row.Owner))!.OpenOwnerKey(row.OwnerKey, secret);
        Secp256k1.AddressOf(secret).ToString().Should().Be(wallet.Owner);
        var stored = Convert.ToHexStringLower([.. row.OwnerKey, .. row.DataKey, .. row.ApiSecret!, .. row.ApiPassphrase!]);
        var (_, apiSecret, passphrase) = account.SocketCredentials();
        foreach (var clear in new[] { secret, System.Text.Encoding.UTF8.GetBytes(apiSecret), System.Text.Encoding.UTF8.GetBytes(passphrase) })
            stored.Should().NotContain(Convert.ToHexStringLower(clear));

        var said = string.Join('\n', lab.Logs.GetSnapshot().Select(r => r.Message + r.Exception)) + account;
        said.Should().Contain(wallet.Funder, "the log is not empty");
        foreach (var clear in new[] { Convert.ToHexStringLower(secret), Convert.ToBase64String(secret), apiSecret, passphrase })
            said.Should().NotContain(clear);
    }

    private static UnsignedOrder AnOrder => new(Order.MaxSalt, TokenId.Parse("109063750016036252380828443861995839706801689771988336994548397939587707670981"),
        Side.Buy, 5_000_000, 10_000_000, 1_790_000_000_123, NegRisk: true, "v1");

    private static byte[] Flip(byte[] bytes, int index)
    {
        var flipped = bytes.ToArray();
        flipped[index] ^= 1;
        return flipped;
    }
}
