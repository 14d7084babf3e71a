using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>
/// Opens a directory, in this order: lock it, read the manifest, replay the logs, open the tables, write what was replayed into tables,
/// write a new manifest and switch to it, create a new log, delete what is left over.
/// </summary>
/// <remarks>
/// The first half only reads, so a crash there changes nothing, and damage leaves everything as it was found. The second half continues
/// nothing old: no log, no manifest. That makes torn ends go away by themselves, and it makes durable what the last owner had
/// written but not synced: after a failed sync the system may show bytes that are not on the disk. Until CURRENT names the new manifest a
/// crash leaves the old state, and the same opening happens again.
/// </remarks>
internal sealed class StoreOpener
{
    private readonly string _directory;
    private readonly StorageOptions _options;
    private readonly IFileSystem _files;
    private readonly TimeProvider _time;
    private readonly BlockCache _cache;

    private readonly List<CutTail> _cutTails = [];
    private readonly List<(int Level, Table Table)> _tables = [];
    private readonly List<(int Level, Table Table)> _written = [];
    private readonly List<Memtable> _replayed = [];
    private readonly BatchOrder _order = new();
    private ManifestState _state = new();
    private ulong? _manifestNumber;
    private ulong _lastSequence;
    private ulong _nextFileNumber;
    private bool _closedCleanly;
    private int _logs;
    private long _batches;
    private long _rows;
    private int _deleted;

    /// <summary>What a store begins with. Log and manifest are null if it is read-only.</summary>
    internal sealed record Result(
        string Directory,
        StorageOptions Options,
        IFileSystem Files,
        BlockCache Cache,
        TimeProvider Time,
        IDisposable DirectoryLock,
        LogWriter? Log,
        Manifest? Manifest,
        ReadView View,
        ulong NextFileNumber,
        StorageState State,
        RecoveryReport Report);

    public StoreOpener(string directory, StorageOptions options, IFileSystem files, TimeProvider time)
    {
        _directory = directory;
        _options = options;
        _files = files;
        _time = time;
        _cache = new BlockCache(options.BlockCacheBytes, options.BlockBytes);
    }

    public Result Open()
    {
        var started = _time.GetTimestamp();
        _files.CreateDirectory(_directory);
        var directoryLock = _files.Lock(PathOf(FileNames.Lock));
        try
        {
            ReadManifest();
            _options.NoteKeeper?.Begin(_state.LastSequence);
            ReplayLogs();
            OpenTables();
            return Begin(directoryLock, started);
        }
        catch
        {
            directoryLock.Dispose();
            throw;
        }
        finally
        {
            // A view has taken its own references, if it came to that.
            _tables.ForEach(entry => entry.Table.Release());
            _written.ForEach(entry => entry.Table.Release());
            _replayed.ForEach(memtable => memtable.Release());
        }
    }

    private void ReadManifest()
    {
        _manifestNumber = CurrentFile.Read(_files, _directory);
        var found = NumberedFiles().ToList();
        if (_manifestNumber is { } number)
            _state = LoadManifest(number, found);
        else if (found.Any(file => file.Kind != FileKind.Manifest))
            throw new CorruptionException(PathOf(FileNames.Current), 0, "the file is missing beside logs or tables");

        _lastSequence = _state.LastSequence;
        _nextFileNumber = found.Select(file => file.Number + 1).Append(_state.NextFileNumber).Max();
    }

    private ManifestState LoadManifest(ulong number, List<(FileKind Kind, ulong Number)> found)
    {
        var name = FileNames.Of(FileKind.Manifest, number);
        if (!_files.FileExists(PathOf(name)))
            throw new CorruptionException(PathOf(name), 0, "the manifest that CURRENT names is missing");

        var state = Manifest.Load(_files, _directory, number, out var edits, out var cut);
        if (cut is not null)
            _cutTails.Add(cut);

        // Edits are added to a manifest only while a log is written.
        if ((edits > 1 || cut is not null) && !found.Any(file => file.Kind == FileKind.Log && file.Number >= state.OldestLog))
            throw Gap(FileNames.Of(FileKind.Log, state.OldestLog), 0, "no commit log is there, although edits were added");
        return state;
    }

    private void ReplayLogs()
    {
        var numbers = NumberedFiles()
            .Where(file => file.Kind == FileKind.Log && file.Number >= _state.OldestLog)
            .Select(file => file.Number)
            .Order()
            .ToList();
        foreach (var number in numbers)
            ReplayLog(number, isNewest: number == numbers[^1]);
    }

    private void ReplayLog(ulong number, bool isNewest)
    {
        var reader = new LogReader(_files, _directory, FileKind.Log, number, isNewest);
        ExpectSequence(reader, 0, reader.FirstSequence ?? _lastSequence + 1);

        var memtable = new Memtable(number, _options.MemtableLimitBytes);
        _replayed.Add(memtable);
        _closedCleanly = false;
        while (reader.TryRead(out var record))
        {
            if (record.Kind == LogRecordKind.Closed)
                _closedCleanly = true;
            else if (record.Kind != LogRecordKind.Sealed)
                ReplayBatch(reader, record, memtable);
        }

        // Written without a keeper: its rows have no notes, whatever the note of a later batch says.
        if (!memtable.IsEmpty && reader.Version < LogFormat.NotedVersion)
            _options.NoteKeeper?.Begin(_lastSequence);
        _logs++;
        if (reader.Cut is not null)
            _cutTails.Add(reader.Cut);
    }

