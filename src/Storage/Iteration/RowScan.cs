using System.Collections;

namespace AkkaKv.Storage;

/// <summary>
/// The rows of a range as they were when the scan was made: of every key its newest row up to the snapshot, unless that deletes it. Holds
/// its view from the beginning, so it can be enumerated once; the view is given back at the end of the enumeration, or by the finalizer if
/// there never was one.
/// </summary>
internal sealed class RowScan : IEnumerable<StorageRow>, IEnumerator<StorageRow>
{
    private readonly ulong _snapshot;
    private readonly ReadOnlyMemory<byte> _from;
    private readonly ReadOnlyMemory<byte> _until;
    private ReadView? _view;
    private RowIterator? _rows;
    private bool _taken;

    /// <summary>Takes over one reference to the view.</summary>
    public RowScan(ReadView view, ulong snapshot, ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        _view = view;
        _snapshot = snapshot;
        _from = from;
        _until = until;
    }

    ~RowScan() => ReleaseView();

    public StorageRow Current { get; private set; }

    object IEnumerator.Current => Current;

    public IEnumerator<StorageRow> GetEnumerator()
    {
        if (_taken)
            throw new InvalidOperationException("A scan shows one moment and is enumerated once; call Scan again for another.");
        _taken = true;
        return this;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool MoveNext()
    {
        if (_view is null)
            return false;

        if (_rows is null)
        {
            _rows = _view.Iterate(_from.Span, _until.Span);
            _rows.Seek(_from.Span);
        }
        else
        {
            SkipKey(Current.Key.Span);
        }

        var found = MoveToVisibleRow();
        if (!found)
            Dispose();

        // The rows lie in native memory that this object's finalizer may free.
        GC.KeepAlive(this);
        return found;
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose()
    {
        ReleaseView();
        GC.SuppressFinalize(this);
    }

    private bool MoveToVisibleRow()
    {
        while (_rows!.IsValid)
        {
            if (!_until.IsEmpty && _rows.Key.SequenceCompareTo(_until.Span) >= 0)
                return false;

            if (_rows.Sequence > _snapshot)
            {
                _rows.MoveNext();
                continue;
            }

            Current = Copy(_rows);
            if (_rows.Kind == RowKind.Put)
                return true;
            SkipKey(Current.Key.Span);
        }

        return false;
    }

    private void SkipKey(ReadOnlySpan<byte> key)
    {
        while (_rows!.IsValid && _rows.Key.SequenceEqual(key))
            _rows.MoveNext();
    }

    private static StorageRow Copy(RowIterator row)
    {
        var bytes = new byte[row.Key.Length + row.Value.Length];
        row.Key.CopyTo(bytes);
        row.Value.CopyTo(bytes.AsSpan(row.Key.Length));
        return new StorageRow(bytes.AsMemory(0, row.Key.Length), bytes.AsMemory(row.Key.Length));
    }

    private void ReleaseView() => Interlocked.Exchange(ref _view, null)?.Release();
}
