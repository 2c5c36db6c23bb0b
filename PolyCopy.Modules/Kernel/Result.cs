using System.Diagnostics.CodeAnalysis;

namespace PolyCopy.Modules.Kernel;

/// <summary>An expected refusal: a stable code ("exit.duplicate") that clients may switch on and a sentence for people.</summary>
public sealed record Error(string Code, string Message)
{
    /// <summary>The same sentence for other languages; null: foreign words, or one that its code alone tells.</summary>
    public Said? Said { get; init; }

    public override string ToString() => $"{Code}: {Message}";
}

/// <summary>A value or an expected refusal. Bugs and broken wires are exceptions, never this.</summary>
public readonly struct Result<T>
{
    private readonly T? _value;

    private Result(T? value, Error? error) => (_value, Error) = (value, error);

    /// <summary>The refusal; null when there is a value.</summary>
    public Error? Error { get; }

    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">This is a refusal.</exception>
    public T Value => Error is null ? _value! : throw new InvalidOperationException($"No value: {Error}");

    /// <summary>A value of an interface type, which C# does not convert by itself.</summary>
    public static Result<T> Ok(T value) => new(value, null);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Error error) => new(default, error);

    /// <summary>The value in <paramref name="value"/>, or false with the refusal in <paramref name="error"/>.</summary>
    public bool Try([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Error? error)
    {
        value = _value;
        error = Error;
        return Error is null;
    }
}
