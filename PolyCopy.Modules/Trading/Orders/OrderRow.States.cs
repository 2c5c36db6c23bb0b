using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

// What the venue says, turned into states. Nothing here reads a clock or a database: every rule of doubt can be tested alone.
internal sealed partial class OrderRow
{
    /// <summary>Nothing is sent again later than this after the decision: the price was judged then.</summary>
    public static readonly TimeSpan SendWindow = TimeSpan.FromSeconds(10);

    /// <summary>A send may wait this long for its turn within the venue's limits, so it begins that much before the window closes.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);

    /// <summary>An order that neither orders nor trades know this long after its last send does not exist.</summary>
    public static readonly TimeSpan ForgetAfter = TimeSpan.FromSeconds(15);

    /// <summary>What a taker delay may take longer than announced.</summary>
    public static readonly TimeSpan DelayGrace = TimeSpan.FromSeconds(5);

    /// <summary>Two reads this far apart must miss an order before it counts as gone: one empty page proves nothing.</summary>
    public static readonly TimeSpan AbsenceProof = TimeSpan.FromSeconds(2);

    /// <summary>A match without any trade this long after the last send is given up.</summary>
    public static readonly TimeSpan GhostAfter = TimeSpan.FromMinutes(10);

    /// <summary>Venue and order may differ by this much: cent ticks truncate.</summary>
    public static readonly Shares Dust = new(10_000);

    public bool IsTerminal => Status.IsTerminal();

    public Shares Remaining => Shares.Max(Shares.Zero, Shares - Filled);

    /// <summary>The last moment at which the order may have been sent. A plan without a recorded send may have been sent until the window closed.</summary>
    private DateTime LastPossibleSend => LastSentAt ?? DecidedAt + SendWindow;

    /// <summary>Whether the same bytes may be sent now.</summary>
    public bool MayResend(DateTime now) => !Accepted && Status is OrderStatus.Planned or OrderStatus.Submitted or OrderStatus.Unknown && now < DecidedAt + SendWindow - Turn;

    /// <summary>What must stay reserved, micro-units: pUSD of a BUY, shares of a SELL.</summary>
    public long ToReserve()
    {
        if (IsTerminal)
            return 0;
        if (Side == Side.Sell)
            return Remaining.Micros;
        if (Type.IsImmediate())
            return Math.Max(0, MakerAmount - Collateral.Micros) + Math.Max(0, FeeReserve.Micros - Fee.Micros);
        // at the limit for what is left; what rests is a maker and pays no fee
        var principal = Shares.Micros == 0 ? 0 : (long)((Int128)MakerAmount * Remaining.Micros / Shares.Micros) + 1;
        return Math.Min(MakerAmount, principal) + (Status == OrderStatus.Live ? 0 : Math.Max(0, FeeReserve.Micros - Fee.Micros));
    }

    /// <summary>The answer to a POST.</summary>
    public void Answer(PostAnswer answer, DateTime? sentAt, DateTime now)
    {
        var resent = Sends > 1;
        if (sentAt is { } sent)
        {
            SubmittedAt ??= sent;
            LastSentAt = answer.Status == PostStatus.Unknown ? now : sent; // without an answer it may have left at any moment until now
            Sends = Math.Max(Sends, 1);
        }
        if (answer.Status != PostStatus.Unknown)
            AckedAt ??= now;
        switch (answer.Status)
        {
            case PostStatus.Live:
                Accept(OrderStatus.Live);
                break;
            case PostStatus.Matched:
                Claim(new Shares(Side == Side.Buy ? answer.Taking : answer.Making), done: Type.IsImmediate());
                break;
            case PostStatus.Delayed:
                Accept(OrderStatus.Delayed);
                break;
            case PostStatus.Duplicate:
                Accept(OrderStatus.Unknown); // an earlier send was taken; what became of it, reads must tell
                break;
            case PostStatus.Rejected or PostStatus.Held when !resent && Filled == Shares.Zero && (!Accepted || Status == OrderStatus.Cancelled):
                // the only send was refused for certain (the user channel may have said "cancelled" first). A refusal of a second send proves nothing about the first.
                End(OrderStatus.Rejected, answer.Status == PostStatus.Held ? NotNow(answer) : answer.Error, now);
                break;
            default:
                Doubt();
                break;
        }
        Conclude(now, Shares.Zero);
    }

