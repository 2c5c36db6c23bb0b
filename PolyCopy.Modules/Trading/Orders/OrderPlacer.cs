using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PolyCopy.Modules.Kernel;
using PolyCopy.Modules.Persistence;
using PolyCopy.Modules.Venue;

namespace PolyCopy.Modules.Trading.Orders;

/// <summary>Places one order of a user under an idempotency key: refused without a trace, or decided once, sent, and answered within five seconds.</summary>
internal sealed partial class OrderPlacer(
    UserScope users, OrderDecisions decisions, OrderSender sender, OrderRecorder recorder, OrderResolver resolver, UserChannels channels, WalletBalances balances,
    TimeProvider clock, ILogger<OrderPlacer> logger)
{
    /// <summary>When the caller has an answer, whatever the venue does.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int LongestKey = 200;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(150);

    // saves a second validation while the first still runs; the row's primary key is what decides
    private readonly ConcurrentDictionary<(long, string), string> _running = new();

    /// <summary>SHA-256 of a request; 1 and 1.0 are the same request.</summary>
    public static string Hash(params IEnumerable<object?> parts)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(parts.Select(p => p is decimal number ? (object)(number / 1.0000000000000000000000000000m) : p).ToArray(), JsonSerializerOptions.Web);
        return Convert.ToHexStringLower(SHA256.HashData(text));
    }

    /// <param name="userId">Whose.</param>
    /// <param name="key">The caller's; at most 200 characters.</param>
    /// <param name="body">The hash of what was asked.</param>
    /// <param name="prepare">Checks the request and makes the ticket for a decision key; its refusal does not use up the idempotency key.</param>
    /// <param name="ct">Cancels until the decision stands.</param>
    public async Task<Result<OrderPlaced>> PlaceAsync(long userId, string key, string body, Func<string, CancellationToken, Task<Result<Ticket>>> prepare, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(key) || key.Length > LongestKey)
            return new Error("idempotency.key", $"An idempotency key has 1 to {LongestKey} characters.");
        var deadline = clock.GetUtcNow() + Patience;
        if (!_running.TryAdd((userId, key), body))
            return Busy(_running.TryGetValue((userId, key), out var other) && other != body);
        try
        {
            var before = await users.ReadAsync(userId, (db, token) => db.Set<IdempotencyRow>().AsNoTracking().FirstOrDefaultAsync(i => i.UserId == userId && i.Key == key, token), ct);
            if (before is not null)
                return await RepeatAsync(before, body, ct);
            if (!(await prepare($"manual:{userId}:{key}", ct)).Try(out var ticket, out var refusal))
                return refusal;
            var decided = await DecideAsync(userId, key, body, ticket, ct);
            if (decided.Error?.Code == "order.balance" && await balances.RefreshCashAsync(ticket.Wallet, ct))
                decided = await DecideAsync(userId, key, body, ticket, ct); // a deposit we had not heard of
            if (!decided.Try(out var order, out refusal))
                return refusal.Code == "order.duplicate_decision" ? await DuplicateAsync(userId, key, body, ct) : refusal;

            // from here on the order stands: nobody's cancellation may lose its answer
            channels.Need(ticket.Wallet);
            var placed = await SendAsync(userId, order, deadline);
            if (placed.Error?.Code == "order.version")
                placed = await SignAgainAsync(userId, key, prepare, deadline) ?? placed;
            await AnswerAsync(userId, key, placed);
            return placed;
        }
        finally
        {
            _running.TryRemove((userId, key), out _);
        }
    }

    /// <summary>Forgets requests older than 30 days.</summary>
    public static Task<int> PruneAsync(PolyContext db, DateTime now, CancellationToken ct)
    {
        var before = now - TimeSpan.FromDays(30);
        return db.Set<IdempotencyRow>().Where(i => i.CreatedAt < before).ExecuteDeleteAsync(ct);
    }

    private Task<Result<CommittedOrder>> DecideAsync(long userId, string key, string body, Ticket ticket, CancellationToken ct) => users.WriteAsync(userId, async (db, token) =>
    {
        var result = (await decisions.DecideAsync(db, [ticket], token))[0];
        if (!result.Try(out var order, out _))
            return result;
        db.Add(new IdempotencyRow { UserId = userId, Key = key, BodyHash = body, State = "running", OrderId = order.OrderId, CreatedAt = order.DecidedAt.UtcDateTime });
        await db.SaveChangesAsync(token);
        return result;
    }, ct);

    /// <summary>The venue has just begun to want another exchange's signature. It refused for certain, so a second order cannot double the first: once more, and only once.</summary>
    private async Task<OrderPlaced?> SignAgainAsync(long userId, string key, Func<string, CancellationToken, Task<Result<Ticket>>> prepare, DateTimeOffset deadline)
    {
        if (!(await prepare($"again:{userId}:{key}", CancellationToken.None)).Try(out var ticket, out _))
            return null;
        var decided = await users.WriteAsync(userId, async (db, token) =>
        {
            var result = (await decisions.DecideAsync(db, [ticket], token))[0];
            if (result.Try(out var order, out _))
                await db.Set<IdempotencyRow>().Where(i => i.UserId == userId && i.Key == key).ExecuteUpdateAsync(s => s.SetProperty(i => i.OrderId, order.OrderId), token);
            return result;
        }, CancellationToken.None);
        return decided.Try(out var again, out _) ? await SendAsync(userId, again, deadline) : null;
    }

    private async Task<OrderPlaced> SendAsync(long userId, CommittedOrder order, DateTimeOffset deadline)
    {
        var hash = order.Outgoing.Hash;
        var send = Task.Run(() => sender.SendAsync([order]), CancellationToken.None);
        if (!await EndsAsync(send, deadline))
        {
            await recorder.RecordAsync([new Silent(hash)], CancellationToken.None); // the POST still runs; its answer is recorded when it comes
            return await PlacedAsync(userId, order.OrderId);
        }
        // matched: the answer's amounts are provisional, the trades are what is booked and shown
        for (var state = (await send)[0]; state is { Status: "matched" } && clock.GetUtcNow() < deadline;)
        {
            var look = resolver.CheckAsync(hash, CancellationToken.None);
            if (!await EndsAsync(look, deadline))
                break;
            var row = await PlacedAsync(userId, order.OrderId);
            if (row.Status != "matched")
                return row;
            await Task.Delay(BetweenLooks, clock, CancellationToken.None);
        }
        return await PlacedAsync(userId, order.OrderId);
    }

    /// <summary>The same key again: the first answer, or that it is still being made, or where the order of a caller who never got one stands now.</summary>
    private async Task<Result<OrderPlaced>> RepeatAsync(IdempotencyRow row, string body, CancellationToken ct)
    {
        if (row.BodyHash != body)
            return Busy(mismatch: true);
        if (row.Response is { } response)
            return JsonSerializer.Deserialize<OrderPlaced>(response, JsonSerializerOptions.Web)!;
        if (clock.GetUtcNow().UtcDateTime < row.CreatedAt + Patience)
            return Busy(mismatch: false);
        ct.ThrowIfCancellationRequested();
        var placed = await PlacedAsync(row.UserId, row.OrderId);
        await AnswerAsync(row.UserId, row.Key, placed);
        return placed;
    }

    private async Task<Result<OrderPlaced>> DuplicateAsync(long userId, string key, string body, CancellationToken ct)
    {
        // another process decided the same key between our look and our lock, or the key is older than its 30 days
        var row = await users.ReadAsync(userId, (db, token) => db.Set<IdempotencyRow>().AsNoTracking().FirstOrDefaultAsync(i => i.UserId == userId && i.Key == key, token), ct);
        return row is null ? Busy(mismatch: true) : await RepeatAsync(row, body, ct);
    }

    private static Error Busy(bool mismatch) => mismatch
        ? new Error("idempotency.mismatch", "This idempotency key was used for another request.")
        : new Error("idempotency.in_progress", "The first request with this key is still running.");

    private async Task<OrderPlaced> PlacedAsync(long userId, Guid orderId)
    {
        var row = await users.ReadAsync(userId, (db, token) => db.Set<OrderRow>().AsNoTracking().FirstAsync(o => o.Id == orderId, token), CancellationToken.None);
        var error = row.Status is OrderStatus.Rejected or OrderStatus.Failed or OrderStatus.Cancelled && row.ReasonCode is { } code ? new Error(code, row.Reason ?? "") { Said = row.Said } : null;
        return new OrderPlaced(row.Id, row.OrderHash, row.Status == OrderStatus.Planned ? OrderStatus.Unknown.Word() : row.Status.Word(), row.Filled, row.AveragePrice, row.PositionId, error);
    }

    private async Task AnswerAsync(long userId, string key, OrderPlaced placed)
    {
        try
        {
            var json = JsonSerializer.Serialize(placed, JsonSerializerOptions.Web);
            await users.WriteAsync(userId, (db, token) => db.Set<IdempotencyRow>().Where(i => i.UserId == userId && i.Key == key && i.Response == null)
                .ExecuteUpdateAsync(s => s.SetProperty(i => i.State, "done").SetProperty(i => i.Response, json), token), CancellationToken.None);
        }
        catch (Exception e)
        {
            Log.NotStored(logger, key, e); // the order stands; a repeat is answered from it
        }
    }

    private async Task<bool> EndsAsync(Task task, DateTimeOffset deadline)
    {
        var left = deadline - clock.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return task.IsCompleted;
        try
        {
            await task.WaitAsync(left, clock);
            return true;
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.Trading + 50, LogLevel.Warning, "The answer to request {Key} could not be stored")]
        public static partial void NotStored(ILogger logger, string key, Exception e);
    }
}
