namespace AkkaKv.Node;

/// <summary>
/// Bytes for each second, for all who share it. Whoever spends waits as long as what was spent before takes, so no burst is longer than one
/// message, and who comes after a pause does not wait.
/// </summary>
/// <param name="bytesPerSecond">From 1; <see cref="long.MaxValue"/> for no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class RepairPace(long bytesPerSecond, TimeProvider time) : IRepairPace
{
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();

    /// <summary>When everything that was spent is paid for.</summary>
    private TimeSpan _paid;

    /// <inheritdoc/>
    public ValueTask SpendAsync(long bytes, CancellationToken cancellation)
    {
        if (bytesPerSecond == long.MaxValue) return ValueTask.CompletedTask;
        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetElapsedTime(_start);
            if (_paid < now) _paid = now;
            _paid += TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            wait = _paid - now;
        }

        // Shorter waits than a timer's tick add up until they are worth one.
        return wait < TimeSpan.FromMilliseconds(10) ? ValueTask.CompletedTask : new ValueTask(Task.Delay(wait, time, cancellation));
    }
}
