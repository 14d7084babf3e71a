namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <summary>Who waits for the flush of the memtable of which log.</summary>
    private readonly List<(ulong Log, Commit Request)> _flushRequests = [];

    private bool _flushStops;

    /// <inheritdoc/>
    public Task FlushAsync()
    {
        var request = new Commit(batch: null);
        _queue.Enqueue(request);
        return request.Task;
    }

    /// <summary>On the log thread: closes the open memtable, and lets the request wait for it and all older ones.</summary>
    private void BeginFlush(Commit request)
    {
        if (!_view!.Open.IsEmpty)
            BeginNextMemtable();

        lock (_gate)
        {
            ThrowIfReadOnly();
            if (_view!.Closed is [var newest, ..])
            {
                _flushRequests.Add((newest.LogNumber, request));
                return;
            }
        }

        request.SetResult(SyncedSequence);
    }

    /// <summary>The flush thread: one closed memtable after the other, the oldest first.</summary>
    private void RunFlush()
    {
        while (WaitForClosedMemtable() is { } memtable)
        {
            try
            {
                Flush(memtable);
            }
            catch (Exception cause)
            {
                // The rows stay readable in memory and durable in their log.
                BecomeReadOnly(cause);
            }
        }
    }

    private Memtable? WaitForClosedMemtable()
    {
        lock (_gate)
        {
            while (!_flushStops && (!_state.AcceptsCommits || _view!.Closed.IsEmpty))
                Monitor.Wait(_gate);
            return _flushStops ? null : _view!.Closed[^1];
        }
    }

    private void Flush(Memtable memtable)
    {
        var (number, drops) = NextOutput();
        var info = WriteTable(_files, _directory, number, memtable, drops, _options);
        _files.SyncDirectory(_directory);
        var table = info is null ? null : OpenTable(info);
        try
        {
            if (table?.Damage is { } damage)
                throw damage;

            // Its log may be gone from the next edit on, and the notes with it.
            _options.NoteKeeper?.Keep();
            Replace(memtable, table);
        }
        finally
        {
            table?.Release();
        }

        _counters.Flushes++;
        _counters.FlushBytes += info?.FileBytes ?? 0;
        CompleteFlush(memtable.LogNumber);
    }

    /// <summary>Shows the table in place of the memtable; of a memtable whose rows were all dropped there is none.</summary>
    private void Replace(Memtable memtable, Table? table)
    {
        List<(int Level, Table Table)> added = table is null ? [] : [(0, table)];
        lock (_manifestGate)
        {
            if (!_state.AcceptsCommits)
                throw new StorageReadOnlyException(_state.Cause!);

            AppendEdit(
                new VersionEdit
                {
                    NextFileNumber = Volatile.Read(ref _nextFileNumber),
                    OldestLog = SecondOldestLog(),
                    LastSequence = memtable.LastSequence,
                    Added = [.. added.Select(entry => (entry.Level, entry.Table.Info))],
                },
                added,
                flushed: memtable);
        }
    }

    /// <summary>Nothing needs the log now.</summary>
    private void CompleteFlush(ulong log)
    {
        Commit[] done;
        lock (_gate)
            done = TakeFlushRequests(log);

        RetireLog(log);
        foreach (var request in done)
            request.SetResult(SyncedSequence);
    }

    /// <summary>
    /// Writes the newest row of every key of a memtable, unless a range drop hides it; older ones are asked for only by those who hold the
    /// memtable itself.
    /// </summary>
    /// <returns>Null if no row was left, and no file was written.</returns>
    internal static TableInfo? WriteTable(
        IFileSystem files, string directory, ulong number, Memtable memtable, RangeDrops drops, StorageOptions options)
    {
        TableWriter? writer = null;
        try
        {
            var rows = memtable.Iterate();
            for (rows.Seek([]); rows.IsValid; rows.MoveNext())
            {
                // Of a key whose newest row is hidden all rows are.
                if ((writer is not null && rows.Key.SequenceEqual(writer.LastKey)) || drops.Hides(rows.Key, rows.Sequence))
                    continue;

                writer ??= new TableWriter(files, directory, number, memtable.FirstSequence, options);
                writer.Add(rows.Key, rows.Sequence, rows.Kind, rows.Value);
            }

            return writer?.Finish();
        }
        finally
        {
            writer?.Dispose();
        }
    }

    /// <summary>The oldest log that is still needed once the oldest closed memtable is in a table.</summary>
    private ulong SecondOldestLog()
    {
        lock (_gate)
            return _view!.Closed is [.., var next, _] ? next.LogNumber : _view.Open.LogNumber;
    }

    /// <summary>REQUIRES: <see cref="_gate"/> is held.</summary>
    private Commit[] TakeFlushRequests(ulong upToLog)
    {
        var taken = _flushRequests.Where(entry => entry.Log <= upToLog).Select(entry => entry.Request).ToArray();
        _flushRequests.RemoveAll(entry => entry.Log <= upToLog);
        return taken;
    }

    /// <summary>Lets the flush thread end after the memtable it is at; the rest is in logs.</summary>
    private void StopFlushing()
    {
        Commit[] unserved;
        lock (_gate)
        {
            _flushStops = true;
            unserved = TakeFlushRequests(upToLog: ulong.MaxValue);
            Monitor.PulseAll(_gate);
        }

        foreach (var request in unserved)
            request.SetException(new ObjectDisposedException(nameof(LsmStore)));
    }
}
