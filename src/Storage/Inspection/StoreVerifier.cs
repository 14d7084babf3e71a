namespace AkkaKv.Storage;

/// <summary>
/// Reads every byte of a store that nobody has open and says what is wrong where. Never writes.
/// </summary>
/// <remarks>
/// Checked are: CURRENT and the manifest; that every live table is there with the size, keys and sequences that the manifest names; of every
/// table all that <see cref="TableVerifier"/> checks; that tables of one level below the first do not overlap; every record of every log that
/// an opening would replay, and that sequences run without a gap from the tables through all logs. One fault does not end the search: a
/// table is checked even if the manifest is damaged. Order of work: CURRENT, manifest, tables, logs, the rest of the directory.
/// </remarks>
public sealed class StoreVerifier
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly CancellationToken _stop;
    private readonly VerificationReport _report = new();

    private StoreVerifier(IFileSystem files, string directory, CancellationToken stop)
    {
        _files = files;
        _directory = directory;
        _stop = stop;
    }

    /// <summary>Verifies the store in a directory.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="files">The disk.</param>
    /// <param name="stop">Ends the work between two blocks.</param>
    /// <exception cref="IOException">The disk refused, or a process has the store open.</exception>
    /// <exception cref="UnsupportedFormatException">A newer release wrote the store.</exception>
    public static VerificationReport Verify(string directory, IFileSystem files, CancellationToken stop = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(files);

        // Taking a lock that is not there would create its file.
        var path = Path.Combine(directory, FileNames.Lock);
        using var directoryLock = files.FileExists(path) ? files.Lock(path) : null;
        return new StoreVerifier(files, directory, stop).Run();
    }

    private VerificationReport Run()
    {
        var found = NumberedFiles();
        var manifest = ReadCurrent(found);
        var state = manifest is { } number ? ReadManifest(number, found) : null;
        if (state is not null)
        {
            VerifyTables(state);
            VerifyLevels(state);
            VerifyLogs(state, found);
        }
        else
        {
            foreach (var (_, table) in found.Where(file => file.Kind == FileKind.Table))
                VerifyTable(table, info: null);
        }

        NoteTheRest(state, manifest);
        return _report;
    }

    private ulong? ReadCurrent(List<(FileKind Kind, ulong Number)> found)
    {
        var path = PathOf(FileNames.Current);
        try
        {
            var number = CurrentFile.Read(_files, _directory);
            if (number is null)
                _report.Fault(path, 0, found.Count == 0 ? "there is no store in this directory" : "the file is missing");
            else
                Count(path);
            return number;
        }
        catch (CorruptionException damage)
        {
            _report.Fault(damage);
            return null;
        }
    }

    private ManifestState? ReadManifest(ulong number, List<(FileKind Kind, ulong Number)> found)
    {
        var path = PathOf(FileNames.Of(FileKind.Manifest, number));
        if (!_files.FileExists(path))
        {
            _report.Fault(path, 0, "the manifest that CURRENT names is missing");
            return null;
        }

        try
        {
            var state = Manifest.Load(_files, _directory, number, out var edits, out var cut);
            Count(path);
            if (cut is not null)
                NoteCut(cut);
            if ((edits > 1 || cut is not null) && !found.Any(file => file.Kind == FileKind.Log && file.Number >= state.OldestLog))
                _report.Fault(PathOf(FileNames.Of(FileKind.Log, state.OldestLog)), 0, "no commit log is there, although edits were added");
            foreach (var (_, table) in state.Tables.Where(entry => entry.Table.Number >= state.NextFileNumber))
                _report.Fault(path, 0, $"table {table.Number} has a number that is not given yet (next is {state.NextFileNumber})");
            foreach (var (_, table) in state.Tables.Where(entry => entry.Table.LargestSequence > state.LastSequence))
                _report.Fault(path, 0, $"table {table.Number} goes to sequence {table.LargestSequence}, beyond the last, {state.LastSequence}");
            return state;
        }
        catch (CorruptionException damage)
        {
            _report.Fault(damage);
            return null;
        }
    }

    private void VerifyTables(ManifestState state)
    {
        foreach (var (_, table) in state.Tables)
            VerifyTable(table.Number, table);
    }

    private void VerifyTable(ulong number, TableInfo? info)
    {
        var path = PathOf(FileNames.Of(FileKind.Table, number));
        try
        {
            using var file = _files.OpenRead(path);
            _report.Tables++;
            _report.Bytes += file.Length;
            _report.Rows += TableVerifier.Verify(file, path, info, _report, _stop);
        }
        catch (FileNotFoundException)
        {
            _report.Fault(path, 0, "the table is missing");
        }
        catch (CorruptionException damage)
        {
            _report.Fault(damage);
        }
    }

    /// <summary>In level 0 tables may overlap, the newest counts; below, a key is in one table of a level at most.</summary>
    private void VerifyLevels(ManifestState state)
    {
        foreach (var level in state.Tables.Where(entry => entry.Level > 0).GroupBy(entry => entry.Level))
        {
            var tables = level.Select(entry => entry.Table)
                .Order(Comparer<TableInfo>.Create((a, b) => a.SmallestKey.Span.SequenceCompareTo(b.SmallestKey.Span)))
                .ToList();
            foreach (var (left, right) in tables.Zip(tables.Skip(1)))
            {
                if (left.LargestKey.Span.SequenceCompareTo(right.SmallestKey.Span) >= 0)
                    _report.Fault(PathOf(FileNames.Of(FileKind.Table, right.Number)), 0, $"overlaps table {left.Number} of level {level.Key}");
            }
        }
    }

    private void VerifyLogs(ManifestState state, List<(FileKind Kind, ulong Number)> found)
    {
        _report.LastSequence = state.LastSequence;
        var logs = found.Where(file => file.Kind == FileKind.Log && file.Number >= state.OldestLog).Select(file => file.Number).Order().ToList();
        foreach (var number in logs)
        {
            _stop.ThrowIfCancellationRequested();
            try
            {
                VerifyLog(new LogReader(_files, _directory, FileKind.Log, number, isNewest: number == logs[^1]));
            }
            catch (CorruptionException damage)
            {
                _report.Fault(damage);
                return; // The sequence of what follows is not known any more.
            }
        }
    }

    private void VerifyLog(LogReader log)
    {
        _report.Logs++;
        Count(log.File);
        ExpectSequence(log, 0, log.FirstSequence ?? _report.LastSequence + 1);
        var closedAt = -1L;
        while (log.TryRead(out var record))
        {
            if (closedAt >= 0)
                throw new CorruptionException(log.File, record.Offset, $"a record follows the one that closed the log at {closedAt}");
            if (record.Kind == LogRecordKind.Closed)
                closedAt = record.Offset;
            else if (record.Kind != LogRecordKind.Sealed)
                VerifyBatch(log, record);
        }

        if (log.Cut is not null)
            NoteCut(log.Cut);
    }

    private void VerifyBatch(LogReader log, LogRecord record)
    {
        try
        {
            var rows = new BatchRows(BatchRows.FromRecord(record, out var firstSequence, out var count, out _));
            ExpectSequence(log, record.Offset, firstSequence);
            var seen = 0;
            while (rows.MoveNext())
                seen++;
            if (seen != count)
                throw new InvalidDataException($"the batch has {seen} rows and names {count}");

            _report.LastSequence += (ulong)count;
            _report.Rows += count;
        }
        catch (InvalidDataException how)
        {
            throw new CorruptionException(log.File, record.Offset, how.Message);
        }
    }

    private void ExpectSequence(LogReader log, long offset, ulong found)
    {
        if (found != _report.LastSequence + 1)
            throw new CorruptionException(log.File, offset, $"sequence {found} follows {_report.LastSequence}: what lay between is missing");
    }

    private void NoteTheRest(ManifestState? state, ulong? manifest)
    {
        var live = state?.Tables.Select(entry => entry.Table.Number).ToHashSet();
        foreach (var name in _files.ListFiles(_directory).Order(StringComparer.Ordinal))
        {
            if (!FileNames.TryParse(name, out var kind, out var number))
            {
                if (name is not (FileNames.Current or FileNames.Lock))
                    _report.Note(PathOf(name), 0, name == FileNames.CurrentDraft ? "a draft of CURRENT that was not finished" : "not a file of a store");
            }
            else if (state is not null && !IsNeeded(kind, number))
            {
                var what = kind == FileKind.Log ? "nothing needs the log, which may have been kept for its space" : "nothing needs the file";
                _report.Note(PathOf(name), 0, $"{what}; the next opening deletes it");
            }
        }

        bool IsNeeded(FileKind kind, ulong number) => kind switch
        {
            FileKind.Table => live!.Contains(number),
            FileKind.Log => number >= state!.OldestLog,
            _ => number == manifest,
        };
    }

    private void NoteCut(CutTail cut) => _report.Note(
        cut.File,
        cut.Offset,
        $"no record is intact from here on; the {cut.Bytes} bytes hold an append that was interrupted, or what stood there before, and nothing acknowledged");

    private void Count(string path)
    {
        using var file = _files.OpenRead(path);
        _report.Bytes += file.Length;
    }

    private List<(FileKind Kind, ulong Number)> NumberedFiles()
    {
        var found = new List<(FileKind, ulong)>();
        foreach (var name in _files.ListFiles(_directory).Order(StringComparer.Ordinal))
        {
            if (FileNames.TryParse(name, out var kind, out var number))
                found.Add((kind, number));
        }

        return found;
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
