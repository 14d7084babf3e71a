namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key)
    {
        var view = AcquireView(out var snapshot);
        try
        {
            // A bare null would become an empty memory here: there is a conversion from a null array.
            return view.TryGet(key, snapshot, out var row) && row.Kind == RowKind.Put ? row.Value : default(ReadOnlyMemory<byte>?);
        }
        finally
        {
            view.Release();
        }
    }

    /// <inheritdoc/>
    public MemoryLookup TryGetFromMemory(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        var view = AcquireView(out var snapshot);
        try
        {
            if (view.TryGetFromMemtables(key, snapshot, out var row))
            {
                value = row.Value;
                return row.Kind == RowKind.Put ? MemoryLookup.Found : MemoryLookup.Absent;
            }

            value = default;
            return view.Levels.MayContain(key) ? MemoryLookup.OnDisk : MemoryLookup.Absent;
        }
        finally
        {
            view.Release();
        }
    }

    /// <inheritdoc/>
    /// <remarks>The result can be enumerated once. It keeps memory and files of its moment until the enumeration ends.</remarks>
    public IEnumerable<StorageRow> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        var view = AcquireView(out var snapshot);
        return new RowScan(view, snapshot, from, until);
    }

    /// <summary>
    /// The current view, to be released, and the sequence up to which its rows count. The order matters, see <see cref="ReadView"/>.
    /// </summary>
    private ReadView AcquireView(out ulong snapshot)
    {
        while (true)
        {
            var view = _view;
            ObjectDisposedException.ThrowIf(view is null, this);
            if (!view.TryAcquire())
                continue;

            snapshot = Volatile.Read(ref _visibleSequence);
            return view;
        }
    }
}
