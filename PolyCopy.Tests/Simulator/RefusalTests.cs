using System.Text.Json;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>The venue's refusals, word for word; a refused order leaves nothing behind.</summary>
public class RefusalTests
{
    private static async Task RefusedAsync(Lab lab, Trader trader, Draft draft, string error, int status = 400)
    {
        var (answered, body) = await trader.PostAsync(draft);
        (answered, body.GetProperty("error").GetString()).Should().Be((status, error.Replace("{id}", trader.IdOf(draft), StringComparison.Ordinal)));
        (await trader.ListAsync("/data/orders")).Should().BeEmpty();
        (await trader.ListAsync("/data/trades")).Should().BeEmpty();
        foreach (var order in (await lab.GetAsync("control/stats")).GetProperty("orders").EnumerateArray())
            order.GetProperty("accepted").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task An_order_belongs_to_its_key_its_wallet_and_its_market()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var (ana, ben) = (await Trader.FundedAsync(lab, 1), await Trader.FundedAsync(lab, 2));
        var good = new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50);

        await RefusedAsync(lab, ana, good with { Owner = ben.ApiKey }, "the order owner has to be the owner of the API KEY");
        await RefusedAsync(lab, ana, good with { SignatureType = SignatureType.Eoa }, "maker address not allowed, please use the deposit wallet flow");
        await RefusedAsync(lab, ana, good with { Maker = ben.Wallet }, "the order signer address has to be the address of the API KEY");
        await RefusedAsync(lab, ana, good with { Signer = ana.Address }, "the order signer address has to be the address of the API KEY");
        await RefusedAsync(lab, ana, good with { Maker = WalletDerivation.Proxy(ana.Address) }, "the order signer address has to be the address of the API KEY");
        await RefusedAsync(lab, ana, good with { OtherExchange = true }, "invalid signature");
        await RefusedAsync(lab, ana, good with { DomainVersion = 3 }, "order_version_mismatch");
        await RefusedAsync(lab, ana, good with { Signature = bytes => [.. bytes[..64], (byte)(55 - bytes[64]), .. bytes[65..]] }, "invalid signature");
        await RefusedAsync(lab, ana, good with { SignatureType = SignatureType.Proxy, Signature = bytes => [.. bytes[..64], (byte)(55 - bytes[64])] }, "invalid POLY_PROXY signature");
    }

    [Fact]
    public async Task Old_wallets_of_the_same_owner_may_trade()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(negRisk: true);
        var ana = await Trader.FundedAsync(lab, 1);
        foreach (var (type, wallet) in new[]
        {
            (SignatureType.Proxy, WalletDerivation.Proxy(ana.Address)), (SignatureType.Safe, WalletDerivation.Safe(ana.Address)), (SignatureType.DepositWallet, WalletDerivation.DepositUups(ana.Address)),
        })
        {
            await lab.PostAsync($"control/wallets/{wallet}/fund", new { pusd = "100" });
            (await ana.PostAsync(new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50) { SignatureType = type, Maker = wallet })).Status.Should().Be(200, "type {0}", type);
        }
    }

    [Fact]
    public async Task A_deposit_wallet_must_exist()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = new Trader(lab, 1);
        await ana.LoginAsync();

        await RefusedAsync(lab, ana, new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50), "no deposit wallet found for owner");
    }

    [Fact]
    public async Task Price_size_and_precision_follow_the_markets_rules()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var buy = new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50);

        await RefusedAsync(lab, ana, buy with { MakerAmount = 20_250_000 }, "order {id} is invalid. Price (0.405) breaks minimum tick size rule: 0.01");
        await RefusedAsync(lab, ana, buy with { MakerAmount = 50_000_000 }, "order {id} is invalid. Price (1) breaks minimum tick size rule: 0.01");
        await RefusedAsync(lab, ana, buy with { Amount = 4.99m }, "order {id} is invalid. Size (4.99) lower than the minimum: 5");
        await RefusedAsync(lab, ana, buy with { TakerAmount = 50_001_000 }, "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, taker amount a max of 2 decimals");
        await RefusedAsync(lab, ana, buy with { MakerAmount = 20_000_010 }, "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, taker amount a max of 2 decimals");
        await RefusedAsync(lab, ana, buy with { Side = Side.Sell, MakerAmount = 50_001_000 }, "invalid amounts, the sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals");
        await RefusedAsync(lab, ana, buy with { Type = "FAK", Price = 0.45m, MakerAmount = 20_005_000 }, "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals");
        await RefusedAsync(lab, ana, buy with { Type = "FOK", Price = 0.45m, TakerAmount = 44_444_450 }, "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals");
        await RefusedAsync(lab, ana, buy with { Type = "FAK", Side = Side.Sell, TakerAmount = 20_000_010 }, "invalid amounts, the market sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals");
        await RefusedAsync(lab, ana, buy with { Type = "FAK", Price = 0.45m, Amount = 0.99m }, "invalid amount for a marketable BUY order ($0.99), min size: $1");
        await RefusedAsync(lab, ana, buy with { Type = "FAK", Price = 0.45m, MakerAmount = 44_550_000, TakerAmount = 99_999_900 }, "order {id} is invalid. Price (0.4455) breaks minimum tick size rule: 0.01");
    }

    [Fact]
    public async Task A_small_marketable_limit_is_too_cheap_and_a_small_dust_sale_is_not()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync(bid: "0.09", ask: "0.10");
        var ana = await Trader.FundedAsync(lab, 1);

        await RefusedAsync(lab, ana, new Draft(market, 0, Side.Buy, "GTC", 0.10m, 5), "invalid amount for a marketable BUY order ($0.5), min size: $1");
        await ana.PostAsync(new Draft(market, 0, Side.Buy, "FAK", 0.10m, 1));
        await lab.AdvanceAsync(15);
        (await ana.PostAsync(new Draft(market, 0, Side.Sell, "FAK", 0.09m, 2))).Status.Should().Be(200, "2 shares are below the resting minimum, but they do not rest");
    }

    [Fact]
    public async Task Kinds_and_expiries_fit_together()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var buy = new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50);
        var now = Lab.Start.ToUnixTimeSeconds();

        await RefusedAsync(lab, ana, buy with { Expiration = now + 600 }, "invalid expiration");
        await RefusedAsync(lab, ana, buy with { Type = "GTD" }, "invalid expiration");
        await RefusedAsync(lab, ana, buy with { Type = "GTD", Expiration = now + 59 }, "invalid expiration");
        await RefusedAsync(lab, ana, buy with { Type = "FAK", Price = 0.45m, PostOnly = true }, "Invalid order payload");
        await RefusedAsync(lab, ana, buy with { Type = "IOC" }, "Invalid order payload");
        await RefusedAsync(lab, ana, buy with { Price = 0.45m, PostOnly = true }, "invalid post-only order: order crosses book");
        (await ana.PostAsync(buy with { PostOnly = true })).Status.Should().Be(200);
    }

    [Fact]
    public async Task Orders_that_must_fill_at_once_die_when_they_cannot_and_are_known_as_duplicates()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var fak = new Draft(market, 0, Side.Buy, "FAK", 0.44m, 45) { Salt = 1 };
        var fok = new Draft(market, 0, Side.Buy, "FOK", 0.45m, 451) { Salt = 2 };

        await RefusedAsync(lab, ana, fak, "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.");
        await RefusedAsync(lab, ana, fok, "order couldn't be fully filled. FOK orders are fully filled or killed.");
        await RefusedAsync(lab, ana, fak, "order {id} is invalid. Duplicated.");
        await RefusedAsync(lab, ana, fok, "order {id} is invalid. Duplicated.");
    }

    [Fact]
    public async Task The_same_bytes_twice_are_accepted_once()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var draft = new Draft(market, 0, Side.Buy, "FAK", 0.45m, 45);
        var body = ana.Body(draft);

        (await ana.AskAsync(HttpMethod.Post, "/order", body)).Status.Should().Be(200);
        (await ana.AskAsync(HttpMethod.Post, "/order", body)).Body.GetProperty("error").GetString().Should().Be($"order {ana.IdOf(draft)} is invalid. Duplicated.");
        (await ana.ListAsync("/data/trades")).Should().ContainSingle();
        var counted = (await lab.GetAsync("control/stats")).GetProperty("orders").EnumerateArray().Single();
        counted.GetRawText().Should().Be($$"""{"hash":"{{ana.IdOf(draft)}}","received":2,"accepted":1,"user":"{{ana.Wallet}}"}""");
    }

    [Fact]
    public async Task Unknown_and_proposed_markets_have_no_orderbook()
    {
        await using var lab = await Lab.DrivenAsync();
        var market = await lab.MarketAsync();
        var ana = await Trader.FundedAsync(lab, 1);
        var draft = new Draft(market, 0, Side.Buy, "GTC", 0.40m, 50);
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(ana.Body(draft))!;
        var order = JsonSerializer.Deserialize<Dictionary<string, object>>(body["order"])!;
        order["tokenId"] = "12345";

        var (status, refused) = await ana.AskAsync(HttpMethod.Post, "/order", new { order, owner = ana.ApiKey, orderType = "GTC" });
        (status, refused.GetProperty("error").GetString()).Should().Be((400, "the orderbook 12345 does not exist"));
        await lab.PostAsync($"control/markets/{market.Market.ConditionId}/resolve", new { proposed = true });
        await RefusedAsync(lab, ana, draft, $"the orderbook {draft.Token} does not exist");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"order\":{},\"owner\":\"x\",\"orderType\":\"GTC\"}")]
    [InlineData("not json")]
    public async Task A_body_that_is_no_order_is_an_invalid_payload(string body)
    {
        await using var lab = await Lab.DrivenAsync();
        var ana = await Trader.FundedAsync(lab, 1);

        foreach (var path in (string[])["/order", "/orders"])
        {
            var (status, refused) = await ana.AskAsync(HttpMethod.Post, path, System.Text.Encoding.UTF8.GetBytes(body));
            (status, refused.GetProperty("error").GetString()).Should().Be((400, "Invalid order payload"));
        }
    }
}
