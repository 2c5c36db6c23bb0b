namespace PolyCopy.Modules.Trading.Exits;

/// <summary>The exits nearest to firing first: a pairing heap whose links live in the exits, so that looking, adding and melding are O(1) and nothing is allocated.</summary>
internal sealed class ExitHeap
{
    /// <summary>The exit with the smallest key.</summary>
    public ArmedExit? Top { get; private set; }

    public int Count { get; private set; }

    /// <summary>Links followed so far: what the operation-count test compares.</summary>
    public long Steps { get; private set; }

    public void Add(ArmedExit exit)
    {
        exit.Child = exit.Next = exit.Prev = null;
        Top = Meld(Top, exit);
        Count++;
    }

    public ArmedExit? Pop()
    {
        if (Top is { } top)
            Remove(top);
        else
            return null;
        return top;
    }

    public void Remove(ArmedExit exit)
    {
        if (exit == Top)
        {
            Top = Pair(exit.Child);
        }
        else
        {
            Cut(exit);
            Top = Meld(Top, Pair(exit.Child));
        }
        exit.Child = exit.Next = exit.Prev = null;
        Count--;
    }

    /// <summary>Takes everything of another heap, which is empty afterwards.</summary>
    public void Absorb(ExitHeap other)
    {
        Top = Meld(Top, other.Top);
        Count += other.Count;
        other.Top = null;
        other.Count = 0;
    }

    // Prev is the left sibling, or the parent for a first child.
    private static void Cut(ArmedExit exit)
    {
        var previous = exit.Prev!;
        if (previous.Child == exit)
            previous.Child = exit.Next;
        else
            previous.Next = exit.Next;
        if (exit.Next is { } next)
            next.Prev = previous;
        exit.Next = exit.Prev = null;
    }

    private ArmedExit? Meld(ArmedExit? a, ArmedExit? b)
    {
        Steps++;
        if (a is null || b is null)
            return a ?? b;
        if (b.Key < a.Key)
            (a, b) = (b, a);
        b.Prev = a;
        b.Next = a.Child;
        if (a.Child is { } child)
            child.Prev = b;
        a.Child = b;
        a.Next = a.Prev = null;
        return a;
    }

    // Two passes without recursion: pair the siblings from left to right, then meld the pairs from right to left.
    private ArmedExit? Pair(ArmedExit? first)
    {
        ArmedExit? pairs = null;
        while (first is not null)
        {
            var second = first.Next;
            var rest = second?.Next;
            first.Next = first.Prev = null;
            if (second is not null)
                second.Next = second.Prev = null;
            var pair = Meld(first, second)!;
            pair.Next = pairs; // free while it has no siblings
            pairs = pair;
            first = rest;
        }
        ArmedExit? root = null;
        while (pairs is not null)
        {
            var next = pairs.Next;
            pairs.Next = null;
            root = Meld(root, pairs);
            pairs = next;
        }
        return root;
    }
}
