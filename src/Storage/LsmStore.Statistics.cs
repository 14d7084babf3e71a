namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    private readonly Counters _counters = new();

    /// <inheritdoc/>
    public StorageStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return new StorageStatistics
                {
                    Commits = CommitStatistics(),
                    Compaction = CompactionStatistics(),
                    Tables = _view is { } view ? TableStatistics(view) : new TableStatistics(),
                    Cache = new CacheStatistics
                    {
                        UsedBytes = _cache.UsedBytes,
                        PinnedBytes = _cache.PinnedBytes,
                        Hits = _cache.Hits,
                        Misses = _cache.Misses,
                    },
                };
            }
        }
    }

    /// <summary>The name of this store in metrics.</summary>
    internal string Label => _options.MetricsLabel ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(_directory));

    /// <inheritdoc/>
    public IReadOnlyList<DamagedRange> DamagedRanges()
    {
        var lease = AcquireView(out _);
        try
        {
            return [.. lease.View.Levels.Tables.SelectMany(table => table.DamagedRanges())];
        }
        finally
        {
            lease.Release();
        }
    }

    private CommitStatistics CommitStatistics() => new()
    {
        LogBytesWritten = Volatile.Read(ref _counters.LogBytes),
        Syncs = Volatile.Read(ref _counters.Syncs),
        SyncTime = TimeSpan.FromTicks(Volatile.Read(ref _counters.SyncTicks)),
        QueuedBytes = _queue.Bytes,
        Refusals = _queue.Refusals,
        Slowdowns = Volatile.Read(ref _counters.Slowdowns),
        SlowedTime = TimeSpan.FromTicks(Volatile.Read(ref _counters.SlowedTicks)),
        IsStalled = _counters.IsStalled,
        Stalls = Volatile.Read(ref _counters.Stalls),
        StalledTime = TimeSpan.FromTicks(Volatile.Read(ref _counters.StalledTicks)),
    };

    /// <summary>REQUIRES: <see cref="_gate"/> is held.</summary>
    private CompactionStatistics CompactionStatistics() => new()
    {
        Flushes = Volatile.Read(ref _counters.Flushes),
        FlushBytesWritten = Volatile.Read(ref _counters.FlushBytes),
        Merges = Volatile.Read(ref _counters.Compactions),
        Moves = Volatile.Read(ref _counters.Moves),
        BytesRead = Volatile.Read(ref _counters.CompactionBytesRead),
        BytesWritten = Volatile.Read(ref _counters.CompactionBytesWritten),
        Failure = _compactionFailure,
        StuckTables = [.. _stuckTables.Order().Select(TablePath)],
    };

    /// <summary>REQUIRES: <see cref="_gate"/> is held, so that the view keeps its parts.</summary>
    private static TableStatistics TableStatistics(ReadView view)
    {
        var levels = view.Levels.Infos();
        return new TableStatistics
        {
            MemtableBytes = view.Open.UsedBytes,
            ClosedMemtables = view.Closed.Length,
            ClosedMemtableBytes = view.Closed.Sum(memtable => memtable.UsedBytes),
            CountPerLevel = [.. levels.Select(level => level.Length)],
            BytesPerLevel = [.. levels.Select(level => level.Sum(table => table.FileBytes))],
            PendingRangeDrops = view.Levels.Drops.All.Length,
        };
    }

    private string TablePath(ulong number) => Path.Combine(_directory, FileNames.Of(FileKind.Table, number));

    /// <summary>On the log thread: syncs the log, and counts it.</summary>
    private void SyncCounted()
    {
        var started = _time.GetTimestamp();
        _log!.Sync();
        _counters.Syncs++;
        _counters.SyncTicks += _time.GetElapsedTime(started).Ticks;
    }

    /// <summary>Each is written by one thread and read by any.</summary>
    private sealed class Counters
    {
        public long LogBytes;
        public long Syncs;
        public long SyncTicks;
        public long Flushes;
        public long FlushBytes;
        public long Compactions;
        public long Moves;
        public long CompactionBytesRead;
        public long CompactionBytesWritten;
        public long Slowdowns;
        public long SlowedTicks;
        public bool IsStalled;
        public long Stalls;
        public long StalledTicks;
    }
}