    /// <summary>No answer in time.</summary>
    public void Doubt()
    {
        if (Status is OrderStatus.Planned or OrderStatus.Submitted)
            Status = OrderStatus.Unknown;
    }

    /// <summary>About to send the same bytes again, unless an answer has come since somebody thought so.</summary>
    public void Resend(DateTime now)
    {
        if (!MayResend(now))
            return;
        Sends = Math.Max(Sends, 1) + 1;
        LastSentAt = now;
        Status = OrderStatus.Submitted;
    }

    /// <summary>The order as the user channel or a read reports it.</summary>
    public void Report(VenueOrder order, DateTime now)
    {
        AbsentSince = null;
        AckedAt ??= now;
        switch (order.Status)
        {
            case VenueOrderStatus.Live:
                Accept(OrderStatus.Live);
                VenueMatched = Shares.Max(VenueMatched, order.Matched);
                break;
            case VenueOrderStatus.Delayed:
                Accept(OrderStatus.Delayed);
                break;
            case VenueOrderStatus.Matched:
                Claim(order.Matched, done: Type.IsImmediate());
                break;
            default: // cancelled, unmatched, invalid: over, with whatever had matched before
                Accepted = true;
                VenueMatched = Shares.Max(VenueMatched, order.Matched);
                VenueDone = true;
                if (!IsTerminal)
                    Because(order.Status == VenueOrderStatus.Invalid ? "order.dropped" : order.Status == VenueOrderStatus.Unmatched || Type.IsImmediate() ? "order.no_match" : "order.cancelled", null, order.StatusText);
                break;
        }
        Conclude(now, Shares.Zero);
    }

    /// <summary>A fill that the ledger has just booked.</summary>
    public void Fill(Shares shares, Usdc collateral, Usdc fee, DateTime now)
    {
        Filled += shares;
        Collateral += collateral;
        Fee += fee;
        Accepted = true;
        AbsentSince = null;
        AckedAt ??= now;
        VenueMatched = Shares.Max(VenueMatched, Filled);
        if (IsTerminal)
        {
            // after the end, or after we gave it up: the fill counts, and the state says what happened
            Status = IsComplete ? OrderStatus.Filled : OrderStatus.PartiallyFilled;
            return;
        }
        if (IsComplete)
            VenueDone = true;
        else if (Status is not OrderStatus.Live and not OrderStatus.Delayed)
            Status = Type.IsImmediate() ? OrderStatus.Matched : OrderStatus.Live;
        Conclude(now, Shares.Zero);
    }

    /// <summary>A booked fill that failed on chain and was reversed.</summary>
    public void Unfill(Shares shares, Usdc collateral, Usdc fee, DateTime now)
    {
        Filled -= shares;
        Collateral -= collateral;
        Fee -= fee;
        VenueMatched = Shares.Max(Shares.Zero, VenueMatched - shares);
        if (IsTerminal)
            Status = Filled <= Shares.Zero ? OrderStatus.Failed : IsComplete ? OrderStatus.Filled : OrderStatus.PartiallyFilled;
        Because("order.settlement_failed", Reasons.SettlementFailed.With());
        Conclude(now, Shares.Zero);
    }

    /// <summary>A complete read of the venue: the open order, if any, and the trades, which have been booked before.</summary>
    public void Judge(OrderLookup found, TimeSpan takerDelay, DateTime now)
    {
        if (IsTerminal)
            return;
        if (found.Order is { } order)
        {
            Report(order, now);
            Conclude(now, Dust);
            return;
        }
        AbsentSince ??= now;
        if (found.Fills.Count > 0)
            Accepted = true;
        var overdue = LastPossibleSend + takerDelay + DelayGrace;
        if (!Accepted)
        {
            if (now >= LastPossibleSend + ForgetAfter)
                End(OrderStatus.Failed, Reasons.NotFound.Refuse("order.not_found"), now);
        }
        else if (found.Fills.Count > 0)
        {
            // an immediate order is over once it has traded; a resting one that is listed no more was filled or cancelled
            if (Type.IsImmediate() || IsComplete || now >= AbsentSince + AbsenceProof)
            {
                VenueMatched = Filled;
                VenueDone = true;
                if (!IsComplete && !Type.IsImmediate())
                    Because("order.cancelled", Reasons.Gone.With());
            }
        }
        else if (VenueMatched > Shares.Zero)
        {
            if (now >= LastPossibleSend + GhostAfter)
                End(OrderStatus.Failed, Reasons.Ghost.Refuse("order.ghost"), now);
        }
        else if (now >= overdue && now >= AbsentSince + AbsenceProof)
        {
            VenueDone = true;
            if (ReasonCode is null)
                Because(Type.IsImmediate() ? "order.no_match" : "order.cancelled", (Type.IsImmediate() ? Reasons.NotInTime : Reasons.Gone).With());
        }
        Conclude(now, Dust);
    }

