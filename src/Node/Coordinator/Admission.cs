namespace AkkaKv.Node;

/// <summary>
/// How many client requests a node has at a time: as many as it still answers soon. What is beyond is refused at once, before anything
/// has been done for it.
/// </summary>
/// <remarks>
/// A bound in numbers alone would have to fit the slowest disk and the smallest machine: where requests wait longer than their clients do,
/// a node is busy all the time with what nobody waits for any more. So the bound follows the time that requests take. If even the fastest
/// one of an interval took longer than that, all of them have stood in a queue that does not drain (as CoDel tells a standing
/// queue from a burst; Nichols and Jacobson, "Controlling Queue Delay", 2012), and a fifth fewer are taken from then on; else an eighth
/// more. Any thread.
/// </remarks>
internal sealed class Admission
{
    /// <summary>Never fewer than this, or the bound where that is less: what takes long may also wait for another node.</summary>
    public const int Least = 256;

    private const long IntervalMilliseconds = 100;

    private readonly int _maximum;
    private readonly double _queueMilliseconds;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private int _count;
    private volatile int _limit;
    private long _intervalEnd = long.MinValue;
    private long _fastest = long.MaxValue;

    /// <summary>The bound of a node without requests.</summary>
    /// <param name="maximum">Never more than this.</param>
    /// <param name="queueTime">What the fastest request of an interval may take.</param>
    /// <param name="time">Monotonic time.</param>
    public Admission(int maximum, TimeSpan queueTime, TimeProvider time)
    {
        _maximum = maximum;
        _limit = maximum;
        _queueMilliseconds = queueTime.TotalMilliseconds;
        _time = time;
    }

    /// <summary>Requests that the node has.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many it takes now.</summary>
    public int Limit => _limit;

    /// <summary>True if the next one would be refused.</summary>
    public bool IsFull => Count >= _limit;

    /// <summary>Takes a request; false if it is to be refused.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= _limit) return true;
        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <summary>Requests have been answered, or given up.</summary>
    public void Leave(int count = 1) => Interlocked.Add(ref _count, -count);

    /// <summary>A request that was taken has been answered after so many milliseconds. Some of all requests are enough.</summary>
    public void Note(long milliseconds)
    {
        lock (_lock)
        {
            var now = Monotonic.Milliseconds(_time);
            if (now >= _intervalEnd)
            {
                if (_fastest != long.MaxValue) Adjust();
                _fastest = long.MaxValue;
                _intervalEnd = now + IntervalMilliseconds;
            }

            _fastest = Math.Min(_fastest, milliseconds);
        }
    }

    private void Adjust()
    {
        // Of those that are there: where fewer come than are taken anyway, the bound must first come down to them.
        var next = _fastest > _queueMilliseconds ? Math.Min(_limit, Count) * 4 / 5 : _limit + (_limit / 8) + 1;
        _limit = Math.Clamp(next, Math.Min(Least, _maximum), _maximum);
    }
}
