using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// Which partition a node compares next, and with whom. Each owner compares with the one behind it in the list of owners, the last with the
/// first; so together they compare all of them, and nobody has to lead.
/// </summary>
internal static class RepairPlan
{
    /// <summary>A comparison that failed is not tried again before this; others go first.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    /// <summary>A partition and a peer; null if nothing is due, or nobody that is due can be reached.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="self">This node's replica.</param>
    /// <param name="log">When partitions were compared, and which are to be.</param>
    /// <param name="isReachable">Whether a replica can be asked now.</param>
    /// <param name="now">Physical time.</param>
    /// <param name="interval">After so long a partition is due.</param>
    public static (int Partition, ReplicaId Peer)? Next(
        Ring ring, ReplicaId self, RepairLog log, Func<ReplicaId, bool> isReachable, DateTimeOffset now, TimeSpan interval)
    {
        (int Partition, ReplicaId Peer)? next = null;
        var oldest = DateTimeOffset.MaxValue;
        var retryAfter = RetryAfter < interval ? RetryAfter : interval;
        foreach (var partition in log.Owned)
        {
            var stamp = log.Of(partition);
            var last = stamp?.EndedAt ?? DateTimeOffset.MinValue;
            if (last >= oldest || IsWithin(stamp?.WholeAt, interval) || IsWithin(stamp?.EndedAt, retryAfter)) continue;
            if (PeerOf(ring, partition, self, isReachable) is not { } peer) continue;
            (next, oldest) = ((partition, peer), last);
        }

        return next;

        // A clock that was set back makes partitions due, not late for as long as it was set.
        bool IsWithin(DateTimeOffset? moment, TimeSpan span) => moment > now - span && moment <= now;
    }

    /// <summary>The next owner that can be reached.</summary>
    private static ReplicaId? PeerOf(Ring ring, int partition, ReplicaId self, Func<ReplicaId, bool> isReachable)
    {
        var owners = ring.OwnerIdsOf(partition);
        var place = owners.IndexOf(self);
        for (var step = 1; place >= 0 && step < owners.Length; step++)
        {
            var peer = owners[(place + step) % owners.Length];
            if (isReachable(peer)) return peer;
        }

        return null;
    }
}
