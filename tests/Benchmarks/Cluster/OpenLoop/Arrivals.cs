namespace AkkaKv.Benchmarks;

/// <summary>
/// When requests of an open load fall due: evenly, whatever happens to those before them. A driver that is late begins what is overdue at
/// once, under the moment at which it was due; what is overdue by more than the limit is not offered but counted, so that a driver that
/// cannot keep the rate is not taken for a slow system.
/// </summary>
/// <param name="perSecond">The rate, above 0.</param>
/// <param name="begin">When the first one is due, in nanoseconds of the caller's clock.</param>
/// <param name="lateLimit">Nanoseconds.</param>
internal sealed class Arrivals(double perSecond, long begin, long lateLimit)
{
    private long _next;

    /// <summary>How many were never offered, because the driver came too late.</summary>
    public long Skipped { get; private set; }

    /// <summary>When the next one is due.</summary>
    public long NextDue => DueOf(_next);

    /// <summary>Takes the next one, if it is due.</summary>
    /// <param name="now">In nanoseconds of the caller's clock.</param>
    /// <param name="due">When it was due: at most the limit before <paramref name="now"/>.</param>
    public bool TryTake(long now, out long due)
    {
        due = NextDue;
        if (due > now) return false;
        if (now - due > lateLimit)
        {
            var first = (long)Math.Ceiling((now - lateLimit - begin) * perSecond / 1e9);
            Skipped += first - _next;
            (_next, due) = (first, DueOf(first));
            // At a low rate there may be none between the limit and now.
            if (due > now) return false;
        }

        _next++;
        return true;
    }

    private long DueOf(long number) => begin + (long)(number / perSecond * 1e9);
}
