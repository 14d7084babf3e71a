using System.Collections.Immutable;
using AkkaKv.Storage;
using HdrHistogram;

namespace AkkaKv.Benchmarks;

/// <summary>One window: a figure for each of <see cref="Columns"/>, and the tables of the levels at its end.</summary>
internal sealed record SteadyWindow(ImmutableArray<double> Figures, ImmutableArray<int> TablesPerLevel)
{
    public static ImmutableArray<string> Columns { get; } =
    [
        "reads/s", "r p50 ms", "r p99", "r p99.9", "writes/s", "w p50 ms", "w p99", "w p99.9", "scans/s", "s p99 ms",
        "rss MB", "heap MB", "native MB", "cache MB", "files", "disk MB", "open", "slowed ms", "stalls", "stalled ms", "merges", "merged MB",
    ];

    /// <param name="elapsed">How long the window was.</param>
    /// <param name="reads">Latencies of the window in microseconds; so are the next two.</param>
    /// <param name="writes">Of the synced writes.</param>
    /// <param name="scans">Of the scans.</param>
    /// <param name="highest">The highest of each gauge.</param>
    /// <param name="before">The store's counts at the beginning.</param>
    /// <param name="after">And at the end.</param>
    public static SteadyWindow Of(
        TimeSpan elapsed,
        HistogramBase reads,
        HistogramBase writes,
        HistogramBase scans,
        SteadyGauges highest,
        StorageStatistics before,
        StorageStatistics after)
    {
        return new SteadyWindow(
            [
                Rate(reads), Percentile(reads, 50), Percentile(reads, 99), Percentile(reads, 99.9),
                Rate(writes), Percentile(writes, 50), Percentile(writes, 99), Percentile(writes, 99.9),
                Rate(scans), Percentile(scans, 99),
                highest.ResidentBytes / 1e6, highest.HeapBytes / 1e6, highest.MemtableBytes / 1e6, highest.CacheBytes / 1e6,
                highest.Files, highest.DiskBytes / 1e6, highest.OpenFiles,
                (after.Commits.SlowedTime - before.Commits.SlowedTime).TotalMilliseconds,
                after.Commits.Stalls - before.Commits.Stalls,
                (after.Commits.StalledTime - before.Commits.StalledTime).TotalMilliseconds,
                after.Compaction.Merges - before.Compaction.Merges,
                (after.Compaction.BytesWritten - before.Compaction.BytesWritten) / 1e6,
            ],
            after.Tables.CountPerLevel);

        static double Percentile(HistogramBase latencies, double percent) => latencies.GetValueAtPercentile(percent) / 1e3;
        double Rate(HistogramBase latencies) => latencies.TotalCount / elapsed.TotalSeconds;
    }
}
