namespace AkkaKv.Storage;

/// <summary>
/// An open table: its file, index and filter. Immutable, and shared by every level set that lists it; the file is closed when none does.
/// </summary>
/// <remarks>
/// A table whose index, filter, properties or footer cannot be read stays in its place all the same: whoever needs a key in its range gets
/// the <see cref="CorruptionException"/>, because the rows that older tables hold for that key may be outdated.
/// </remarks>
internal sealed class Table : RefCounted
{
    /// <summary>Damaged blocks that are told one by one; of a table with more the whole is.</summary>
    public const int DamagedBlockLimit = 64;

    /// <summary>What reads have found damaged, by block. Guarded by itself.</summary>
    private readonly SortedDictionary<int, DamagedRange> _damagedBlocks = [];

    private readonly BlockCache _cache;
    private readonly string _path;
    private readonly IReadableFile? _file;
    private readonly TableIndex? _index;
    private readonly ReadOnlyMemory<byte> _filter;

    private Table(
        TableInfo info,
        BlockCache cache,
        string path,
        IReadableFile? file,
        TableIndex? index,
        ReadOnlyMemory<byte> filter,
        CorruptionException? damage)
    {
        Info = info;
        _cache = cache;
        _path = path;
        _file = file;
        _index = index;
        _filter = filter;
        Damage = damage;
        _cache.Pin(PinnedBytes);
    }

    public TableInfo Info { get; }

    /// <summary>What makes the table unreadable as a whole; null for a healthy one.</summary>
    public CorruptionException? Damage { get; }

    /// <summary>Called when nobody reads the table any more; set once it is no longer live, so that its file can go.</summary>
    public Action<Table>? WhenUnused { get; set; }

    private long PinnedBytes => _filter.Length + (_index?.AllocatedBytes ?? 0);

    /// <summary>Opens a table that the manifest lists. Damage is kept for the readers; only errors of the system are thrown.</summary>
    public static Table Open(IFileSystem files, string directory, TableInfo info, BlockCache cache)
    {
        var path = Path.Combine(directory, FileNames.Of(FileKind.Table, info.Number));
        IReadableFile? file = null;
        try
        {
            file = files.OpenRead(path);
            if (file.Length != info.FileBytes)
                throw new CorruptionException(path, 0, $"the file has {file.Length} bytes instead of {info.FileBytes}");

            var footer = TableFooter.Read(file, path);
            var properties = TableProperties.Parse(BlockIO.Read(file, path, footer.Properties));
            var filter = footer.Filter.Length == 0 ? default : BlockIO.Read(file, path, footer.Filter).Content;
            var index = TableIndex.Parse(BlockIO.Read(file, path, footer.Index));
            var known = info with { Rows = properties.Rows, Deletes = properties.Deletes };
            return new Table(known, cache, path, file, index, filter, damage: null);
        }
        catch (FileNotFoundException)
        {
            return Damaged(new CorruptionException(path, 0, "the table is missing"));
        }
        catch (CorruptionException damage)
        {
            file?.Dispose();
            return Damaged(damage);
        }
        catch
        {
            file?.Dispose();
            throw;
        }

        Table Damaged(CorruptionException damage) =>
            new(info, cache, path, file: null, index: null, filter: default, damage.WithRange(info.SmallestKey, info.EndKey));
    }

    /// <summary>
    /// The keys that cannot be read, as far as opening and reads have found: at most <see cref="DamagedBlockLimit"/> ranges, in their order.
    /// </summary>
    public IReadOnlyList<DamagedRange> DamagedRanges()
    {
        if (Damage is not null)
            return [Damage.Range!];

        lock (_damagedBlocks)
        {
            if (_damagedBlocks.Count <= DamagedBlockLimit)
                return [.. _damagedBlocks.Values];

            var first = _damagedBlocks.Values.First();
            return [first with { What = "more than a few blocks are damaged", From = Info.SmallestKey, Until = Info.EndKey }];
        }
    }

    /// <summary>False only if the table holds no row of the key; touches no disk.</summary>
    public bool MayContain(ReadOnlySpan<byte> key, ulong hash) =>
        Info.Covers(key) && (_filter.IsEmpty || BloomFilter.MayContain(_filter.Span, hash));

    /// <summary>Reads the table's row of a key.</summary>
    /// <exception cref="CorruptionException">The block that would hold it, or the table, is damaged.</exception>
    public bool TryGet(ReadOnlySpan<byte> key, out FoundRow row)
    {
        var last = default(LastBlock);
        return TryGet(key, ref last, out row);
    }

    /// <summary>The same for keys one after the other: what is remembered in <paramref name="last"/> is not fetched again.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, ref LastBlock last, out FoundRow row)
    {
        row = default;
        ThrowIfDamaged();
        var index = _index!.Find(key);
        try
        {
            if (last.Block is not { } block || last.Index != index)
                last = new LastBlock(index, block = ReadBlock(index));
            if (!BlockSearch.TryFind(block, key, out var payload))
                return false;

            var (sequence, kind) = ReadTag(block, payload, out var valueStart);
            row = new FoundRow(sequence, kind, payload[valueStart..].ToArray());
            return true;
        }
        catch (CorruptionException damage)
        {
            Note(damage, index);
            throw;
        }
    }

    /// <param name="keepBlocks">Whether the cache keeps what is read. A merge of tables says no: it reads everything, and once.</param>
    public RowIterator Iterate(bool keepBlocks = true) => new TableIterator(this, keepBlocks);

