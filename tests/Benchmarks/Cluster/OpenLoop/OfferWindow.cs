using System.Collections.Concurrent;

namespace AkkaKv.Benchmarks;

/// <summary>How the requests that fell due in a stretch of time ended. Its counts are anybody's to raise.</summary>
internal sealed class OfferWindow(long deadlineNanoseconds)
{
    private readonly ConcurrentDictionary<string, long> _failures = new();
    private long _sent;
    private long _unsent;
    private long _good;
    private long _late;
    private long _refused;
    private long _failed;

    /// <summary>Requests that were handed to a client or a lane.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Requests that the driver's own bounds kept back.</summary>
    public long Unsent => Volatile.Read(ref _unsent);

    /// <summary>Answered with what was asked for, within the deadline.</summary>
    public long Good => Volatile.Read(ref _good);

    /// <summary>Refused by a node, <c>Overloaded</c>: nothing was done.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Answered with another failure.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Answered after the deadline, or not at all. Right once the deadline of the last one is past.</summary>
    public long TimedOut => Sent - Good - Refused - Failed;

    /// <summary>Of those that timed out: answered nevertheless.</summary>
    public long Late => Volatile.Read(ref _late);

    /// <summary>How often by kind.</summary>
    public IReadOnlyDictionary<string, long> Failures => _failures;

    /// <summary>Of those that are good, from when they were due.</summary>
    public LatencyRecorder GoodLatencies { get; } = new();

    /// <summary>How long a node took to refuse, from when the request was due.</summary>
    public LatencyRecorder RefusalLatencies { get; } = new();

    /// <summary>
    /// The latency in milliseconds within which so many of all that were sent had a good answer: whoever had none waited for ever. Infinite if
    /// fewer had one.
    /// </summary>
    public double PercentileOfAll(double share)
    {
        var wanted = Math.Ceiling(Sent * share);
        return Good == 0 || wanted > Good ? double.PositiveInfinity : GoodLatencies.Percentile(wanted / Good);
    }

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountUnsent() => Interlocked.Increment(ref _unsent);

    public void CountDone(long latencyNanoseconds)
    {
        if (latencyNanoseconds > deadlineNanoseconds)
        {
            Interlocked.Increment(ref _late);
            return;
        }

        GoodLatencies.Add(TimeSpan.FromTicks(latencyNanoseconds / TimeSpan.NanosecondsPerTick));
        Interlocked.Increment(ref _good);
    }

    public void CountRefused(long latencyNanoseconds)
    {
        RefusalLatencies.Add(TimeSpan.FromTicks(latencyNanoseconds / TimeSpan.NanosecondsPerTick));
        Interlocked.Increment(ref _refused);
    }

    /// <summary>A timeout that is told is one that is not told: <see cref="TimedOut"/> has both.</summary>
    public void CountFailed(string kind)
    {
        Interlocked.Increment(ref _failed);
        _failures.AddOrUpdate(kind, 1, (_, count) => count + 1);
    }
}
