using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AkkaKv.Benchmarks;

/// <summary>
/// The moments at which one thread begins its operations, fixed before it starts. A thread that is late begins at once, and its latencies
/// count from the moment that was fixed: an operation that waits for a slow one before it is slow as well (Tene, "How not to measure
/// latency"). Sleeps to some ten microseconds, which timers do not; Linux only.
/// </summary>
internal sealed class Pace(TimeSpan interval, TimeSpan offset)
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(100);

    private readonly long _started = Stopwatch.GetTimestamp();
    private long _operations;

    /// <summary>How long ago the operation that <see cref="WaitForNext"/> returned for should have begun.</summary>
    public TimeSpan SinceScheduled => Stopwatch.GetElapsedTime(_started) - Scheduled;

    private TimeSpan Scheduled => offset + interval * (_operations - 1);

    /// <summary>Waits for the next moment; false if there is to be none any more.</summary>
    public bool WaitForNext(CancellationToken stop)
    {
        _operations++;
        while (!stop.IsCancellationRequested)
        {
            var ahead = -SinceScheduled;
            if (ahead <= TimeSpan.Zero)
                return true;

            _ = NanoSleep(new TimeSpec(0, (nint)(ahead < LongestSleep ? ahead : LongestSleep).TotalNanoseconds), 0);
        }

        return false;
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    private static extern int NanoSleep(in TimeSpec time, nint remaining);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
