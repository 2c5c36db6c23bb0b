namespace PolyCopy.Modules.Trading.Exits;

/// <summary>Trailing stops that have seen the same peak, nearest first. A new high moves the peak, not the exits.</summary>
internal sealed class TrailGroup(int peak)
{
    private TrailGroup? _mergedInto;

    public int Peak = peak;

    /// <summary>By distance below the peak.</summary>
    public ExitHeap ByDistance { get; } = new();

    /// <summary>The highest threshold of this group and of those with higher peaks.</summary>
    public int Floor = -1;

    public int Threshold => ByDistance.Top is { } nearest ? Peak - nearest.Key : -1;

    /// <summary>The group this one has become part of, or itself.</summary>
    public TrailGroup Current
    {
        get
        {
            var group = this;
            while (Volatile.Read(ref group._mergedInto) is { } into)
                group = into;
            return group;
        }
    }

    public void MergeInto(TrailGroup other)
    {
        other.ByDistance.Absorb(ByDistance);
        Volatile.Write(ref _mergedInto, other);
    }
}

/// <summary>The trailing stops of one token. Peaks fall along the list: only the last group's peak can be passed, so a new high costs O(1); groups that meet are melded, once per group ever made.</summary>
internal sealed class TrailGroups
{
    private readonly List<TrailGroup> _groups = [];

    public int Count { get; private set; }

    /// <summary>A bid above this raises a peak.</summary>
    public int LowestPeak => _groups.Count > 0 ? _groups[^1].Peak : int.MaxValue;

    /// <summary>A bid at or below this fires at least one; -1 when there is none.</summary>
    public int HighestThreshold => _groups.Count > 0 ? _groups[^1].Floor : -1;

    public long Steps { get; private set; }

    public void Add(ArmedExit exit)
    {
        var at = _groups.Count;
        while (at > 0 && _groups[at - 1].Peak < exit.OwnPeak)
            at--;
        if (at == 0 || _groups[at - 1].Peak != exit.OwnPeak)
            _groups.Insert(at++, new TrailGroup(exit.OwnPeak));
        var group = _groups[at - 1];
        exit.Key = exit.Trail.TenThousandths;
        exit.Group = group;
        group.ByDistance.Add(exit);
        Count++;
        Refloor(at - 1);
    }

    public void Remove(ArmedExit exit)
    {
        var group = exit.Group!.Current;
        Take(_groups.IndexOf(group), exit);
    }

    public void Raise(int bid)
    {
        while (_groups.Count > 0 && _groups[^1].Peak < bid)
        {
            Steps++;
            var last = _groups[^1];
            if (_groups.Count > 1 && _groups[^2].Peak <= bid)
            {
                last.MergeInto(_groups[^2]);
                _groups.RemoveAt(_groups.Count - 1);
            }
            else
            {
                Volatile.Write(ref last.Peak, bid);
            }
            Refloor(_groups.Count - 1);
        }
    }

    public ArmedExit? Pop(int bid)
    {
        for (var i = _groups.Count - 1; i >= 0 && _groups[i].Floor >= bid; i--)
        {
            Steps++;
            if (_groups[i].Threshold < bid)
                continue;
            var exit = _groups[i].ByDistance.Top!;
            Take(i, exit);
            return exit;
        }
        return null;
    }

    private void Take(int index, ArmedExit exit)
    {
        var group = _groups[index];
        group.ByDistance.Remove(exit);
        exit.OwnPeak = group.Peak;
        exit.Group = null;
        Count--;
        if (group.ByDistance.Count == 0)
            _groups.RemoveAt(index);
        Refloor(index);
    }

    private void Refloor(int from)
    {
        for (var i = Math.Max(0, from); i < _groups.Count; i++)
            _groups[i].Floor = Math.Max(_groups[i].Threshold, i > 0 ? _groups[i - 1].Floor : -1);
    }
}
