namespace AkkaKv.Protocol;

/// <summary>
/// The clock of one node: never backwards, never behind a stamp it was shown, and never led more than <see cref="MaximumLead"/> ahead of
/// its own physical clock by somebody else's. Safe for any number of threads.
/// </summary>
public sealed class HybridLogicalClock
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private HybridTimestamp _last;

    /// <summary>A clock over a physical one.</summary>
    public HybridLogicalClock(TimeProvider time) => _time = time;

    /// <summary>How far another's stamp may lead this clock ahead of its physical one.</summary>
    public static TimeSpan MaximumLead { get; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// True while it is more than <see cref="MaximumLead"/> ahead of its physical clock, because that fell back: stamps given now would be as
    /// wrong as the physical clock was.
    /// </summary>
    public bool IsAhead
    {
        get
        {
            lock (_gate) return _last > Limit();
        }
    }

    /// <summary>
    /// A new stamp, greater than every stamp given or followed before and than <paramref name="superseded"/>. Where that is more than
    /// <see cref="MaximumLead"/> ahead of the physical clock, the new one is just beyond it, and the clock does not follow.
    /// </summary>
    /// <param name="superseded">The highest stamp among what the write supersedes.</param>
    public HybridTimestamp Next(HybridTimestamp superseded = default)
    {
        lock (_gate)
        {
            var now = HybridTimestamp.Of(_time.GetUtcNow().ToUnixTimeMilliseconds());
            _last = now > _last ? now : _last.Next();
            if (superseded < _last) return _last;
            if (superseded > Limit()) return superseded.Next();
            return _last = superseded.Next();
        }
    }

    /// <summary>Follows a stamp that came with a batch.</summary>
    /// <returns>False if it is more than <see cref="MaximumLead"/> ahead of the physical clock, and so was not followed.</returns>
    public bool Observe(HybridTimestamp stamp)
    {
        lock (_gate)
        {
            if (stamp > Limit()) return false;
            if (stamp > _last) _last = stamp;
            return true;
        }
    }

    private HybridTimestamp Limit() => HybridTimestamp.Of((_time.GetUtcNow() + MaximumLead).ToUnixTimeMilliseconds(), ushort.MaxValue);
}
