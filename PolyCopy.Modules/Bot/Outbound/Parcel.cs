using PolyCopy.Modules.Bot.Wire;

namespace PolyCopy.Modules.Bot.Outbound;

/// <summary>Something that waits for its turn. News are put into words only when it comes, so that what piled up becomes one message.</summary>
internal sealed class Parcel(long chatId, Lane lane, long sequence, Func<CancellationToken, ValueTask<Outgoing?>> compose, long? expiresAt)
{
    private readonly TaskCompletionSource<Delivery> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long ChatId => chatId;
    public Lane Lane => lane;
    public long Sequence => sequence;

    /// <summary>Timestamp after which nobody wants it any more; null: always wanted.</summary>
    public long? ExpiresAt { get; set; } = expiresAt;

    public int Attempts { get; set; }

    public Task<Delivery> Done => _done.Task;

    /// <summary>Set for edits: a newer one replaces its content while it waits.</summary>
    public int? EditOf { get; init; }

    public Func<CancellationToken, ValueTask<Outgoing?>> Compose { get; set; } = compose;

    public Outgoing? Composed { get; set; }

    public void Complete(Delivery delivery) => _done.TrySetResult(delivery);
}

/// <summary>A chat with something to send, or that was written to a moment ago.</summary>
internal sealed class ChatTraffic(Bucket bucket)
{
    // a field: the bucket is a mutable struct
    public Bucket Bucket = bucket;

    /// <summary>One message at a time, so that they arrive in order.</summary>
    public bool IsSending { get; set; }

    /// <summary>Just told so: what still waits is not tried.</summary>
    public bool IsBlocked { get; set; }

    public long PausedUntil { get; set; }

    /// <summary>429 in a row that named no time.</summary>
    public int Limited { get; set; }

    /// <summary>Parcels that wait until the present one is through.</summary>
    public List<Parcel> Behind { get; } = [];

    public Dictionary<int, Parcel> Edits { get; } = [];

    /// <summary>Parcels anywhere in the courier.</summary>
    public int Count { get; set; }
}