    private void ReplayBatch(LogReader reader, LogRecord record, Memtable memtable)
    {
        try
        {
            var rows = BatchRows.FromRecord(record, out var firstSequence, out var count, out var note);
            ExpectSequence(reader, record.Offset, firstSequence);
            memtable.Add(firstSequence, rows, count, _order);
            _lastSequence += (ulong)count;
            _options.NoteKeeper?.Take(_lastSequence, note);
            _rows += count;
            _batches++;
        }
        catch (InvalidDataException how)
        {
            throw new CorruptionException(reader.File, record.Offset, how.Message);
        }
    }

    private void ExpectSequence(LogReader reader, long offset, ulong found)
    {
        if (found != _lastSequence + 1)
            throw Gap(Path.GetFileName(reader.File), offset, $"sequence {found} follows {_lastSequence}: what lay between is missing");
    }

    /// <summary>A gap behind a manifest with a cut end is the manifest's: the edit that would have closed it was durable once.</summary>
    private CorruptionException Gap(string file, long offset, string what) => _cutTails switch
    {
        [var cut] => new CorruptionException(cut.File, cut.Offset, $"the record is damaged, not torn: in {file} {what}"),
        _ => new CorruptionException(PathOf(file), offset, what),
    };

    private void OpenTables()
    {
        foreach (var (level, table) in _state.Tables)
            _tables.Add((level, Table.Open(_files, _directory, table, _cache)));
    }

    /// <summary>The second half.</summary>
    private Result Begin(IDisposable directoryLock, long started)
    {
        LogWriter? log = null;
        Manifest? manifest = null;
        try
        {
            WriteReplayed();
            _options.NoteKeeper?.Keep();
            var (manifestNumber, logNumber) = (_nextFileNumber++, _nextFileNumber++);
            _state.Apply(new VersionEdit { NextFileNumber = _nextFileNumber, OldestLog = logNumber, LastSequence = _lastSequence });
            manifest = Manifest.Create(_files, _directory, manifestNumber, _state);
            log = LsmStore.CreateLog(_files, _directory, logNumber, _lastSequence + 1, _options);
            DeleteLeftovers(manifestNumber, logNumber);
            return BeginWith(log, manifest, StorageState.Writable, NewView(logNumber, [], [.. _tables, .. _written]));
        }
        catch (Exception refusal)
        {
            log?.Dispose();
            manifest?.Dispose();
            if (_manifestNumber is null || refusal is not IOException)
                throw;

            // The disk is full or failing, but all rows are here: better to show them than to be gone.
            var closed = _replayed.Where(memtable => !memtable.IsEmpty).Reverse();
            return BeginWith(log: null, manifest: null, StorageState.ReadOnly(refusal), NewView(logNumber: 0, [.. closed], _tables));
        }

        Result BeginWith(LogWriter? log, Manifest? manifest, StorageState state, ReadView view) =>
            new(_directory, _options, _files, _cache, _time, directoryLock, log, manifest, view, _nextFileNumber, state, Report(started));
    }

    private void WriteReplayed()
    {
        var drops = new RangeDrops(_state.Drops);
        foreach (var memtable in _replayed.Where(memtable => !memtable.IsEmpty))
        {
            var info = LsmStore.WriteTable(_files, _directory, _nextFileNumber++, memtable, drops, _options);
            if (info is null)
                continue;

            var table = Table.Open(_files, _directory, info, _cache);
            _written.Add((0, table));
            if (table.Damage is not null)
                throw table.Damage;
            _state.Apply(new VersionEdit { Added = [(0, info)] });
        }
    }

    private ReadView NewView(ulong logNumber, ImmutableArray<Memtable> closed, IReadOnlyList<(int Level, Table Table)> tables)
    {
        var open = new Memtable(logNumber, _options.MemtableLimitBytes);
        var levels = new LevelSet(tables, new RangeDrops(_state.Drops));
        var view = new ReadView(open, closed, levels);
        open.Release();
        levels.Release();
        return view;
    }

    private void DeleteLeftovers(ulong manifestNumber, ulong logNumber)
    {
        var live = _state.Tables.Select(entry => entry.Table.Number).Append(manifestNumber).Append(logNumber).ToHashSet();
        var leftovers = NumberedFiles()
            .Where(file => !live.Contains(file.Number))
            .Select(file => FileNames.Of(file.Kind, file.Number))
            .ToList();
        _deleted = _files.DeleteUnneeded(_directory, leftovers);
    }

    private RecoveryReport Report(long started) => new()
    {
        IsNewStore = _manifestNumber is null,
        WasClosedCleanly = _manifestNumber is null || (_closedCleanly && _cutTails.Count == 0),
        LogsReplayed = _logs,
        BatchesReplayed = _batches,
        RowsReplayed = _rows,
        CutTails = _cutTails,
        DamagedTables = [.. _tables.Select(entry => entry.Table.Damage).OfType<CorruptionException>()],
        FilesDeleted = _deleted,
        LastSequence = _lastSequence,
        Elapsed = _time.GetElapsedTime(started),
    };

    private IEnumerable<(FileKind Kind, ulong Number)> NumberedFiles()
    {
        foreach (var name in _files.ListFiles(_directory))
        {
            if (FileNames.TryParse(name, out var kind, out var number))
                yield return (kind, number);
        }
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
