using System.Collections.Concurrent;

namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <summary>How long merging rests after the disk refused one, unless <see cref="CompactAsync"/> asks sooner.</summary>
    public static readonly TimeSpan CompactionRetry = TimeSpan.FromSeconds(30);

    /// <summary>Tables that are not live and that no reader holds: their files can go. Filled by whoever releases last.</summary>
    private readonly ConcurrentQueue<ulong> _unusedTables = new();

    /// <summary>Who waits for everything to be merged. Guarded by <see cref="_gate"/>, as are the fields that follow.</summary>
    private readonly List<TaskCompletionSource> _compactionRequests = [];

    /// <summary>Damaged tables that a merge has met, and what was wrong. They stay where they are.</summary>
    private readonly HashSet<ulong> _stuckTables = [];

    private Exception? _compactionFailure;

    /// <summary>When the disk refused a merge; null if merging does not rest.</summary>
    private long? _restsSince;

    /// <summary>Nothing can be merged: not even writers that wait for it would be helped.</summary>
    private bool _compactionIsIdle;

    private volatile bool _compactionStops;

    /// <summary>Owned by the compaction thread.</summary>
    private readonly RateLimit _compactionRate;

    private readonly CompactionPicker _picker;

    /// <summary>
    /// Flushes, then merges all tables into the last level; completes when that is done. Afterwards the store is as small as it gets. Costs
    /// reading and writing all that is not in the last level, and what it overlaps there.
    /// </summary>
    /// <exception cref="StorageReadOnlyException">The store has stopped writing.</exception>
    /// <exception cref="CompactionFailedException">A table is damaged, or the disk refused: commits and reads go on.</exception>
    /// <exception cref="CommitQueueFullException">Too much waits for the log already; nothing was done.</exception>
    public async Task CompactAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        var request = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_compactionStops, this);
            ThrowIfReadOnly();
            _compactionRequests.Add(request);
            Monitor.PulseAll(_gate);
        }

        await request.Task.ConfigureAwait(false);
    }

    /// <summary>The compaction thread: deletes files that nobody needs any more, and merges what the picker chooses.</summary>
    private void RunCompaction()
    {
        while (WaitForCompaction(out var pick, out var levels))
        {
            DeleteUnusedTables();
            if (pick is null)
                continue;

            try
            {
                // What comes to the last level in order would otherwise keep the compression of a flush for ever.
                if (pick.IsMove && _options.CompressionOf(levels!, pick.OutputLevel) == _options.Compression)
                    Move(pick);
                else
                    Compact(pick, levels!);
                Succeed();
            }
            catch (OperationCanceledException)
            {
                // The store closes or has become read-only, or a range drop has taken an input.
            }
            catch (Exception failure)
            {
                Fail(pick, failure);
            }
            finally
            {
                levels!.Release();
            }
        }
    }

    /// <summary>Waits for something to merge (whose level set the caller then holds) or to delete; false when the store closes.</summary>
    private bool WaitForCompaction(out CompactionPick? pick, out LevelSet? levels)
    {
        lock (_gate)
        {
            (pick, levels) = (null, null);
            while (!_compactionStops)
            {
                // Files first: whoever waits for a merge finds the old files gone.
                if (!_unusedTables.IsEmpty && _state.AcceptsCommits)
                    return true;

                pick = NextPick();
                _compactionIsIdle = pick is null;
                if (pick is not null)
                {
                    levels = _view!.Levels;
                    levels.Acquire();
                    return true;
                }

                Monitor.PulseAll(_gate);
                if (_restsSince is null)
                    Monitor.Wait(_gate);
                else
                    Monitor.Wait(_gate, TimeSpan.FromSeconds(1));
            }

            return false;
        }
    }

    /// <summary>REQUIRES: <see cref="_gate"/> is held.</summary>
    private CompactionPick? NextPick()
    {
        if (!_state.AcceptsCommits)
            return null;

        var levels = _view!.Levels.Infos();
        var drops = _view.Levels.Drops.All;
        if (_compactionRequests.Count == 0)
        {
            if (_restsSince is { } since && _time.GetElapsedTime(since) < CompactionRetry)
                return null;
            return _options.LevelZeroTables == int.MaxValue ? null : _picker.Pick(levels, _stuckTables, drops);
        }

        var pick = CompactionPicker.PickAll(levels)
            ?? CompactionPicker.PickForDrops(levels, _stuckTables, drops)
            ?? CompactionPicker.PickForDeletes(levels, _stuckTables, leastShare: 0);
        if (pick is null)
        {
            _compactionRequests.ForEach(request => request.SetResult());
            _compactionRequests.Clear();
        }

        return pick;
    }

    private void Compact(CompactionPick pick, LevelSet levels)
    {
        using var compactor = new Compactor(_files, _directory, _options, pick, levels) { NextOutput = NextOutput, Pace = Pace };
        var outputs = new List<(int Level, Table Table)>();
        var isDone = false;
        try
        {
            foreach (var info in compactor.Run())
            {
                var table = OpenTable(info);
                outputs.Add((pick.OutputLevel, table));
                if (table.Damage is not null)
                    throw new IOException("A table that was just written cannot be read.", table.Damage);
            }

            SyncNames();
            Install([.. pick.Inputs.Select(input => input.Table.Number)], outputs);
            isDone = true;
        }
        finally
        {
            var kept = isDone ? outputs.Select(output => FileNames.Of(FileKind.Table, output.Table.Info.Number)).ToHashSet() : [];
            outputs.ForEach(output => output.Table.Release());
            if (_state.AcceptsCommits)
                _files.DeleteUnneeded(_directory, [.. compactor.FilesBegun.Where(name => !kept.Contains(name))]);
        }

        _counters.Compactions++;
        _counters.CompactionBytesRead += compactor.InputBytes;
        _counters.CompactionBytesWritten += outputs.Sum(output => output.Table.Info.FileBytes);
    }

    /// <summary>The tables stay; only the manifest says another level.</summary>
    private void Move(CompactionPick pick)
    {
        var numbers = pick.Inputs.Select(input => input.Table.Number).ToHashSet();
        lock (_manifestGate)
        {
            var moved = _view!.Levels.Tables.Where(table => numbers.Contains(table.Info.Number)).Select(table => (pick.OutputLevel, table));
            Install(numbers, [.. moved]);
        }

        _counters.Moves++;
    }

    /// <summary>Makes outputs live in place of inputs.</summary>
    private void Install(IReadOnlyCollection<ulong> inputs, IReadOnlyList<(int Level, Table Table)> outputs)
    {
        lock (_manifestGate)
        {
            // A range drop may have taken an input since, and be forgotten by now: what was made of the input must not come to life.
            var live = _view!.Levels.Tables.Select(table => table.Info.Number).ToHashSet();
            if (!_state.AcceptsCommits || !live.IsSupersetOf(inputs))
                throw new OperationCanceledException();

            AppendEdit(
                new VersionEdit
                {
                    NextFileNumber = Volatile.Read(ref _nextFileNumber),
                    Removed = [.. inputs],
                    Added = [.. outputs.Select(output => (output.Level, output.Table.Info))],
                },
                outputs);
        }
    }

    /// <summary>
    /// A refused sync of the directory is reported once, and perhaps to the wrong one: names of other files may be lost with it.
    /// </summary>
    private void SyncNames()
    {
        try
        {
            _files.SyncDirectory(_directory);
        }
        catch (IOException refusal)
        {
            BecomeReadOnly(refusal);
            throw;
        }
    }

    /// <summary>
    /// A number for a table, and the drops to apply to its rows. Under the gate of the manifest, so that the number of a drop is smaller
    /// exactly if the drop is among these.
    /// </summary>
    private (ulong Number, RangeDrops Drops) NextOutput()
    {
        lock (_manifestGate)
            return (NewFileNumber(), _view!.Levels.Drops);
    }

    private void Pace(long bytes)
    {
        var until = _time.GetTimestamp() + (long)(_compactionRate.Take(bytes).TotalSeconds * _time.TimestampFrequency);
        while (true)
        {
            if (_compactionStops || !_state.AcceptsCommits)
                throw new OperationCanceledException();

            var left = _time.GetElapsedTime(_time.GetTimestamp(), until);
            if (left <= TimeSpan.Zero)
                return;
            lock (_gate)
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 1, 100)));
        }
    }

    private void Succeed()
    {
        lock (_gate)
        {
            if (_stuckTables.Count == 0)
                _compactionFailure = null;
            _restsSince = null;
        }
    }

    private void Fail(CompactionPick pick, Exception failure)
    {
        List<TaskCompletionSource> requests;
        lock (_gate)
        {
            _compactionFailure = failure;
            if (failure is CorruptionException damage && DamagedInput(pick, damage) is { } number)
                _stuckTables.Add(number);
            else
                _restsSince = _time.GetTimestamp();

            requests = [.. _compactionRequests];
            _compactionRequests.Clear();
        }

        requests.ForEach(request => request.SetException(new CompactionFailedException(failure)));
    }

    private static ulong? DamagedInput(CompactionPick pick, CorruptionException damage) =>
        FileNames.TryParse(Path.GetFileName(damage.File), out var kind, out var number)
        && kind == FileKind.Table
        && pick.Inputs.Any(input => input.Table.Number == number)
            ? number
            : null;

    /// <summary>A table has left the set of live ones: once its last reader is gone, its file goes.</summary>
    private void DeleteWhenUnused(Table table) => table.WhenUnused = unused =>
    {
        _unusedTables.Enqueue(unused.Info.Number);
        lock (_gate)
            Monitor.PulseAll(_gate);
    };

    private void DeleteUnusedTables()
    {
        var names = new List<string>();
        while (_unusedTables.TryDequeue(out var number))
            names.Add(FileNames.Of(FileKind.Table, number));
        _files.DeleteUnneeded(_directory, names);
    }

    /// <summary>Ends a merge that is under way; its outputs are deleted by the next opening.</summary>
    private void StopCompaction()
    {
        List<TaskCompletionSource> requests;
        lock (_gate)
        {
            _compactionStops = true;
            requests = [.. _compactionRequests];
            _compactionRequests.Clear();
            Monitor.PulseAll(_gate);
        }

        requests.ForEach(request => request.SetException(new ObjectDisposedException(nameof(LsmStore))));
    }
}