    /// <summary>The venue has taken the cancellation: nothing more can match.</summary>
    public void CancelTaken(DateTime now)
    {
        if (IsTerminal)
            return;
        Accepted = true;
        VenueDone = true;
        Because("order.cancelled", Reasons.Cancelled.With());
        Conclude(now, Shares.Zero);
    }

    /// <summary>Ends the order by our own act: its market has resolved.</summary>
    public void Cancel(Error reason, DateTime now)
    {
        if (!IsTerminal)
            End(Filled > Shares.Zero ? OrderStatus.PartiallyFilled : OrderStatus.Cancelled, reason, now);
    }

    /// <summary>All that was ordered is filled: a BUY that spends has spent, others have their shares.</summary>
    private bool IsComplete => Type.IsImmediate() && Side == Side.Buy ? Collateral.Micros >= MakerAmount - Dust.Micros : Filled >= Shares - Dust;

    private void Accept(OrderStatus status)
    {
        Accepted = true;
        AbsentSince = null;
        // news may arrive out of order: what rests or has matched is not delayed or unknown any more
        if (!IsTerminal && !VenueDone && (status == OrderStatus.Live || Status is OrderStatus.Planned or OrderStatus.Submitted or OrderStatus.Unknown))
            Status = status;
    }

    private void Claim(Shares matched, bool done)
    {
        Accepted = true;
        AbsentSince = null;
        VenueMatched = Shares.Max(VenueMatched, matched);
        VenueDone |= done || matched >= Shares - Dust;
        if (!IsTerminal)
            Status = VenueDone ? OrderStatus.Matched : OrderStatus.Live;
    }

    /// <summary>Terminal once the venue can match no more and every fill it claimed is booked.</summary>
    private void Conclude(DateTime now, Shares tolerance)
    {
        if (!VenueDone || IsTerminal)
            return;
        if (Filled + tolerance < VenueMatched)
        {
            Status = OrderStatus.Matched;
            return;
        }
        Status = Filled <= Shares.Zero ? (ReasonCode == "order.settlement_failed" ? OrderStatus.Failed : OrderStatus.Cancelled) : IsComplete ? OrderStatus.Filled : OrderStatus.PartiallyFilled;
        TerminalAt = now;
    }

    private void End(OrderStatus status, Error? reason, DateTime now)
    {
        Status = status;
        TerminalAt = now;
        if (reason is not null)
            Because(reason.Code, reason.Said, reason.Message);
    }

    /// <summary>What its owner reads when the venue took the order for no fault of its own: why, and that it may simply be tried again. The code says what holds the venue up.</summary>
    private static Error NotNow(PostAnswer answer)
    {
        var code = answer.Error?.Code ?? "venue.not_ready";
        var why = code switch
        {
            "venue.restarting" => Reasons.Restarting,
            "venue.post_only" => Reasons.PostOnly,
            "venue.cancel_only" => Reasons.CancelOnly,
            "venue.disabled" => Reasons.Disabled,
            "venue.rate_limited" => Reasons.RateLimited,
            "market.not_ready" => Reasons.MarketNotReady,
            _ => Reasons.VenueNotReady,
        };
        var when = answer.RetryAfter is { TotalSeconds: >= 1 } wait ? Reasons.InSeconds.With((int)Math.Ceiling(wait.TotalSeconds)) : Reasons.InAMoment.With();
        return Reasons.NotNow.Refuse(code, why.With(), when);
    }

    private void Because(string code, Said said) => Because(code, said, said.Text);

    private void Because(string code, Said? said, string text) => (ReasonCode, Said, Reason) = (code, said, text.Length > 500 ? text[..500] : text);
}
