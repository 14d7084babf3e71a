namespace AkkaKv.Node;

/// <summary>
/// Who of the cluster's repair jobs may work: so many at once, the most urgent first. A place is a lease that its holder renews by asking again.
/// Pure; time comes in as monotonic milliseconds.
/// </summary>
/// <remarks>
/// A budget that was begun anew, on another node, does not know who is at work. It gives nothing away until the leases given before it are over,
/// and whoever asks meanwhile and says that it holds a place, holds it.
/// </remarks>
internal sealed class RepairBudget(int places, long leaseMilliseconds, long begunAt)
{
    private readonly Dictionary<int, long> _leases = [];
    private readonly Dictionary<int, (long Urgency, long AskedAt)> _waiting = [];

    /// <summary>Jobs at work.</summary>
    public int Taken => _leases.Count;

    /// <summary>A job asks for a place, or to keep the one it has: true if it has it now.</summary>
    /// <param name="partition">Whose job.</param>
    /// <param name="urgency">The least first.</param>
    /// <param name="isHolder">True if it was given a place before and has not returned it.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public bool Ask(int partition, long urgency, bool isHolder, long now)
    {
        foreach (var (holder, until) in _leases.ToList())
        {
            if (until <= now) _leases.Remove(holder);
        }

        // Who does not ask any more does not want it any more.
        foreach (var (asker, waiting) in _waiting.ToList())
        {
            if (now - waiting.AskedAt >= leaseMilliseconds) _waiting.Remove(asker);
        }

        var isWarmingUp = now - begunAt < leaseMilliseconds;
        if (_leases.ContainsKey(partition) || (isHolder && (isWarmingUp || _leases.Count < places))) return Give(partition, now);
        _waiting[partition] = (urgency, now);
        var isFirst = _waiting.Count(other => other.Key != partition && IsBefore(other.Value.Urgency, other.Key, urgency, partition))
            < places - _leases.Count;
        return !isWarmingUp && isFirst && Give(partition, now);
    }

    /// <summary>A job does not need its place any more.</summary>
    public void Return(int partition)
    {
        _leases.Remove(partition);
        _waiting.Remove(partition);
    }

    private bool Give(int partition, long now)
    {
        _waiting.Remove(partition);
        _leases[partition] = now + leaseMilliseconds;
        return true;
    }

    private static bool IsBefore(long urgency, int partition, long otherUrgency, int otherPartition) =>
        (urgency, partition).CompareTo((otherUrgency, otherPartition)) < 0;
}
