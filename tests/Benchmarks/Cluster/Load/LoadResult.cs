using System.Collections.Concurrent;
using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>How long a work is done.</summary>
/// <param name="WarmUp">Before it is measured.</param>
/// <param name="Duration">While it is measured.</param>
/// <param name="OperationsLimit">The measurement ends with so many operations if that is sooner.</param>
internal sealed record LoadLength(TimeSpan WarmUp, TimeSpan Duration, int OperationsLimit);

/// <summary>What was used until a moment, by everybody who takes part.</summary>
/// <param name="At">The moment, <see cref="MonotonicClock"/>.</param>
/// <param name="ClientCpuSeconds">This process: driver and client.</param>
/// <param name="ServerCpuSeconds">All processes of the system together.</param>
/// <param name="LoopbackBytes">On the loopback interface, with headers; from client and from servers.</param>
/// <param name="WrittenBytes">What the servers sent to the disk.</param>
internal readonly record struct Usage(long At, double ClientCpuSeconds, double ServerCpuSeconds, long LoopbackBytes, long WrittenBytes)
{
    public static Usage Of(ServerGroup servers) => new(
        MonotonicClock.Now, Environment.CpuUsage.TotalTime.TotalSeconds, servers.CpuSeconds, LoopbackBytesNow(), servers.WrittenBytes);

    public static Usage operator -(Usage later, Usage earlier) => new(
        later.At - earlier.At,
        later.ClientCpuSeconds - earlier.ClientCpuSeconds,
        later.ServerCpuSeconds - earlier.ServerCpuSeconds,
        later.LoopbackBytes - earlier.LoopbackBytes,
        later.WrittenBytes - earlier.WrittenBytes);

    private static long LoopbackBytesNow()
    {
        var line = File.ReadLines("/proc/net/dev").First(line => line.TrimStart().StartsWith("lo:", StringComparison.Ordinal));
        return long.Parse(line[(line.IndexOf(':') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
    }
}

/// <summary>What was counted in a stretch of time. Its counts are anybody's to raise.</summary>
internal sealed class LoadWindow
{
    private readonly ConcurrentDictionary<string, long> _failures = new();
    private long _done;
    private long _failed;

    public LatencyRecorder Latencies { get; } = new();

    /// <summary>Operations that did what was asked.</summary>
    public long Done => Volatile.Read(ref _done);

    public long Failed => Volatile.Read(ref _failed);

    /// <summary>How often by kind.</summary>
    public IReadOnlyDictionary<string, long> Failures => _failures;

    /// <summary>From its first moment to its last.</summary>
    public Usage Used { get; set; }

    public double DonePerSecond => Used.At == 0 ? 0 : Done / (Used.At / 1e9);

    /// <summary>One that failed has a latency too, or a system that times out would look fast.</summary>
    public void Count(string? failure, long latencyNanoseconds)
    {
        Latencies.Add(TimeSpan.FromTicks(latencyNanoseconds / TimeSpan.NanosecondsPerTick));
        if (failure is null)
        {
            Interlocked.Increment(ref _done);
            return;
        }

        Interlocked.Increment(ref _failed);
        _failures.AddOrUpdate(failure, 1, (_, count) => count + 1);
    }
}

/// <summary>What a work gave.</summary>
/// <param name="Start">While it warmed up.</param>
/// <param name="Steady">After that.</param>
/// <param name="MemoryBytes">Resident memory of the servers at the end.</param>
internal sealed record LoadResult(LoadWindow Start, LoadWindow Steady, long MemoryBytes)
{
    /// <summary>Null if every operation did what was asked.</summary>
    public string? Failures
    {
        get
        {
            var failed = Start.Failed + Steady.Failed;
            if (failed == 0)
                return null;
            var kinds = Start.Failures.Concat(Steady.Failures).GroupBy(kind => kind.Key).OrderByDescending(kind => kind.Sum(one => one.Value));
            return string.Create(CultureInfo.InvariantCulture, $"{failed:N0} of {failed + Start.Done + Steady.Done:N0} operations failed: ")
                + string.Join(", ", kinds.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key} {kind.Sum(one => one.Value):N0}")));
        }
    }

    /// <param name="work">What was done.</param>
    /// <param name="askedPerSecond">The rate of a paced work; a driver that did not keep it was itself too slow, not the system.</param>
    public IEnumerable<Figure> FiguresOf(ClusterWork work, double? askedPerSecond)
    {
        var (name, used) = (work.Name, Steady.Used);
        var operations = Math.Max(1, Steady.Done);
        yield return new Figure(name, Steady.DonePerSecond, "ops/s", true);
        yield return askedPerSecond is { } asked
            ? new Figure($"{name}: asked for", asked, "ops/s", true)
            : new Figure($"{name}: while warming up", Start.DonePerSecond, "ops/s", true);
        yield return new Figure($"{name}: p50", Steady.Latencies.Percentile(0.5), "ms", false);
        yield return new Figure($"{name}: p99", Steady.Latencies.Percentile(0.99), "ms", false);
        yield return new Figure($"{name}: p99.9", Steady.Latencies.Percentile(0.999), "ms", false);
        yield return new Figure($"{name}: client CPU", used.ClientCpuSeconds * 1e6 / operations, "s/Mop", false);
        yield return new Figure($"{name}: servers' CPU", used.ServerCpuSeconds * 1e6 / operations, "s/Mop", false);
        yield return new Figure($"{name}: loopback", (double)used.LoopbackBytes / operations, "B/op", false);
        if (work.WriteShare > 0)
            yield return new Figure($"{name}: servers' disk writes", (double)used.WrittenBytes / operations, "B/op", false);
        yield return new Figure($"{name}: servers' memory", MemoryBytes / 1e6, "MB", false);
    }
}
