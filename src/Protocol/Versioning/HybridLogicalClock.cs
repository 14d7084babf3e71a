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

    /// <summary>A new stamp, greater than every stamp given or followed before and than <paramref name="superseded"/>.</summary>
    /// <param name="superseded">The highest stamp among what the write supersedes; the new one is greater, however far ahead it is.</param>
    public HybridTimestamp Next(HybridTimestamp superseded = default)
    {
        lock (_gate)
        {
            var now = HybridTimestamp.Of(_time.GetUtcNow().ToUnixTimeMilliseconds());
            _last = now > _last ? now : _last.Next();
            // A write may have to be stamped beyond a record from a clock that was far ahead; this clock does not follow it there.
            return superseded >= _last ? superseded.Next() : _last;
        }
    }

    /// <summary>Follows a stamp that came with a batch.</summary>
    /// <returns>False if it is more than <see cref="MaximumLead"/> ahead of the physical clock, and so was not followed.</returns>
    public bool Observe(HybridTimestamp stamp)
    {
        lock (_gate)
        {
            var limit = HybridTimestamp.Of((_time.GetUtcNow() + MaximumLead).ToUnixTimeMilliseconds(), ushort.MaxValue);
            if (stamp > limit) return false;
            if (stamp > _last) _last = stamp;
            return true;
        }
    }
}
