using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>What writing costs: counts since the store was opened, and sizes at this moment.</summary>
public sealed record WriteStatistics
{
    /// <summary>Bytes appended to commit logs.</summary>
    public long LogBytesWritten { get; init; }

    /// <summary>Memtables that became tables.</summary>
    public long Flushes { get; init; }

    /// <summary>Bytes of the tables that memtables became.</summary>
    public long FlushBytesWritten { get; init; }

    /// <summary>Merges of tables.</summary>
    public long Compactions { get; init; }

    /// <summary>Changes of level without a merge, counted by change and not by table.</summary>
    public long Moves { get; init; }

    /// <summary>Bytes of the tables that were read by merges.</summary>
    public long CompactionBytesRead { get; init; }

    /// <summary>Bytes of the tables that merges wrote.</summary>
    public long CompactionBytesWritten { get; init; }

    /// <summary>Bytes written to disk for every byte of the commit log; 0 before the first.</summary>
    public double WriteAmplification =>
        LogBytesWritten == 0 ? 0 : (double)(LogBytesWritten + FlushBytesWritten + CompactionBytesWritten) / LogBytesWritten;

    /// <summary>Times that commits were slowed, because flushes or merges fell behind.</summary>
    public long Slowdowns { get; init; }

    /// <summary>Time that commits were slowed.</summary>
    public TimeSpan SlowedTime { get; init; }

    /// <summary>Whether commits wait now until a flush or a merge has ended.</summary>
    public bool IsStalled { get; init; }

    /// <summary>Times that commits had to wait so.</summary>
    public long Stalls { get; init; }

    /// <summary>Time that commits waited so.</summary>
    public TimeSpan StalledTime { get; init; }

    /// <summary>Bytes of the memtable that takes writes.</summary>
    public long MemtableBytes { get; init; }

    /// <summary>Memtables that wait for their flush.</summary>
    public int ClosedMemtables { get; init; }

    /// <summary>Bytes of the memtables that wait for their flush.</summary>
    public long ClosedMemtableBytes { get; init; }

    /// <summary>Live tables of every level, level 0 first.</summary>
    public ImmutableArray<int> TablesPerLevel { get; init; } = [];

    /// <summary>Bytes of the live tables of every level, level 0 first.</summary>
    public ImmutableArray<long> BytesPerLevel { get; init; } = [];

    /// <summary>Dropped ranges of which some table or memtable still holds hidden rows.</summary>
    public int PendingRangeDrops { get; init; }

    /// <summary>
    /// Why merging has stopped, or null if it has not: an error of the disk (it is tried again after
    /// <see cref="LsmStore.CompactionRetry"/>), an error of the filter, or the last damage found. Commits and reads go on.
    /// </summary>
    public Exception? CompactionFailure { get; init; }

    /// <summary>
    /// Damaged tables, by path: merging leaves them and what depends on them in place until they are dropped or the store is opened again.
    /// </summary>
    public IReadOnlyList<string> StuckTables { get; init; } = [];
}
