namespace AkkaKv.Storage;

/// <summary>
/// Bytes per second, with a tenth of a second saved up at most. Tells how long to wait and leaves the waiting to the caller. One thread at
/// a time.
/// </summary>
/// <param name="bytesPerSecond">0 is no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class RateLimit(long bytesPerSecond, TimeProvider time)
{
    private const double BurstSeconds = 0.1;

    private long _since = time.GetTimestamp();

    /// <summary>Seconds of work that are taken and not yet over at <see cref="_since"/>; negative is what was saved up.</summary>
    private double _owedSeconds = -BurstSeconds;

    /// <summary>Takes bytes; returns how long to wait before going on.</summary>
    public TimeSpan Take(long bytes)
    {
        if (bytesPerSecond == 0)
            return TimeSpan.Zero;

        var now = time.GetTimestamp();
        var left = Math.Max(-BurstSeconds, _owedSeconds - time.GetElapsedTime(_since, now).TotalSeconds);
        _owedSeconds = left + (double)bytes / bytesPerSecond;
        _since = now;
        return _owedSeconds <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(_owedSeconds);
    }
}
