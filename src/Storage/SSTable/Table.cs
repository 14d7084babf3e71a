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
            _ = BlockIO.Read(file, path, footer.Properties); // only so that damage to it shows
            var filter = footer.Filter.Length == 0 ? default : BlockIO.Read(file, path, footer.Filter).Content;
            var index = TableIndex.Parse(BlockIO.Read(file, path, footer.Index));
            return new Table(info, cache, path, file, index, filter, damage: null);
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
            new(info, cache, path, file: null, index: null, filter: default, damage);
    }

    /// <summary>False only if the table holds no row of the key; touches no disk.</summary>
    public bool MayContain(ReadOnlySpan<byte> key, ulong hash) =>
        Info.Covers(key) && (_filter.IsEmpty || BloomFilter.MayContain(_filter.Span, hash));

    /// <summary>Reads the table's row of a key.</summary>
    /// <exception cref="CorruptionException">The block that would hold it, or the table, is damaged.</exception>
    public bool TryGet(ReadOnlySpan<byte> key, out FoundRow row)
    {
        row = default;
        ThrowIfDamaged();
        var cursor = new BlockCursor();
        cursor.Load(ReadBlock(_index!.Find(key)));
        cursor.Seek(key);
        if (!cursor.IsValid || !cursor.Key.SequenceEqual(key))
            return false;

        var (sequence, kind) = ReadTag(cursor, out var valueStart);
        row = new FoundRow(sequence, kind, cursor.Payload[valueStart..].ToArray());
        return true;
    }

    /// <param name="keepBlocks">Whether the cache keeps what is read. A merge of tables says no: it reads everything, and once.</param>
    public RowIterator Iterate(bool keepBlocks = true) => new TableIterator(this, keepBlocks);

    protected override void OnUnused()
    {
        _cache.Pin(-PinnedBytes);
        _file?.Dispose();
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
            throw new CorruptionException(Damage.File, Damage.Offset, Damage.What);
    }

    private (ulong Sequence, RowKind Kind) ReadTag(BlockCursor row, out int valueStart)
    {
        try
        {
            return TableRow.ReadTag(row.Payload, Info.SmallestSequence, out valueStart);
        }
        catch (InvalidDataException how)
        {
            throw row.Malformed(how.Message);
        }
    }

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
            _cursor.Load(table.ReadBlock(_block, keepBlocks));
            _cursor.Seek(key);
            Settle();
        }

        public override void MoveNext()
        {
            _cursor.MoveNext();
            Settle();
        }

        /// <summary>Goes on to the next block where one has ended, and decodes the row.</summary>
        private void Settle()
        {
            while (!_cursor.IsValid && _block + 1 < table._index!.Count)
                _cursor.Load(table.ReadBlock(++_block, keepBlocks));
            if (_cursor.IsValid)
                (_sequence, _kind) = table.ReadTag(_cursor, out _valueStart);
        }
    }
}
