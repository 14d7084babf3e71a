using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>What a store has done since it was opened (counts, times) and how large its parts are at this moment (sizes).</summary>
/// <remarks>Each number is right by itself; numbers that change meanwhile may be of slightly different moments.</remarks>
public sealed record StorageStatistics
{
    /// <summary>The way of commits into the log.</summary>
    public required CommitStatistics Commits { get; init; }

    /// <summary>The way of rows from memory to the last level.</summary>
    public required CompactionStatistics Compaction { get; init; }

    /// <summary>Where the rows are.</summary>
    public required TableStatistics Tables { get; init; }

    /// <summary>What reads keep in memory.</summary>
    public required CacheStatistics Cache { get; init; }

    /// <summary>Bytes written to disk for every byte of the commit log; 0 before the first.</summary>
    public double WriteAmplification => Commits.LogBytesWritten == 0
        ? 0
        : (double)(Commits.LogBytesWritten + Compaction.FlushBytesWritten + Compaction.BytesWritten) / Commits.LogBytesWritten;
}

/// <summary>Commits, the log, and what held them up.</summary>
public sealed record CommitStatistics
{
    /// <summary>Bytes appended to commit logs.</summary>
    public long LogBytesWritten { get; init; }

    /// <summary>Syncs of the commit log that made rows durable, or the seal at its end.</summary>
    public long Syncs { get; init; }

    /// <summary>Time that these syncs took, the appends before them included.</summary>
    public TimeSpan SyncTime { get; init; }

    /// <summary>Bytes that wait in the queue, see <see cref="StorageOptions.CommitQueueLimitBytes"/>.</summary>
    public long QueuedBytes { get; init; }

    /// <summary>Commits and other requests that the full queue has refused.</summary>
    public long Refusals { get; init; }

    /// <summary>Times that commits were slowed, because flushes or merges fell behind.</summary>
    public long Slowdowns { get; init; }

    /// <summary>Time that commits were slowed.</summary>
    public TimeSpan SlowedTime { get; init; }

    /// <summary>Whether commits wait now until a flush or a merge has ended.</summary>
    public bool IsStalled { get; init; }

    /// <summary>Times that commits had to wait so.</summary>
    public long Stalls { get; init; }

    /// <summary>Time that commits waited so; a wait counts when it is over.</summary>
    public TimeSpan StalledTime { get; init; }
}

/// <summary>Flushes and merges.</summary>
public sealed record CompactionStatistics
{
    /// <summary>Memtables that became tables.</summary>
    public long Flushes { get; init; }

    /// <summary>Bytes of the tables that memtables became.</summary>
    public long FlushBytesWritten { get; init; }

    /// <summary>Merges of tables.</summary>
    public long Merges { get; init; }

    /// <summary>Changes of level without a merge, counted by change and not by table.</summary>
    public long Moves { get; init; }

    /// <summary>Bytes of the tables that were read by merges.</summary>
    public long BytesRead { get; init; }

    /// <summary>Bytes of the tables that merges wrote.</summary>
    public long BytesWritten { get; init; }

    /// <summary>
    /// Why merging has stopped, or null if it has not: an error of the disk (it is tried again after
    /// <see cref="LsmStore.CompactionRetry"/>), an error of the filter, or the last damage found. Commits and reads go on.
    /// </summary>
    public Exception? Failure { get; init; }

    /// <summary>
    /// Damaged tables, by path: merging leaves them and what depends on them in place until they are dropped or the store is opened again.
    /// </summary>
    public IReadOnlyList<string> StuckTables { get; init; } = [];
}

/// <summary>Memtables and tables. Of a closed store all are 0.</summary>
public sealed record TableStatistics
{
    /// <summary>Bytes of the memtable that takes writes.</summary>
    public long MemtableBytes { get; init; }

    /// <summary>Memtables that wait for their flush.</summary>
    public int ClosedMemtables { get; init; }

    /// <summary>Bytes of the memtables that wait for their flush.</summary>
    public long ClosedMemtableBytes { get; init; }

    /// <summary>Live tables of every level, level 0 first.</summary>
    public ImmutableArray<int> CountPerLevel { get; init; } = [];

    /// <summary>Bytes of the live tables of every level, level 0 first.</summary>
    public ImmutableArray<long> BytesPerLevel { get; init; } = [];

    /// <summary>Dropped ranges of which some table or memtable still holds hidden rows.</summary>
    public int PendingRangeDrops { get; init; }
}

/// <summary>What a store holds in memory for its reads, and how well that serves them.</summary>
public sealed record CacheStatistics
{
    /// <summary>Bytes of data blocks in the block cache, at most <see cref="StorageOptions.BlockCacheBytes"/>.</summary>
    public long UsedBytes { get; init; }

    /// <summary>Bytes of indexes and filters, which stay in memory while their table is open and are not part of the cache.</summary>
    public long PinnedBytes { get; init; }

    /// <summary>Blocks that were asked for and found in the cache.</summary>
    public long Hits { get; init; }

    /// <summary>Blocks that were asked for and had to be read from a file.</summary>
    public long Misses { get; init; }
}