    /// <summary>About how many bytes of the file hold rows of [from, until), to the block; touches no disk.</summary>
    public long ApproximateBytes(ReadOnlySpan<byte> from, ReadOnlySpan<byte> until)
    {
        if (_index is null || !Info.Overlaps(from, until))
            return 0;
        var start = from.SequenceCompareTo(Info.SmallestKey.Span) <= 0 ? 0 : _index[_index.Find(from)].Offset;
        var end = until.IsEmpty || until.SequenceCompareTo(Info.LargestKey.Span) > 0 ? Info.FileBytes : EndOf(_index[_index.Find(until)]);
        return Math.Max(0, end - start);

        static long EndOf(BlockHandle block) => block.Offset + block.TotalBytes;
    }

    protected override void OnUnused()
    {
        _cache.Pin(-PinnedBytes);
        _file?.Dispose();
        WhenUnused?.Invoke(this);
    }

    /// <summary>A data block from the cache, or from the file by way of it.</summary>
    private Block ReadBlock(int block, bool keep = true)
    {
        var handle = _index![block];
        if (_cache.Find(Info.Number, handle.Offset) is { } found)
            return found;

        var read = BlockIO.Read(_file!, _path, handle);
        if (keep)
            _cache.Add(Info.Number, read);
        return read;
    }

    private void ThrowIfDamaged()
    {
        if (Damage is not null)
            throw new CorruptionException(Damage.File, Damage.Offset, Damage.What).WithRange(Info.SmallestKey, Info.EndKey);
    }

    /// <summary>Names the keys of a damaged data block, and remembers them.</summary>
    private void Note(CorruptionException damage, int block)
    {
        ReadOnlyMemory<byte> from = block == 0 ? Info.SmallestKey : _index!.Start(block).ToArray();
        ReadOnlyMemory<byte> until = block + 1 < _index!.Count ? _index.Start(block + 1).ToArray() : Info.EndKey;
        damage.WithRange(from, until);
        lock (_damagedBlocks)
        {
            if (_damagedBlocks.Count <= DamagedBlockLimit)
                _damagedBlocks.TryAdd(block, damage.Range!);
        }
    }

    private (ulong Sequence, RowKind Kind) ReadTag(Block block, ReadOnlySpan<byte> payload, out int valueStart)
    {
        try
        {
            return TableRow.ReadTag(payload, Info.SmallestSequence, out valueStart);
        }
        catch (InvalidDataException how)
        {
            throw block.Malformed(how.Message);
        }
    }

    /// <summary>The block of this table that a series of lookups used last; none at the beginning.</summary>
    internal readonly record struct LastBlock(int Index, Block? Block);

    /// <summary>Reads one block after the other, each when the iterator comes to it.</summary>
    private sealed class TableIterator(Table table, bool keepBlocks) : RowIterator
    {
        private readonly BlockCursor _cursor = new();
        private int _block;
        private int _valueStart;
        private ulong _sequence;
        private RowKind _kind;

        public override bool IsValid => _cursor.IsValid;

        public override ReadOnlySpan<byte> Key => _cursor.Key;

        public override ulong Sequence => _sequence;

        public override RowKind Kind => _kind;

        public override ReadOnlySpan<byte> Value => _cursor.Payload[_valueStart..];

        public override void Seek(ReadOnlySpan<byte> key)
        {
            table.ThrowIfDamaged();
            _block = table._index!.Find(key);
            try
            {
                _cursor.Load(table.ReadBlock(_block, keepBlocks));
                _cursor.Seek(key);
                Settle();
            }
            catch (CorruptionException damage)
            {
                table.Note(damage, _block);
                throw;
            }
        }

        public override void SeekBefore(ReadOnlySpan<byte> key)
        {
            table.ThrowIfDamaged();
            _block = key.IsEmpty ? table._index!.Count - 1 : table._index!.Find(key);
            try
            {
                _cursor.Load(table.ReadBlock(_block, keepBlocks));
                _cursor.SeekBefore(key);
                SettleBackward();
            }
            catch (CorruptionException damage)
            {
                table.Note(damage, _block);
                throw;
            }
        }

        public override void MoveNext()
        {
            try
            {
                _cursor.MoveNext();
                Settle();
            }
            catch (CorruptionException damage)
            {
                table.Note(damage, _block);
                throw;
            }
        }

        public override void MovePrevious()
        {
            try
            {
                _cursor.MovePrevious();
                SettleBackward();
            }
            catch (CorruptionException damage)
            {
                table.Note(damage, _block);
                throw;
            }
        }

        /// <summary>Goes on to the next block where one has ended.</summary>
        private void Settle()
        {
            while (!_cursor.IsValid && _block + 1 < table._index!.Count)
                _cursor.Load(table.ReadBlock(++_block, keepBlocks));
            DecodeTag();
        }

        private void SettleBackward()
        {
            while (!_cursor.IsValid && _block > 0)
            {
                _cursor.Load(table.ReadBlock(--_block, keepBlocks));
                _cursor.SeekBefore([]);
            }

            DecodeTag();
        }

        private void DecodeTag()
        {
            if (_cursor.IsValid)
                (_sequence, _kind) = table.ReadTag(_cursor.Block, _cursor.Payload, out _valueStart);
        }
    }
}
