namespace AkkaKv.Storage;

/// <summary>
/// Looks many keys up at once. The keys are sorted, then every source from the newest to the oldest is asked for those that are still open
/// and in its range; neighbours in one block share its reading, whether a cache keeps it or not.
/// </summary>
internal static class BatchLookup
{
    /// <summary>The values in the order of the keys, null where there is no row.</summary>
    public static ReadOnlyMemory<byte>?[] Get(ReadView view, ulong snapshot, IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        var values = new ReadOnlyMemory<byte>?[keys.Count];
        var open = new List<Lookup>(keys.Count);
        for (var i = 0; i < keys.Count; i++)
        {
            if (!view.TryGetFromMemtables(keys[i].Span, snapshot, out var row))
                open.Add(new Lookup(keys[i], i, BloomFilter.Hash(keys[i].Span)));
            else if (row.Kind == RowKind.Put)
                values[i] = row.Value;
        }

        open.Sort(static (one, other) => one.Key.Span.SequenceCompareTo(other.Key.Span));
        foreach (var table in view.Levels.Tables)
        {
            if (open.Count == 0)
                break;
            GetFromTable(view.Levels, table, open, values);
        }

        return values;
    }

    private static void GetFromTable(LevelSet levels, Table table, List<Lookup> open, ReadOnlyMemory<byte>?[] values)
    {
        var first = FirstAtOrAfter(open, table.Info.SmallestKey.Span);
        var kept = first;
        var last = default(Table.LastBlock);
        var next = first;
        for (; next < open.Count && table.Info.Covers(open[next].Key.Span); next++)
        {
            var lookup = open[next];
            if (levels.MayContain(table, lookup.Key.Span, lookup.Hash) && table.TryGet(lookup.Key.Span, ref last, out var row))
            {
                row = levels.Drops.Apply(lookup.Key.Span, row);
                values[lookup.Index] = row.Kind == RowKind.Put ? row.Value : default(ReadOnlyMemory<byte>?);
            }
            else
            {
                open[kept++] = lookup;
            }
        }

        open.RemoveRange(kept, next - kept);
    }

    private static int FirstAtOrAfter(List<Lookup> sorted, ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, sorted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle].Key.Span.SequenceCompareTo(key) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private readonly record struct Lookup(ReadOnlyMemory<byte> Key, int Index, ulong Hash);
}
