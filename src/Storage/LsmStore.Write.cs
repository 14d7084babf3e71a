using System.Diagnostics;

namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <summary>The rows of a group of this size take so long to insert that a handover is worth it.</summary>
    private const int OverlappedGroupBytes = 16 << 10;

    private readonly CommitQueue _queue;

    /// <summary>Owned by the log thread; null where that is.</summary>
    private readonly Companion? _syncer;

    /// <summary>Owned by the log thread while it runs; null in a store that opened read-only.</summary>
    private LogWriter? _log;

    /// <summary>Owned by the log thread.</summary>
    private readonly BatchOrder _order = new();

    /// <summary>When the first append came that is not synced yet. Owned by the log thread.</summary>
    private long _unsyncedSince;

    /// <inheritdoc/>
    public Task<ulong> CommitAsync(WriteBatch batch)
    {
        ThrowIfUnfit(batch);
        var commit = new Commit(batch);
        _queue.Enqueue(commit);
        return commit.Task;
    }

    /// <inheritdoc/>
    public void Commit(WriteBatch batch, Action<Exception?> completed)
    {
        ThrowIfUnfit(batch);
        ArgumentNullException.ThrowIfNull(completed);
        var commit = new Commit(batch, hasCallback: true);
        _ = commit.Task.ContinueWith(
            static (task, callback) => ((Action<Exception?>)callback!)(task.Exception?.InnerException),
            completed, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _queue.Enqueue(commit);
    }

    private void ThrowIfUnfit(WriteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0)
            throw new ArgumentException("A batch without rows cannot be committed.", nameof(batch));
        if (!batch.Note.IsEmpty && _options.NoteKeeper is null)
            throw new ArgumentException("This store has no keeper of notes.", nameof(batch));
        if (batch.Note.Length > WriteBatch.NoteLimitBytes)
            throw new ArgumentException($"A note has at most {WriteBatch.NoteLimitBytes} bytes, not {batch.Note.Length}.", nameof(batch));
    }

    /// <summary>The log thread: one group after the other until the store is closed.</summary>
    private void RunLog()
    {
        var group = new List<Commit>();
        while (_queue.TakeGroup(group, _options.CommitGroupLimitBytes, UntilSyncIsDue()))
        {
            try
            {
                // Only rows may go before rows that are not durable yet; what else there is says something about all rows before it.
                if (group.Count == 0 || group[0].Batch is null)
                    SyncLog();
                if (group.Count == 0)
                    continue;

                if (group[0].Drop is not null)
                    DropRange(group[0]);
                else if (group[0].Batch is null)
                    BeginFlush(group[0]);
                else
                    CommitGroup(group);

                if (UntilSyncIsDue() == TimeSpan.Zero)
                    SyncLog();
            }
            catch (Exception failure)
            {
                // Whatever it was, what is on disk is unknown now; going on could acknowledge a row behind a hole.
                BecomeReadOnly(failure);
                foreach (var commit in group)
                    commit.TrySetException(new StorageReadOnlyException(_state.Cause!));
            }

            group.Clear();
        }

        MarkClosed();
    }

    private void CommitGroup(List<Commit> group)
    {
        var bytes = MakeRoom(group);

        var sequence = _visibleSequence;
        foreach (var commit in group)
            commit.LastSequence = sequence += (ulong)commit.Batch!.Count;

        // Rows are invisible until their sequence is published, so they may be in memory before they are durable. Rows in ascending order
        // are inserted in less time than a handover takes.
        if (bytes >= OverlappedGroupBytes && group.Exists(commit => BatchOrder.Changes(commit.Batch!)))
        {
            _syncer!.RunBoth(() => WriteLog(group, sequence), () => Insert(group));
        }
        else
        {
            WriteLog(group, sequence);
            Insert(group);
        }

        if (_options.NoteKeeper is { } keeper)
        {
            foreach (var commit in group)
                keeper.Take(commit.LastSequence, commit.Batch!.Note.Span);
        }

        Volatile.Write(ref _visibleSequence, sequence);
        foreach (var commit in group)
            commit.SetResult(commit.LastSequence);
    }

    private void WriteLog(List<Commit> group, ulong lastSequence)
    {
        foreach (var commit in group)
            _log!.AddBatch(commit.LastSequence - (ulong)commit.Batch!.Count + 1, commit.Batch);

        var logged = _log!.Bytes;
        WriteLog(lastSequence);
        _counters.LogBytes += _log.Bytes - logged;
    }

    private void WriteLog(ulong lastSequence)
    {
        if (_options.SyncInterval == TimeSpan.Zero)
        {
            SyncCounted();
            Volatile.Write(ref _syncedSequence, lastSequence);
            return;
        }

        // A log that has failed is never synced again, so it is not due before its append has succeeded.
        var since = _unsyncedSince == 0 ? Stopwatch.GetTimestamp() : _unsyncedSince;
        _unsyncedSince = 0;
        _log!.Append();
        _unsyncedSince = since;
    }

    /// <summary>How long the log thread may wait for commits.</summary>
    private TimeSpan UntilSyncIsDue()
    {
        if (_unsyncedSince == 0)
            return Timeout.InfiniteTimeSpan;
        var left = _options.SyncInterval - Stopwatch.GetElapsedTime(_unsyncedSince);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Makes durable what is acknowledged already, if there is any.</summary>
    private void SyncLog()
    {
        if (_unsyncedSince == 0)
            return;

        _unsyncedSince = 0;
        SyncCounted();
        Volatile.Write(ref _syncedSequence, _visibleSequence);
    }

    private void Insert(List<Commit> group)
    {
        // Nobody else replaces the open memtable, so it needs no reference of its own.
        var memtable = _view!.Open;
        foreach (var commit in group)
        {
            var batch = commit.Batch!;
            memtable.Add(commit.LastSequence - (ulong)batch.Count + 1, batch, _order);
        }
    }

    /// <summary>Returns the bytes of the group.</summary>
    private long MakeRoom(List<Commit> group)
    {
        var memtable = _view!.Open;
        var bytes = group.Sum(commit => (long)commit.Batch!.ByteSize);
        SlowDown(bytes);
        if (!memtable.IsEmpty && memtable.UsedBytes + bytes > _options.MemtableLimitBytes)
            BeginNextMemtable();
        return bytes;
    }

    /// <summary>Closes the open memtable with its log and opens the next pair. Waits while flushes or merges are too far behind.</summary>
    private void BeginNextMemtable()
    {
        WaitForDisk();

        SealLog();
        var number = NewFileNumber();
        var log = CreateNextLog(number);
        _log!.Dispose();
        _log = log;

        var next = new Memtable(number, _options.MemtableLimitBytes);
        lock (_gate)
            ReplaceView(next, _view!.Closed.Insert(0, _view.Open), _view.Levels);
        next.Release();
    }

    /// <summary>
    /// Ends the log for a younger one, and makes it durable: before that one has its name, so it cannot be there without this end.
    /// </summary>
    private void SealLog()
    {
        _unsyncedSince = 0;
        _log!.Add(LogRecordKind.Sealed, []);
        SyncCounted();
        Volatile.Write(ref _syncedSequence, _visibleSequence);
    }

    private void ThrowIfReadOnly()
    {
        if (_state.Cause is { } cause)
            throw new StorageReadOnlyException(cause);
    }

    /// <summary>Ends the log so that the next opening can tell an orderly stop from a crash, and gives back the space behind it.</summary>
    private void MarkClosed()
    {
        try
        {
            SyncLog();
            if (!_state.AcceptsCommits)
                return;

            _log!.Add(LogRecordKind.Closed, []);
            _log.Sync();
            _log.Truncate();
            _log.Sync();
        }
        catch (IOException)
        {
            // Everything acknowledged is durable; the next opening will only take this stop for a crash.
        }
    }
}
