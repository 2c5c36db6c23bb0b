using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Something the venue said, or kept silent about, concerning one order.</summary>
internal abstract record Evidence(string Hash);

/// <summary>The answer to a POST, or that none came.</summary>
internal sealed record Answered(PostAnswer Answer, DateTimeOffset SentAt) : Evidence(Answer.Hash);

/// <summary>No answer by the caller's deadline; the POST still runs.</summary>
internal sealed record Silent(string Hash) : Evidence(Hash);

/// <summary>The same bytes are about to be sent again.</summary>
internal sealed record Resending(string Hash) : Evidence(Hash);

/// <summary>An order as the user channel or a list reports it.</summary>
internal sealed record Reported(VenueOrder Order) : Evidence(Order.Hash);

/// <summary>A fill, in any settlement status, of whichever of the wallet's orders: ours or one placed elsewhere.</summary>
internal sealed record Traded(VenueFill Fill, Guid WalletId, long UserId) : Evidence(Fill.OrderHash);

/// <summary>Order and trades were read together; the trades stand before this as <see cref="Traded"/>.</summary>
internal sealed record LookedUp(string Hash, OrderLookup Found, DateTimeOffset At) : Evidence(Hash);

/// <summary>Our own end of an order: its market has resolved.</summary>
internal sealed record Ended(string Hash, Error Reason) : Evidence(Hash);

/// <summary>The venue took our cancellation: nothing more can match.</summary>
internal sealed record CancelTaken(string Hash) : Evidence(Hash);
