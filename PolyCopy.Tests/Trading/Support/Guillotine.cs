using System.Data.Common;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace PolyCopy.Tests.Trading.Support;

internal sealed class KilledException(string where) : Exception($"killed at {where}");

/// <summary>Kills a process at its n-th step: from then on every step it still tries throws, so it neither writes nor sends.</summary>
internal sealed class Guillotine(int at)
{
    private int _count;

    public bool HasFallen { get; private set; }

    public string? Where { get; private set; }

    /// <summary>How many steps have been passed.</summary>
    public int Count => _count;

    public void Pass(string where)
    {
        if (!HasFallen && Interlocked.Increment(ref _count) != at)
            return;
        if (!HasFallen)
            (HasFallen, Where) = (true, where);
        throw new KilledException(where);
    }

    /// <summary>The same object, with a step before and after each of its calls.</summary>
    public T Under<T>(T inner)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Doomed>();
        ((Doomed)(object)proxy).Bind(inner, this);
        return proxy;
    }

    public class Doomed : DispatchProxy
    {
        private static readonly MethodInfo Typed = typeof(Doomed).GetMethod(nameof(WithResultAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
        private object _inner = null!;
        private Guillotine _guillotine = null!;

        internal void Bind(object inner, Guillotine guillotine) => (_inner, _guillotine) = (inner, guillotine);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var name = $"{targetMethod!.DeclaringType!.Name}.{targetMethod.Name}";
            _guillotine.Pass("before " + name);
            object? result;
            try
            {
                result = targetMethod.Invoke(_inner, args);
            }
            catch (TargetInvocationException e) when (e.InnerException is { } inner)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
                throw;
            }
            if (result is not Task task)
            {
                _guillotine.Pass("after " + name);
                return result;
            }
            return targetMethod.ReturnType == typeof(Task)
                ? WithoutResultAsync(task, "after " + name)
                : Typed.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()[0]).Invoke(this, [task, "after " + name]);
        }

        private async Task WithoutResultAsync(Task task, string where)
        {
            await task;
            _guillotine.Pass(where);
        }

        private async Task<TResult> WithResultAsync<TResult>(Task<TResult> task, string where)
        {
            var result = await task;
            _guillotine.Pass(where);
            return result;
        }
    }
}

/// <summary>Every command of a process is a step.</summary>
internal sealed class DatabaseSteps(Guillotine guillotine) : DbCommandInterceptor
{
    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) =>
        Step(command, result);

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
        Step(command, result);

    private ValueTask<InterceptionResult<T>> Step<T>(DbCommand command, InterceptionResult<T> result)
    {
        guillotine.Pass("command " + string.Join(' ', command.CommandText.Split([' ', '\n', '\r'], 4, StringSplitOptions.RemoveEmptyEntries).Take(3)));
        return ValueTask.FromResult(result);
    }
}

/// <summary>So are the moments before and after a commit.</summary>
internal sealed class CommitSteps(Guillotine guillotine) : DbTransactionInterceptor
{
    public override ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        guillotine.Pass("before commit");
        return ValueTask.FromResult(result);
    }

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        guillotine.Pass("after commit");
        return Task.CompletedTask;
    }
}
