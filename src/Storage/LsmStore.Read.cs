using System.Runtime.CompilerServices;

namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key)
    {
        var lease = AcquireView(out var snapshot);
        try
        {
            return lease.View.Get(key, snapshot);
        }
        finally
        {
            lease.Release();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>?> Get(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var lease = AcquireView(out var snapshot);
        try
        {
            return BatchLookup.Get(lease.View, snapshot, keys);
        }
        finally
        {
            lease.Release();
        }
    }

    /// <inheritdoc/>
    public MemoryLookup TryGetFromMemory(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        var lease = AcquireView(out var snapshot);
        try
        {
            if (lease.View.TryGetFromMemtables(key, snapshot, out var row))
            {
                value = row.Value;
                return row.Kind == RowKind.Put ? MemoryLookup.Found : MemoryLookup.Absent;
            }

            value = default;
            return lease.View.Levels.MayContain(key) ? MemoryLookup.OnDisk : MemoryLookup.Absent;
        }
        finally
        {
            lease.Release();
        }
    }

    /// <inheritdoc/>
    public void TryGetFromMemory(ReadOnlySpan<ReadOnlyMemory<byte>> keys, Span<MemoryRow> rows)
    {
        if (rows.Length < keys.Length)
            throw new ArgumentException($"There is no room for {keys.Length} rows, only for {rows.Length}.", nameof(rows));

        var found = new FoundRows();
        var lease = AcquireView(out var snapshot);
        try
        {
            for (var start = 0; start < keys.Length; start += SkipList.LaneCount)
            {
                var group = keys[start..Math.Min(start + SkipList.LaneCount, keys.Length)];
                lease.View.TryGetFromMemtables(group, snapshot, found);
                for (var i = 0; i < group.Length; i++)
                {
                    rows[start + i] = found[i] switch
                    {
                        { Kind: RowKind.Put } row => new MemoryRow(MemoryLookup.Found, row.Value),
                        null when lease.View.Levels.MayContain(group[i].Span) => new MemoryRow(MemoryLookup.OnDisk, default),
                        _ => new MemoryRow(MemoryLookup.Absent, default),
                    };
                }
            }
        }
        finally
        {
            lease.Release();
        }
    }

    /// <inheritdoc/>
    /// <remarks>The result can be enumerated once. It keeps memory and files of its moment until the enumeration ends.</remarks>
    public IEnumerable<StorageRow> Scan(
        ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until, ScanDirection direction = ScanDirection.Forward) =>
        new RowScan(NewSnapshot(), from, until, direction);

    /// <inheritdoc/>
    public ISnapshot TakeSnapshot() => NewSnapshot();

    private Snapshot NewSnapshot() => new(AcquireView(out var sequence), sequence);

    /// <summary>
    /// The current view, to be released, and the sequence up to which its rows count. The order matters, see <see cref="ReadView"/>.
    /// </summary>
    private ReadLease AcquireView(out ulong snapshot)
    {
        var lease = LeaseView();
        snapshot = NewestSequenceOf(lease.View);
        return lease;
    }

    /// <summary>The first half of a read's beginning; between it and the second half anything may happen.</summary>
    internal ReadLease LeaseView()
    {
        while (true)
        {
            var view = _view;
            ObjectDisposedException.ThrowIf(view is null, this);
            if (view.TryLease(out var lease))
                return lease;
        }
    }

    /// <summary>The second half: a view that a drop has replaced meanwhile shows nothing from after the drop, see <see cref="RangeDrops"/>.</summary>
    internal ulong NewestSequenceOf(ReadView view) => Math.Min(Volatile.Read(ref _visibleSequence), view.Levels.Drops.Horizon);

    [InlineArray(SkipList.LaneCount)]
    private struct FoundRows
    {
        private FoundRow? _first;
    }
}
