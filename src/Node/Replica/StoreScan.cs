using System.Collections.Immutable;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>Rows of a token range out of all stores of a node: each store holds some tokens of every range.</summary>
internal static class StoreScan
{
    /// <summary>What answers a scan: rows up to its limits; reads the disk on this thread.</summary>
    public static ReplicaRows Page(ImmutableArray<IStorageEngine> stores, ReplicaScan scan)
    {
        var rows = new List<ReplicaRow>();
        var bytes = 0;
        foreach (var row in Of(stores, scan.From, scan.Until))
        {
            if (rows.Count == scan.LimitRows || bytes >= scan.LimitBytes) return new ReplicaRows([.. rows], IsEnd: false);
            rows.Add(new ReplicaRow(row.Key, row.Value));
            bytes += row.Key.Length + row.Value.Length;
        }

        return new ReplicaRows([.. rows], IsEnd: true);
    }

    /// <summary>The rows of [from, until) in order; reads the disk on the thread that enumerates.</summary>
    public static IEnumerable<StorageRow> Of(ImmutableArray<IStorageEngine> stores, ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        if (stores.Length == 1) return stores[0].Scan(from, until);
        return Merge(stores, from, until);
    }

    private static IEnumerable<StorageRow> Merge(ImmutableArray<IStorageEngine> stores, ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        var byKey = Comparer<ReadOnlyMemory<byte>>.Create((x, y) => x.Span.SequenceCompareTo(y.Span));
        var heads = new PriorityQueue<IEnumerator<StorageRow>, ReadOnlyMemory<byte>>(byKey);
        try
        {
            foreach (var store in stores) Advance(store.Scan(from, until).GetEnumerator());
            while (heads.TryDequeue(out var head, out _))
            {
                yield return head.Current;
                Advance(head);
            }
        }
        finally
        {
            while (heads.TryDequeue(out var head, out _)) head.Dispose();
        }

        void Advance(IEnumerator<StorageRow> rows)
        {
            if (rows.MoveNext()) heads.Enqueue(rows, rows.Current.Key);
            else rows.Dispose();
        }
    }
}
