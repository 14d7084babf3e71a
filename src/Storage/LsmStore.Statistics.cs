namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    private readonly Counters _counters = new();

    /// <summary>What writing has cost since the store was opened, and how large its parts are now.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public WriteStatistics WriteStatistics
    {
        get
        {
            lock (_gate)
            {
                var view = _view;
                ObjectDisposedException.ThrowIf(view is null, this);
                var levels = view.Levels.Infos();
                return new WriteStatistics
                {
                    LogBytesWritten = Volatile.Read(ref _counters.LogBytes),
                    Flushes = Volatile.Read(ref _counters.Flushes),
                    FlushBytesWritten = Volatile.Read(ref _counters.FlushBytes),
                    Compactions = Volatile.Read(ref _counters.Compactions),
                    Moves = Volatile.Read(ref _counters.Moves),
                    CompactionBytesRead = Volatile.Read(ref _counters.CompactionBytesRead),
                    CompactionBytesWritten = Volatile.Read(ref _counters.CompactionBytesWritten),
                    Slowdowns = Volatile.Read(ref _counters.Slowdowns),
                    SlowedTime = TimeSpan.FromTicks(Volatile.Read(ref _counters.SlowedTicks)),
                    IsStalled = _counters.IsStalled,
                    Stalls = Volatile.Read(ref _counters.Stalls),
                    StalledTime = TimeSpan.FromTicks(Volatile.Read(ref _counters.StalledTicks)),
                    MemtableBytes = view.Open.UsedBytes,
                    ClosedMemtables = view.Closed.Length,
                    ClosedMemtableBytes = view.Closed.Sum(memtable => memtable.UsedBytes),
                    TablesPerLevel = [.. levels.Select(level => level.Length)],
                    BytesPerLevel = [.. levels.Select(level => level.Sum(table => table.FileBytes))],
                    PendingRangeDrops = view.Levels.Drops.All.Length,
                    CompactionFailure = _compactionFailure,
                    StuckTables = [.. _stuckTables.Order().Select(TablePath)],
                };
            }
        }
    }

    private string TablePath(ulong number) => Path.Combine(_directory, FileNames.Of(FileKind.Table, number));

    /// <summary>Each is written by one thread and read by any.</summary>
    private sealed class Counters
    {
        public long LogBytes;
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
