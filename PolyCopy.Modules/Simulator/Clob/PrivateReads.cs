using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Signing;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.Faults;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Modules.Simulator.Clob;

/// <summary>What an account may read about itself (facts 2.8).</summary>
internal sealed class PrivateReads(SimWorld world, Books books, BalanceView balances, FaultBoard faults)
{
    private const int PageSize = 100;
    private const string LastPage = "LTE="; // base64 of -1
    private const string Unlimited = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    /// <summary>One order while it is active; null afterwards.</summary>
    public byte[] Order(ApiKey key, string id)
    {
        lock (world.Gate)
        {
            return books.Ledger.FindOrder(id) is { IsOpen: true } order && order.Terms.Account == key.Account
                ? Wire.Json(json => Wire.OpenOrder(json, order, LongSpelling))
                : "null"u8.ToArray();
        }
    }

    /// <summary>Resting orders, newest first. Orders in flight are not among them. Null: a bad cursor.</summary>
    public byte[]? Orders(ApiKey key, IQueryCollection query)
    {
        lock (world.Gate)
        {
            var orders = books.Ledger.Accounts[key.Account].OpenOrders.Values
                .Where(order => order.State == OrderState.LIVE && Is(query, "id", order.Id) && Is(query, "market", order.Terms.Condition) && Is(query, "asset_id", order.Terms.Token.Digits))
                .OrderByDescending(order => order.Sequence).ToList();
            return Page(query, orders, (json, order) => Wire.OpenOrder(json, order, LongSpelling));
        }
    }

    /// <summary>Trades of the account as taker or maker, newest first. Null: a bad cursor or time.</summary>
    public byte[]? Trades(ApiKey key, IQueryCollection query)
    {
        if (!Seconds(query, "before", out var before) || !Seconds(query, "after", out var after))
            return null;
        lock (world.Gate)
        {
            var trades = books.Ledger.Accounts[key.Account].Trades
                .Where(trade => Is(query, "id", trade.Id) && Is(query, "market", trade.Match.Condition)
                    && Any(query, "asset_id", trade, key.Account, leg => leg.Token.Digits) && Any(query, "maker_address", trade, key.Account, leg => leg.Wallet.ToLower())
                    && (before is null || trade.Match.At / 1000 < before) && (after is null || trade.Match.At / 1000 > after))
                .OrderByDescending(trade => trade.Sequence).ToList();
            return Page(query, trades, (json, trade) => Wire.Trade(json, trade, key.Account, LongSpelling));
        }
    }

    /// <summary>Balance and allowances of pUSD or of a token, in micro-units. Null: a bad asset or type.</summary>
    public byte[]? Balance(ApiKey key, IQueryCollection query)
    {
        if (Asset(key, query) is not { } asset)
            return null;
        lock (world.Gate)
        {
            var approved = books.Ledger.FindWallet(asset.Wallet) is not null;
            return Wire.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("balance"u8, Wire.Text(balances.Of(asset.Wallet, asset.Token).Balance));
                json.WriteStartObject("allowances"u8);
                foreach (var exchange in Exchanges.All.Where(exchange => exchange.ChainId == Exchanges.Polygon && exchange.Version > 1))
                    json.WriteString(exchange.Address.ToString(), approved ? Unlimited : "0");
                json.WriteEndObject();
                json.WriteEndObject();
            });
        }
    }

    /// <summary>Makes the venue read the chain again. False: a bad asset or type.</summary>
    public bool UpdateBalance(ApiKey key, IQueryCollection query)
    {
        if (Asset(key, query) is not { } asset)
            return false;
        lock (world.Gate)
            balances.Refresh(asset.Wallet, asset.Token);
        return true;
    }

    /// <summary>An empty page, for the lists the simulator keeps none of.</summary>
    public static byte[] EmptyPage() => Page(0, 0, null, _ => { });

    private bool LongSpelling => faults.Hit("F37", FaultCatalogue.Clob) is not null;

    private (Address Wallet, TokenId Token)? Asset(ApiKey key, IQueryCollection query)
    {
        var typeText = query["signature_type"].ToString();
        if (!int.TryParse(typeText.Length == 0 ? "0" : typeText, NumberStyles.None, CultureInfo.InvariantCulture, out var type) || type > 3)
            return null;
        var token = default(TokenId);
        var isCash = query["asset_type"].ToString().Equals("COLLATERAL", StringComparison.OrdinalIgnoreCase);
        if (!isCash && !(query["asset_type"].ToString().StartsWith("CONDITIONAL", StringComparison.OrdinalIgnoreCase) && TokenId.TryParse(query["token_id"].ToString(), out token)))
            return null;
        lock (world.Gate)
        {
            // Deposit wallets come in two makes; an account uses the one that exists.
            var wallets = books.Ledger.Accounts[key.Account].WalletsOf((SignatureType)type);
            return (wallets.FirstOrDefault(wallet => books.Ledger.FindWallet(wallet) is not null, wallets[0]), token);
        }
    }

    private static bool Is(IQueryCollection query, string name, string value) =>
        query[name].ToString() is not { Length: > 0 } wanted || wanted.Equals(value, StringComparison.OrdinalIgnoreCase);

    private static bool Any(IQueryCollection query, string name, VenueTrade trade, Address account, Func<TradeLeg, string> field) =>
        trade.UserLegs.Any(leg => leg.Account == account && Is(query, name, field(leg)));

    private static bool Seconds(IQueryCollection query, string name, out long? seconds)
    {
        seconds = null;
        if (query[name].ToString() is not { Length: > 0 } text)
            return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        seconds = value;
        return true;
    }

    private static byte[]? Page<T>(IQueryCollection query, List<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (Offset(query["next_cursor"].ToString()) is not { } offset)
            return null;
        var page = items.Skip(offset).Take(PageSize).ToList();
        return Page(page.Count, offset, items.Count > offset + PageSize ? offset + PageSize : null, json =>
        {
            foreach (var item in page)
                write(json, item);
        });
    }

    private static byte[] Page(int count, int offset, int? next, Action<Utf8JsonWriter> writeItems) => Wire.Json(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("limit"u8, PageSize);
        json.WriteNumber("count"u8, count);
        json.WriteString("next_cursor"u8, next is { } value ? Convert.ToBase64String(Encoding.ASCII.GetBytes(Wire.Text(value))) : LastPage);
        json.WriteStartArray("data"u8);
        writeItems(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static int? Offset(string cursor)
    {
        if (cursor.Length == 0)
            return 0;
        var bytes = new byte[cursor.Length];
        return Convert.TryFromBase64String(cursor, bytes, out var length)
            && int.TryParse(Encoding.ASCII.GetString(bytes, 0, length), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : null;
    }
}
