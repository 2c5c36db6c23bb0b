using System.Runtime.CompilerServices;

namespace PolyCopy.Modules.Streaming;

/// <summary>One side of a book: levels sorted so that the best is last, where nearly all changes are. Keys grow towards the better price.</summary>
/// <remarks>Flat arrays of 12 bytes a level: a book of 40 levels fits in a few cache lines; an array by price would take 80 KB a side.</remarks>
internal struct Ladder
{
    private int[] _keys;
    private long[] _sizes;

    public Ladder() => (_keys, _sizes) = (new int[16], new long[16]);

    public int Count { get; private set; }

    /// <summary>The best key; <paramref name="none"/> when empty.</summary>
    public readonly int Best(int none) => Count == 0 ? none : _keys[Count - 1];

    public readonly int Key(int index) => _keys[index];

    public readonly long Size(int index) => _sizes[index];

    public void Clear() => Count = 0;

    /// <summary>Sets a level's whole size; zero removes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Set(int key, long size)
    {
        var keys = _keys;
        var at = Count - 1;
        // Near the best one by one, deeper by halves.
        if (at >= 8 && keys[at - 8] >= key)
            at = Above(key);
        while (at >= 0 && keys[at] > key)
            at--;
        if (at >= 0 && keys[at] == key)
        {
            if (size != 0)
                _sizes[at] = size;
            else
                Remove(at);
        }
        else if (size != 0)
        {
            Insert(at + 1, key, size);
        }
    }

    /// <summary>The key at which the sizes from the best add up to <paramref name="amount"/>; <paramref name="none"/> when they never do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly int Reaching(long amount, int none)
    {
        var keys = _keys;
        var sizes = _sizes;
        for (var i = Count - 1; i >= 0; i--)
        {
            amount -= sizes[i];
            if (amount <= 0)
                return keys[i];
        }
        return none;
    }

    // The last index whose key is at most `key`, or the first one above it: a start for the walk down.
    private readonly int Above(int key)
    {
        var found = _keys.AsSpan(0, Count).BinarySearch(key);
        return found >= 0 ? found : Math.Min(~found, Count - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Remove(int at)
    {
        Count--;
        if (at < Count)
        {
            Array.Copy(_keys, at + 1, _keys, at, Count - at);
            Array.Copy(_sizes, at + 1, _sizes, at, Count - at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Insert(int at, int key, long size)
    {
        if (Count == _keys.Length)
        {
            Array.Resize(ref _keys, Count * 2);
            Array.Resize(ref _sizes, Count * 2);
        }
        if (at < Count)
        {
            Array.Copy(_keys, at, _keys, at + 1, Count - at);
            Array.Copy(_sizes, at, _sizes, at + 1, Count - at);
        }
        _keys[at] = key;
        _sizes[at] = size;
        Count++;
    }
}
