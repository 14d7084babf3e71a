using System.Numerics;

namespace AkkaKv.Benchmarks;

/// <summary>
/// Latencies in buckets of about 1.6% (64 to each power of two of nanoseconds), for any number of threads, without allocation.
/// </summary>
internal sealed class LatencyRecorder
{
    private const int SubBits = 6;

    private readonly long[] _counts = new long[64 << SubBits];

    public void Add(TimeSpan latency) => Interlocked.Increment(ref _counts[Bucket((ulong)Math.Max(1, latency.TotalNanoseconds))]);

    /// <summary>In milliseconds; the upper end of the bucket.</summary>
    public double Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(_counts.Sum() * share);
        var bucket = 0;
        for (var seen = _counts[0]; seen < wanted; seen += _counts[bucket])
            bucket++;
        return Upper(bucket) / 1e6;
    }

    private static int Bucket(ulong nanoseconds)
    {
        var power = BitOperations.Log2(nanoseconds);
        var sub = power <= SubBits ? (int)(nanoseconds << (SubBits - power)) : (int)(nanoseconds >> (power - SubBits));
        return (power << SubBits) | (sub & ((1 << SubBits) - 1));
    }

    private static double Upper(int bucket) =>
        Math.Pow(2, bucket >> SubBits) * (1 + ((bucket & ((1 << SubBits) - 1)) + 1.0) / (1 << SubBits));
}
