namespace AkkaKv.Node;

/// <summary>How long the latest requests took, and what nineteen in twenty of them stayed below. One thread at a time.</summary>
internal sealed class RecentLatencies
{
    private const int Kept = 512;
    private const int CountedEvery = 64;

    private readonly long[] _latest = new long[Kept];
    private readonly long[] _sorted = new long[Kept];
    private long _count;

    /// <summary>In the unit of what was added; 0 before there is enough to count. Brought up to date now and then.</summary>
    public long NineteenInTwenty { get; private set; }

    /// <summary>Adds one; beyond the latest few hundred the oldest is forgotten.</summary>
    public void Add(long latency)
    {
        _latest[_count++ % Kept] = latency;
        if (_count % CountedEvery != 0) return;

        var known = (int)Math.Min(_count, Kept);
        _latest.AsSpan(0, known).CopyTo(_sorted);
        _sorted.AsSpan(0, known).Sort();
        NineteenInTwenty = _sorted[(known * 19 / 20)];
    }
}
