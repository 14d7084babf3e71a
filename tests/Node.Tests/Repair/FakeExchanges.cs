using System.Collections.Concurrent;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>The comparisons of a cluster's nodes, as a test wants them to go; counts how many there are at once.</summary>
internal sealed class FakeExchanges
{
    private int _atOnce;
    private int _most;

    /// <summary>Comparisons that ran at the same time, at most.</summary>
    public int MostAtOnce => _most;

    /// <summary>Comparisons so far, by partition.</summary>
    public ConcurrentDictionary<int, int> Counts { get; } = new();

    /// <summary>Whom nobody reaches.</summary>
    public Func<ReplicaId, bool> IsGone { get; set; } = _ => false;

    /// <summary>Keys that differ in the next comparison of a partition.</summary>
    public ConcurrentDictionary<int, long> Differences { get; } = new();

    public IPartitionExchange OfANode() => new Exchange(this);

    private sealed class Exchange(FakeExchanges all) : IPartitionExchange
    {
        public async Task<ExchangeReport> CompareAsync(int partition, ReplicaId peer, ExchangeMode mode, CancellationToken cancellation)
        {
            var atOnce = Interlocked.Increment(ref all._atOnce);
            InterlockedMax(ref all._most, atOnce);
            try
            {
                await Task.Yield();
                if (all.IsGone(peer)) return new ExchangeReport { Outcome = ExchangeOutcome.Failed, Detail = "nobody is there" };
                all.Counts.AddOrUpdate(partition, 1, (_, count) => count + 1);
                all.Differences.TryRemove(partition, out var differences);
                return new ExchangeReport
                {
                    Outcome = differences == 0 ? ExchangeOutcome.Equal : ExchangeOutcome.Mended,
                    Differences = differences,
                    BytesSent = 100,
                };
            }
            finally
            {
                Interlocked.Decrement(ref all._atOnce);
            }
        }

        private static void InterlockedMax(ref int target, int value)
        {
            for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            {
                if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
            }
        }
    }
}
