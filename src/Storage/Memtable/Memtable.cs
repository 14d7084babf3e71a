namespace AkkaKv.Storage;

/// <summary>
/// The rows of one commit log, in memory and in order. The log thread adds rows; readers see those up to the sequence they ask for.
/// The arena is freed when the last view that shows the memtable is gone.
/// </summary>
internal sealed class Memtable : RefCounted
{
    private const int ChunkBytes = 1 << 20;

    private readonly NativeArena _arena;
    private readonly SkipList _rows;

    /// <param name="logNumber">The log that holds the same rows.</param>
    /// <param name="limitBytes">The size at which the memtable will be closed; a hint for the size of its chunks.</param>
    public Memtable(ulong logNumber, long limitBytes)
    {
        LogNumber = logNumber;
        _arena = new NativeArena((int)Math.Clamp(limitBytes / 4, 4096, ChunkBytes));
        _rows = new SkipList(_arena);
    }

    public ulong LogNumber { get; }

    public long UsedBytes => _arena.UsedBytes;

    /// <summary>0 while empty; owned by the writing thread until the memtable is closed, as is <see cref="LastSequence"/>.</summary>
    public ulong FirstSequence { get; private set; }

    public ulong LastSequence { get; private set; }

    public bool IsEmpty => FirstSequence == 0;

    /// <summary>Adds the rows of a batch, numbered from <paramref name="firstSequence"/>; returns how many they were.</summary>
    public int Add(ulong firstSequence, BatchRows rows)
    {
        var count = 0;
        while (rows.MoveNext())
        {
            LastSequence = firstSequence + (ulong)count++;
            if (FirstSequence == 0)
                FirstSequence = LastSequence;
            _rows.Insert(rows.Key, LastSequence, rows.Kind, rows.Value);
        }

        return count;
    }

    /// <summary>The same for a whole batch, in an order that is cheaper.</summary>
    public void Add(ulong firstSequence, WriteBatch batch, BatchOrder order) =>
        Add(firstSequence, batch.Rows, batch.Count, order.Sort(batch));

    /// <summary>The same for a batch that was read.</summary>
    /// <exception cref="InvalidDataException">The bytes are not so many rows.</exception>
    public void Add(ulong firstSequence, ReadOnlySpan<byte> batch, int count, BatchOrder order) =>
        Add(firstSequence, batch, count, order.Sort(batch, count));

    private void Add(ulong firstSequence, ReadOnlySpan<byte> batch, int count, ReadOnlySpan<(int Offset, int Index)> order)
    {
        if (order.IsEmpty)
        {
            if (Add(firstSequence, new BatchRows(batch)) != count)
                throw new InvalidDataException("the batch has not the number of rows that it names");
            return;
        }

        _rows.InsertSorted(batch, order, firstSequence);
        LastSequence = firstSequence + (ulong)count - 1;
        if (FirstSequence == 0)
            FirstSequence = firstSequence;
    }

    /// <summary>The newest row of a key that is not newer than <paramref name="snapshot"/>.</summary>
    public unsafe bool TryGet(ReadOnlySpan<byte> key, ulong snapshot, out FoundRow row)
    {
        var node = _rows.FindAtOrAfter(key, snapshot);
        if (node == null || !SkipList.Key(node).SequenceEqual(key))
        {
            row = default;
            return false;
        }

        row = new FoundRow(SkipList.Sequence(node), SkipList.Kind(node), SkipList.Value(node).ToArray());
        return true;
    }

    /// <summary>
    /// The same for several keys at once: fills in the rows that are null and in this memtable. At most <see cref="SkipList.LaneCount"/> keys,
    /// and as many rows.
    /// </summary>
    public unsafe void TryGet(ReadOnlySpan<ReadOnlyMemory<byte>> keys, ulong snapshot, Span<FoundRow?> rows)
    {
        Span<int> places = stackalloc int[SkipList.LaneCount];
        Span<nint> nodes = stackalloc nint[SkipList.LaneCount];
        var open = 0;
        for (var place = 0; place < keys.Length; place++)
        {
            if (rows[place] is null)
                places[open++] = place;
        }

        _rows.FindAtOrAfter(keys, places[..open], snapshot, nodes);
        for (var i = 0; i < open; i++)
        {
            var node = (byte*)nodes[i];
            if (node != null && SkipList.Key(node).SequenceEqual(keys[places[i]].Span))
                rows[places[i]] = new FoundRow(SkipList.Sequence(node), SkipList.Kind(node), SkipList.Value(node).ToArray());
        }
    }

    public RowIterator Iterate() => new MemtableIterator(_rows);

    protected override void OnUnused() => _arena.Free();

    private sealed unsafe class MemtableIterator(SkipList rows) : RowIterator
    {
        private byte* _node;

        public override bool IsValid => _node != null;

        public override ReadOnlySpan<byte> Key => SkipList.Key(_node);

        public override ulong Sequence => SkipList.Sequence(_node);

        public override RowKind Kind => SkipList.Kind(_node);

        public override ReadOnlySpan<byte> Value => SkipList.Value(_node);

        public override void Seek(ReadOnlySpan<byte> key) =>
            _node = key.IsEmpty ? rows.First() : rows.FindAtOrAfter(key, SkipList.MaxSequence);

        public override void SeekBefore(ReadOnlySpan<byte> key) =>
            _node = key.IsEmpty ? rows.Last() : rows.FindLastBefore(key, SkipList.MaxSequence);

        public override void MoveNext() => _node = SkipList.Next(_node);

        /// <summary>Nodes have no links backward: that costs a search, and saves every insertion a word and a store.</summary>
        public override void MovePrevious() => _node = rows.FindLastBefore(Key, Sequence);
    }
}
