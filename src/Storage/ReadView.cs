using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>
/// Everything a read needs, fixed at one moment: the memtable that takes writes, the closed ones that wait for their flush, and the tables.
/// A change of any part makes a new view. Whoever holds an old one goes on reading what it shows; memory and files go with the last holder.
/// </summary>
/// <remarks>
/// <b>Snapshots are views.</b> A reader takes the view first and the visible sequence second. So no table or closed memtable in the view
/// holds a row newer than the sequence, and the rows of the open memtable that are newer are skipped by their number. That is why a
/// flush keeps only the newest row of a key, and why merging tables never has to know who reads. Taking them the other way round would
/// lose rows: the view could be younger than the sequence, and the row that the sequence asks for already dropped.
/// </remarks>
internal sealed class ReadView
{
    private readonly StripedCount _readers = new();

    /// <summary>Takes a reference to every part.</summary>
    public ReadView(Memtable open, ImmutableArray<Memtable> closed, LevelSet levels)
    {
        Open = open;
        Closed = closed;
        Levels = levels;

        open.Acquire();
        foreach (var memtable in closed)
            memtable.Acquire();
        levels.Acquire();
    }

    /// <summary>The memtable that takes writes.</summary>
    public Memtable Open { get; }

    /// <summary>Memtables that wait for their flush, the newest first.</summary>
    public ImmutableArray<Memtable> Closed { get; }

    public LevelSet Levels { get; }

    public bool TryGetFromMemtables(ReadOnlySpan<byte> key, ulong snapshot, out FoundRow row)
    {
        var found = Open.TryGet(key, snapshot, out row);
        for (var i = 0; i < Closed.Length && !found; i++)
            found = Closed[i].TryGet(key, snapshot, out row);

        if (found)
            row = Levels.Drops.Apply(key, row);
        return found;
    }

    /// <summary>The same for up to <see cref="SkipList.LaneCount"/> keys at once; fills in as many rows, null where memory has none.</summary>
    public void TryGetFromMemtables(ReadOnlySpan<ReadOnlyMemory<byte>> keys, ulong snapshot, Span<FoundRow?> rows)
    {
        rows.Clear();
        Open.TryGet(keys, snapshot, rows);
        foreach (var memtable in Closed)
            memtable.TryGet(keys, snapshot, rows);

        for (var place = 0; place < keys.Length; place++)
        {
            if (rows[place] is { } row)
                rows[place] = Levels.Drops.Apply(keys[place].Span, row);
        }
    }

    public bool TryGet(ReadOnlySpan<byte> key, ulong snapshot, out FoundRow row)
    {
        if (TryGetFromMemtables(key, snapshot, out row))
            return true;
        if (!Levels.TryGet(key, out row))
            return false;
        row = Levels.Drops.Apply(key, row);
        return true;
    }

    /// <summary>The value of a key, or null if there is no row.</summary>
    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key, ulong snapshot)
    {
        // A bare null would become an empty memory here: there is a conversion from a null array.
        return TryGet(key, snapshot, out var row) && row.Kind == RowKind.Put ? row.Value : default(ReadOnlyMemory<byte>?);
    }

    /// <summary>All rows of all sources that can have keys in [from, until), with the range drops applied.</summary>
    public RowIterator Iterate(ReadOnlySpan<byte> from, ReadOnlySpan<byte> until)
    {
        var sources = new List<RowIterator> { Open.Iterate() };
        foreach (var memtable in Closed)
            sources.Add(memtable.Iterate());
        for (var level = 0; level < LevelSet.LevelCount; level++)
        {
            var tables = new List<Table>();
            foreach (var table in Levels[level])
            {
                if (table.Info.Overlaps(from, until))
                    tables.Add(table);
            }

            if (level == 0)
                sources.AddRange(tables.Select(table => table.Iterate()));
            else if (tables.Count > 0)
                sources.Add(new LevelIterator(tables));
        }

        var rows = sources is [var only] ? only : new MergingIterator(sources);
        return Levels.Drops.All.IsEmpty ? rows : new RangeDropIterator(rows, Levels.Drops);
    }

    /// <summary>False once the view was replaced: look up its successor.</summary>
    public bool TryLease(out ReadLease lease)
    {
        var admitted = _readers.TryEnter(out var stripe);
        lease = new ReadLease(this, stripe);
        if (!admitted)
            lease.Release();
        return admitted;
    }

    /// <summary>For <see cref="ReadLease"/>.</summary>
    public void Return(int stripe)
    {
        if (_readers.Leave(stripe))
            ReleaseParts();
    }

    /// <summary>Called once by the store, when the view is no longer the current one; its parts go with the last reader.</summary>
    public void Retire()
    {
        if (_readers.Retire())
            ReleaseParts();
    }

    /// <summary>On whichever thread was last (a finalizer's too), so it must not throw.</summary>
    private void ReleaseParts()
    {
        Open.Release();
        foreach (var memtable in Closed)
            memtable.Release();
        Levels.Release();
    }
}
