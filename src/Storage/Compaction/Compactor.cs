namespace AkkaKv.Storage;

/// <summary>
/// Merges tables into new ones: of every key its newest row, and nothing that a range drop hides. A deletion goes when no table below can
/// hold the key; no reader misses what is left out, because readers hold the tables they began with (<see cref="ReadView"/>).
/// </summary>
/// <remarks>
/// The outputs are complete and synced, each by itself, when <see cref="Run"/> returns; their names are durable after a sync of the
/// directory, and they are live after an edit of the manifest. Until then they are files that nobody knows.
/// </remarks>
internal sealed class Compactor : IDisposable
{
    /// <summary>Bytes of rows between two looks at the rate limit and at whether to stop.</summary>
    private const int PaceBytes = 64 << 10;

    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly StorageOptions _options;
    private readonly CompactionPick _pick;
    private readonly LevelSet _levels;
    private readonly List<Table> _inputs;
    private readonly List<TableInfo> _outputs = [];
    private TableWriter? _writer;
    private RangeDrops _drops;
    private byte[] _key = new byte[64];
    private int _keyLength = -1;
    private long _unpaced;

    /// <param name="files">The disk.</param>
    /// <param name="directory">The store's directory.</param>
    /// <param name="options">Sizes, filters and compression.</param>
    /// <param name="pick">What to merge.</param>
    /// <param name="levels">The set that the pick was made from; the caller holds it.</param>
    public Compactor(IFileSystem files, string directory, StorageOptions options, CompactionPick pick, LevelSet levels)
    {
        _files = files;
        _directory = directory;
        _options = options with { Compression = options.CompressionOf(levels, pick.OutputLevel) };
        _pick = pick;
        _levels = levels;
        _drops = levels.Drops;
        var numbers = pick.Inputs.Select(input => input.Table.Number).ToHashSet();
        _inputs = [.. levels.Tables.Where(table => numbers.Contains(table.Info.Number))];
    }

    /// <summary>
    /// A number for the next output, and the drops to apply to it. The two are drawn together: a drop with a smaller number is among them.
    /// </summary>
    public required Func<(ulong Number, RangeDrops Drops)> NextOutput { get; init; }

    /// <summary>Told how many bytes of rows were read; waits for the rate limit, or throws to end the work.</summary>
    public required Action<long> Pace { get; init; }

    /// <summary>The files begun so far, the last one possibly unfinished: what to delete after a failure.</summary>
    public List<string> FilesBegun { get; } = [];

    /// <summary>Size in bytes of all input files that are read.</summary>
    public long InputBytes { get; private set; }

    /// <exception cref="CorruptionException">An input is damaged.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public IReadOnlyList<TableInfo> Run()
    {
        var rows = new MergingIterator(Sources());
        for (rows.Seek([]); rows.IsValid; rows.MoveNext())
            Merge(rows);
        FinishOutput();
        return _outputs;
    }

    public void Dispose() => _writer?.Dispose();

    private List<RowIterator> Sources()
    {
        // A table all of whose rows are dropped needs no reading; it may even be a damaged one.
        var alive = _inputs.Where(table => !_drops.HidesAll(table.Info)).Select(table => table.Info.Number).ToHashSet();
        InputBytes = _inputs.Where(table => alive.Contains(table.Info.Number)).Sum(table => table.Info.FileBytes);
        var sources = new List<RowIterator>();
        for (var level = 0; level < LevelSet.LevelCount; level++)
        {
            var tables = _levels[level].Where(table => alive.Contains(table.Info.Number)).ToList();
            if (level == 0)
                sources.AddRange(tables.Select(table => table.Iterate(keepBlocks: false)));
            else if (tables.Count > 0)
                sources.Add(new LevelIterator(tables, keepBlocks: false));
        }

        return sources;
    }

    private void Merge(RowIterator row)
    {
        PaceBy(row.Key.Length + row.Value.Length);
        if (_keyLength >= 0 && row.Key.SequenceEqual(_key.AsSpan(0, _keyLength)))
            return;

        Remember(row.Key);
        if (IsGone(row))
            return;

        if (_writer is null)
        {
            BeginOutput();
            if (IsGone(row))
                return;
        }

        _writer!.Add(row.Key, row.Sequence, row.Kind, row.Kind == RowKind.Put ? Filtered(row) : default);
        if (_writer.Bytes >= _options.TableTargetBytes)
            FinishOutput();
    }

    private bool IsGone(RowIterator row) =>
        _drops.Hides(row.Key, row.Sequence) || (row.Kind == RowKind.Delete && !MayHaveOlderRow(row.Key));

    /// <summary>Tables above the output hold only newer rows, except those of level 0 when one of them is rewritten in place.</summary>
    private bool MayHaveOlderRow(ReadOnlySpan<byte> key) => _pick.OutputLevel == 0 || _levels.CoversBelow(_pick.OutputLevel, key);

    private ReadOnlySpan<byte> Filtered(RowIterator row)
    {
        if (_options.CompactionFilter is not { } filter)
            return row.Value;

        var value = filter.Filter(row.Key, row.Value);
        return value.Length <= row.Value.Length
            ? value
            : throw new InvalidOperationException("A compaction filter has made a value longer.");
    }

    private void BeginOutput()
    {
        (var number, _drops) = NextOutput();
        FilesBegun.Add(FileNames.Of(FileKind.Table, number));
        var smallestSequence = _inputs.Min(table => table.Info.SmallestSequence);
        _writer = new TableWriter(_files, _directory, number, smallestSequence, _options);
    }

    private void FinishOutput()
    {
        if (_writer is null)
            return;

        // An output that was begun for a row which a drop then took has no row.
        if (_writer.LastKey.Length > 0)
            _outputs.Add(_writer.Finish());
        _writer.Dispose();
        _writer = null;
    }

    private void PaceBy(int bytes)
    {
        _unpaced += bytes;
        if (_unpaced < PaceBytes)
            return;

        Pace(_unpaced);
        _unpaced = 0;
    }

    private void Remember(ReadOnlySpan<byte> key)
    {
        if (key.Length > _key.Length)
            _key = new byte[Math.Max(key.Length, 2 * _key.Length)];
        key.CopyTo(_key);
        _keyLength = key.Length;
    }
}
