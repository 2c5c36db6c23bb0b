using System.Globalization;
using System.Text;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Simulator.Accounts;
using PolyCopy.Modules.Simulator.World;

namespace PolyCopy.Tests.Simulator;

/// <summary>Everything the venue knows about accounts, as text; and what must hold of it at any time.</summary>
internal static class LedgerDump
{
    public static string Of(Lab lab)
    {
        lock (lab.World.Gate)
        {
            var ledger = lab.Service<Books>().Ledger;
            var text = new StringBuilder();
            text.AppendLine(CultureInfo.InvariantCulture, $"venue {ledger.JournalId} {ledger.Seed} next {ledger.NextTrades} clock {lab.World.Clock.GetUtcNow():O} {lab.World.Clock.WallPlusAdvance:O} {lab.World.Clock.Driven}");
            foreach (var account in ledger.Accounts.Values)
                text.AppendLine($"account {account.Address} keys {string.Join(' ', account.Keys.Select(key => key.Id + key.Secret + key.Passphrase + key.Deleted))} open {string.Join(' ', account.OpenOrders.Keys.Order())} trades {string.Join(' ', account.Trades.Select(trade => trade.Id))}");
            foreach (var wallet in ledger.Wallets.Values)
                text.AppendLine($"wallet {wallet.Address} {Text(wallet.Cash)} {string.Join(' ', wallet.Shares.Where(share => share.Value is not { Chain: 0, Active: 0, Matched: 0 }).OrderBy(share => share.Key.Digits).Select(share => $"{share.Key}={Text(share.Value)}"))}");
            foreach (var order in ledger.Orders.Values.OrderBy(order => order.Sequence))
                text.AppendLine($"order {order.Terms} {order.State} {order.MatchedSize} {order.MatchedCash} {order.Reserved} {string.Join(' ', order.Trades)}");
            foreach (var trade in ledger.Trades)
                text.AppendLine($"trade {trade.Id} {trade.State} {trade.Plan} {trade.MineAt} {trade.ConfirmAt} {trade.UpdatedAt} {trade.Transaction} {trade.Match.Taker} {string.Join(' ', trade.Match.Makers)}");
            foreach (var receipt in ledger.Receipts)
                text.AppendLine($"receipt {receipt.Id} {receipt.Received} {receipt.Accepted} {receipt.Wallet}");
            text.AppendLine($"quotes {string.Join(' ', ledger.Quotes)} proposed {string.Join(' ', ledger.Proposed)} resolved {string.Join(' ', ledger.Resolved.Keys)}");
            foreach (var order in Resting(lab, ledger))
                text.AppendLine(order);
            return text.ToString();
        }
    }

    /// <summary>What is promised equals what orders and matches promise, nobody owes anything, and the book holds exactly the open orders.</summary>
    public static void Check(Lab lab)
    {
        lock (lab.World.Gate)
        {
            var ledger = lab.Service<Books>().Ledger;
            foreach (var wallet in ledger.Wallets.Values)
            {
                Check(wallet.Cash, ledger, leg => leg.Wallet == wallet.Address && leg.Side == Side.Buy ? leg.Cash + leg.Fee : 0, order => order.Terms.Wallet == wallet.Address && order.Terms.Side == Side.Buy);
                foreach (var (token, holding) in wallet.Shares)
                    Check(holding, ledger, leg => leg.Wallet == wallet.Address && leg.Side == Side.Sell && leg.Token == token ? leg.Size : 0, order => order.Terms.Wallet == wallet.Address && order.Terms.Side == Side.Sell && order.Terms.Token == token);
            }
            foreach (var order in ledger.Orders.Values)
            {
                order.Trades.Sum(id => ledger.FindTrade(id)!.UserLegs.Where(leg => leg.OrderId == order.Id).Sum(leg => leg.Size)).Should().Be(order.MatchedSize);
                if (order.Terms.Budget > 0)
                    order.MatchedCash.Should().BeLessThanOrEqualTo(order.Terms.Budget);
                else
                    order.MatchedSize.Should().BeLessThanOrEqualTo(order.Terms.Size);
            }
            var open = ledger.Orders.Values.Where(order => order.State == OrderState.LIVE).Select(order => $"resting {order.Id} {order.Remaining}").Order();
            Resting(lab, ledger).Should().Equal(open);
        }
    }

    private static List<string> Resting(Lab lab, Ledger ledger) =>
    [
        .. ledger.Orders.Values.Where(order => order.State == OrderState.LIVE)
            .Select(order => (Order: order, Resting: lab.World.FindCondition(order.Terms.Condition)?.Engine.Find(order.Id)))
            .Select(found => $"resting {found.Order.Id} {found.Resting?.Remaining}").Order(),
    ];

    private static void Check(Holding holding, Ledger ledger, Func<TradeLeg, long> promised, Func<VenueOrder, bool> mine)
    {
        holding.Active.Should().Be(ledger.Orders.Values.Where(mine).Sum(order => order.Needed));
        holding.Matched.Should().Be(ledger.Trades.Where(trade => trade.State is TradeState.MATCHED or TradeState.RETRYING).Sum(trade => trade.UserLegs.Sum(promised)));
        holding.Chain.Should().BeGreaterOrEqualTo(0);
    }

    private static string Text(Holding holding) => $"{holding.Chain}/{holding.Active}/{holding.Matched}";
}
