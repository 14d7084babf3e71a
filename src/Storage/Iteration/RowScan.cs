using System.Collections;

namespace AkkaKv.Storage;

/// <summary>
/// The rows of a range as a snapshot shows them: of every key its newest row up to the snapshot, unless that deletes it. Holds the snapshot
/// from the beginning, so it can be enumerated once; the snapshot is given back at the end of the enumeration, or by its own finalizer if
/// there never was one.
/// </summary>
internal sealed class RowScan : IEnumerable<StorageRow>, IEnumerator<StorageRow>
{
    private readonly ReadOnlyMemory<byte> _from;
    private readonly ReadOnlyMemory<byte> _until;
    private readonly ScanDirection _direction;
    private readonly ulong _sequence;
    private Snapshot? _snapshot;
    private RowIterator? _rows;
    private byte[] _key = [];
    private bool _taken;

    /// <summary>Takes over one reference to the snapshot.</summary>
    public RowScan(Snapshot snapshot, ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until, ScanDirection direction)
    {
        _snapshot = snapshot;
        _sequence = snapshot.Sequence;
        _from = from;
        _until = until;
        _direction = direction;
    }

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
        if (_snapshot is not { } snapshot)
            return false;

        if (_rows is null)
            Begin(snapshot);
        var found = _direction == ScanDirection.Forward ? FindNext() : FindPrevious();
        if (!found)
            Dispose();

        // The rows lie in native memory that the snapshot's finalizer may free.
        GC.KeepAlive(snapshot);
        return found;
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose() => Interlocked.Exchange(ref _snapshot, null)?.Release();

    private void Begin(Snapshot snapshot)
    {
        _rows = snapshot.View.Iterate(_from.Span, _until.Span);
        if (_direction == ScanDirection.Forward)
            _rows.Seek(_from.Span);
        else
            _rows.SeekBefore(_until.Span);
    }

    /// <summary>Of a key's rows the newest come first: the first that is visible counts, the rest is passed over.</summary>
    private bool FindNext()
    {
        var rows = _rows!;
        SkipRowsOf(Current.Key.Span);
        while (rows.IsValid && (_until.IsEmpty || rows.Key.SequenceCompareTo(_until.Span) < 0))
        {
            if (rows.Sequence > _sequence)
            {
                rows.MoveNext();
            }
            else if (rows.Kind == RowKind.Put)
            {
                Current = Copy(rows);
                return true;
            }
            else
            {
                SkipRowsOf(Remember(rows.Key));
            }
        }

        return false;
    }

    /// <summary>Of a key's rows the newest come last: the last that is visible counts, and then the key is behind.</summary>
    private bool FindPrevious()
    {
        var rows = _rows!;
        while (rows.IsValid && rows.Key.SequenceCompareTo(_from.Span) >= 0)
        {
            var key = Remember(rows.Key);
            var isThere = false;
            for (; rows.IsValid && rows.Key.SequenceEqual(key); rows.MovePrevious())
            {
                if (rows.Sequence > _sequence)
                    continue;
                isThere = rows.Kind == RowKind.Put;
                if (isThere)
                    Current = Copy(rows);
            }

            if (isThere)
                return true;
        }

        return false;
    }

    private void SkipRowsOf(ReadOnlySpan<byte> key)
    {
        while (_rows!.IsValid && _rows.Key.SequenceEqual(key))
            _rows.MoveNext();
    }

    /// <summary>A copy of a key that stays while the iterator moves, until the next call.</summary>
    private ReadOnlySpan<byte> Remember(ReadOnlySpan<byte> key)
    {
        if (key.Length > _key.Length)
            _key = new byte[Math.Max(key.Length, 64)];
        key.CopyTo(_key);
        return _key.AsSpan(0, key.Length);
    }

    private static StorageRow Copy(RowIterator row)
    {
        var bytes = new byte[row.Key.Length + row.Value.Length];
        row.Key.CopyTo(bytes);
        row.Value.CopyTo(bytes.AsSpan(row.Key.Length));
        return new StorageRow(bytes.AsMemory(0, row.Key.Length), bytes.AsMemory(row.Key.Length));
    }
}
