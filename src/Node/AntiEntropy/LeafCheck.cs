using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>What a check of a block has found.</summary>
/// <param name="WasDoubtful">True if the block was known to be possibly wrong.</param>
/// <param name="WrongLeaves">Leaves that were corrected.</param>
/// <param name="BytesRead">Bytes of the rows that were read.</param>
internal readonly record struct LeafCheckResult(bool WasDoubtful, int WrongLeaves, long BytesRead);

/// <summary>Compares a block of a store's leaves with its rows and corrects it: the slow scrub, and how leaves are built anew.</summary>
internal static class LeafCheck
{
    /// <summary>A snapshot is behind the leaves for the moment between a batch's note and its publication; more looks than that takes.</summary>
    private const int LooksLimit = 10_000;

    /// <summary>
    /// Checks a block while writes go on; reads its rows on the calling thread. Null if a range drop or a stopped store came in between: it is
    /// to be tried again later. One check of a store at a time.
    /// </summary>
    /// <exception cref="CorruptionException">A row of the block cannot be read; the block stays as it is.</exception>
    /// <exception cref="InvalidDataException">A row of the block is no record; the block stays as it is.</exception>
    public static LeafCheckResult? Run(LeafTable table, int block, IStorageEngine store)
    {
        var wasDoubtful = table.IsDoubtful(block);
        if (table.Watch(block) is not { } watch) return null;
        try
        {
            using var snapshot = SnapshotFrom(store, watch.Sequence);
            if (snapshot is null || table.At(watch, snapshot.Sequence) is not { } off) return null;
            var bytes = AddRows(table.Shape, watch, snapshot, off);
            return table.Correct(watch, off) is { } wrong ? new LeafCheckResult(wasDoubtful, wrong, bytes) : null;
        }
        finally
        {
            table.Abandon(watch);
        }
    }

    private static ISnapshot? SnapshotFrom(IStorageEngine store, ulong sequence)
    {
        var spin = new SpinWait();
        for (var looks = 0; looks < LooksLimit; looks++)
        {
            var snapshot = store.TakeSnapshot();
            if (snapshot.Sequence >= sequence) return snapshot;
            snapshot.Dispose();
            if (!store.State.AcceptsCommits) return null;
            spin.SpinOnce();
        }

        return null;
    }

    /// <summary>What is left of the leaves without their rows is what they are off.</summary>
    private static long AddRows(LeafShape shape, LeafWatch watch, ISnapshot snapshot, ulong[] leaves)
    {
        var (from, until) = shape.RowsOf(new LeafRange(watch.FirstLeaf, watch.FirstLeaf + leaves.Length));
        var bytes = 0L;
        foreach (var row in snapshot.Scan(from, until))
        {
            bytes += row.Key.Length + row.Value.Length;
            if (!RowKey.IsRecord(row.Key.Span)) continue;
            var hash = RecordCodec.Decode(row.Value).Hash(RowKey.KeyOf(row.Key).Span);
            leaves[shape.LeafOf(RowKey.TokenOf(row.Key.Span)) - watch.FirstLeaf] ^= hash;
        }

        return bytes;
    }
}
