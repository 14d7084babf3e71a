namespace AkkaKv.Storage;

/// <summary>How a store trades memory, disk and latency. Every combination reads every store ever written.</summary>
public sealed record StorageOptions
{
    /// <summary>
    /// Size in bytes at which the memtable is closed and moved to a table, 4 KiB to 1 GiB. It also bounds a commit log, and so the time of
    /// a recovery. Default 64 MiB.
    /// </summary>
    public long MemtableLimitBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes of disk that a commit log takes when it is begun, 0 to 1280 MiB, so that syncs need not make it longer; one log of at most this size is
    /// kept when its rows are in tables, and written over as the next one. An orderly close gives both back. 0 does neither: logs grow as
    /// they are written. Default null: <see cref="MemtableLimitBytes"/> and a quarter.
    /// </summary>
    public long? CommitLogSpaceBytes { get; init; }

    /// <summary>
    /// Closed memtables that may wait for their flush, at least 1. At the limit commits are slowed, beyond it they wait. Default 2.
    /// </summary>
    public int ImmutableMemtableLimit { get; init; } = 2;

    /// <summary>
    /// Bytes per second that are taken while writers are slowed: when <see cref="ImmutableMemtableLimit"/> is reached or level 0 has
    /// <see cref="SlowdownTables"/>. At least 1. Default 16 MiB.
    /// </summary>
    public long SlowedWriteBytesPerSecond { get; init; } = 16L << 20;

    /// <summary>
    /// Tables in level 0 from which on it is merged into the levels below, at least 1; <see cref="int.MaxValue"/> leaves merging to
    /// <see cref="LsmStore.CompactAsync"/>. Fewer make reads cheaper and merging dearer. Default 4.
    /// </summary>
    public int LevelZeroTables { get; init; } = 4;

    /// <summary>Tables in level 0 from which on writers are slowed while merging can help, at least 1. Default 12.</summary>
    public int SlowdownTables { get; init; } = 12;

    /// <summary>
    /// Tables in level 0 from which on writers wait for merging, as long as merging can help; at least <see cref="SlowdownTables"/>.
    /// Default 20.
    /// </summary>
    public int StopTables { get; init; } = 20;

    /// <summary>
    /// Bytes below which no level but the last gets a limit of its own, at least 1 KiB; about what level 0 holds when it is merged. Default
    /// 256 MiB.
    /// </summary>
    public long LevelBaseBytes { get; init; } = 256L << 20;

    /// <summary>How many times larger a level may be than the one above, 2 to 100. Default 10.</summary>
    public int LevelMultiplier { get; init; } = 10;

    /// <summary>Bytes after which a merge begins its next table, 1 KiB to 1 GiB. Default 64 MiB.</summary>
    public long TableTargetBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of rows that merging reads per second, at least 0; 0 is no limit, the default.</summary>
    public long CompactionBytesPerSecond { get; init; }

    /// <summary>May shrink values while tables are merged. Default none.</summary>
    public ICompactionFilter? CompactionFilter { get; init; }

    /// <summary>
    /// Is told the notes of batches. Once a store was opened with one, a release before notes does not open it again. Default none.
    /// </summary>
    public INoteKeeper? NoteKeeper { get; init; }

    /// <summary>Bytes of edits after which the manifest is written anew, at least 1. Default 4 MiB.</summary>
    public long ManifestEditLimitBytes { get; init; } = 4L << 20;

    /// <summary>
    /// Bytes of batches that share one append and one sync, 1 to 256 MiB; a larger batch goes alone. Commits beyond it wait for the next
    /// group. Default 4 MiB.
    /// </summary>
    public long CommitGroupLimitBytes { get; init; } = 4L << 20;

    /// <summary>
    /// Bytes of batches, and of what holds them, that may wait for the commit log besides the group that is being written; at least 1. What
    /// comes when they are reached is refused with <see cref="CommitQueueFullException"/>; an empty queue takes a batch of any size. Default
    /// 64 MiB.
    /// </summary>
    public long CommitQueueLimitBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Zero, the default: a commit is acknowledged when it is durable. More than zero, up to a minute: a commit is acknowledged and readable
    /// once the system has it, and durable within this time. <b>A process that dies loses nothing. A machine that loses its power loses the
    /// acknowledged commits of up to this long (and of the time that a slow disk takes to sync), the newest first and without gaps</b>;
    /// <see cref="IStorageEngine.SyncedSequence"/> says how far it could not. A sync that fails is known only after the
    /// acknowledgement: the store becomes read-only then.
    /// </summary>
    public TimeSpan SyncInterval { get; init; }

    /// <summary>Bytes of rows after which a table's data block is closed, 64 B to 16 MiB. Default 4 KiB.</summary>
    public int BlockBytes { get; init; } = 4 << 10;

    /// <summary>
    /// Rows from one whole key to the next in a data block; between them only what differs is stored. At least 1. Default 16.
    /// </summary>
    public int RestartInterval { get; init; } = 16;

    /// <summary>
    /// Bits of Bloom filter per row, 0 (no filter) to 64. 10 answer about 99% of the lookups of missing rows. Default 10.
    /// </summary>
    public int BloomBitsPerKey { get; init; } = 10;

    /// <summary>How data and index blocks are stored; one that would not shrink by an eighth is stored as it is. Default LZ4.</summary>
    public BlockCompression Compression { get; init; } = BlockCompression.Lz4;

    /// <summary>
    /// How a merge stores the blocks of its outputs if no table is left in any level below them; null, the default, as all others. Most of a
    /// store's bytes are there, and they are rewritten the least, so <see cref="BlockCompression.Zstd"/> saves the most space there for the
    /// work it is. What a flush writes is never meant, and tables that are there already stay as they are until they are merged.
    /// </summary>
    public BlockCompression? LastLevelCompression { get; init; }

    /// <summary>Effort of <see cref="BlockCompression.Zstd"/> when it writes, 1 to 19; reading costs the same after any. Default 3.</summary>
    public int ZstdLevel { get; init; } = ZstdBlocks.DefaultLevel;

    /// <summary>
    /// Bytes of data blocks that are kept in memory, decompressed; 0 keeps none. Indexes and filters of open tables come on top, see
    /// <see cref="CacheStatistics.PinnedBytes"/>. Default 64 MiB.
    /// </summary>
    public long BlockCacheBytes { get; init; } = 64L << 20;

    /// <summary>
    /// What metrics call the store, so that several of a process can be told apart. Default null: the last name of its directory's path.
    /// </summary>
    public string? MetricsLabel { get; init; }

    /// <summary>The version in which logs are written: the one that other releases read, unless there may be notes.</summary>
    internal uint LogVersion => NoteKeeper is null ? LogFormat.Version : LogFormat.NotedVersion;

    internal long LogSpaceBytes => CommitLogSpaceBytes ?? MemtableLimitBytes + MemtableLimitBytes / 4;

    /// <summary>How the blocks of a merge into a level are stored.</summary>
    internal BlockCompression CompressionOf(LevelSet levels, int outputLevel) =>
        LastLevelCompression is { } last && levels.IsLast(outputLevel) ? last : Compression;

    internal void Validate()
    {
        Require(MemtableLimitBytes is >= 4 << 10 and <= 1 << 30, nameof(MemtableLimitBytes), "4 KiB to 1 GiB");
        Require(CommitLogSpaceBytes is null or (>= 0 and <= 1280 << 20), nameof(CommitLogSpaceBytes), "0 to 1280 MiB");
        Require(ImmutableMemtableLimit >= 1, nameof(ImmutableMemtableLimit), "at least 1");
        Require(CommitGroupLimitBytes is >= 1 and <= 256 << 20, nameof(CommitGroupLimitBytes), "1 B to 256 MiB");
        Require(CommitQueueLimitBytes >= 1, nameof(CommitQueueLimitBytes), "at least 1");
        Require(SyncInterval >= TimeSpan.Zero && SyncInterval <= TimeSpan.FromMinutes(1), nameof(SyncInterval), "0 to 1 minute");
        Require(BlockBytes is >= 64 and <= 16 << 20, nameof(BlockBytes), "64 B to 16 MiB");
        Require(RestartInterval >= 1, nameof(RestartInterval), "at least 1");
        Require(BloomBitsPerKey is >= 0 and <= 64, nameof(BloomBitsPerKey), "0 to 64");
        Require(Enum.IsDefined(Compression), nameof(Compression), "a known compression");
        Require(LastLevelCompression is not { } last || Enum.IsDefined(last), nameof(LastLevelCompression), "null or a known compression");
        Require(ZstdLevel is >= 1 and <= ZstdBlocks.LimitLevel, nameof(ZstdLevel), $"1 to {ZstdBlocks.LimitLevel}");
        Require(BlockCacheBytes >= 0, nameof(BlockCacheBytes), "at least 0");
        Require(SlowedWriteBytesPerSecond >= 1, nameof(SlowedWriteBytesPerSecond), "at least 1");
        Require(LevelZeroTables >= 1, nameof(LevelZeroTables), "at least 1");
        Require(SlowdownTables >= 1, nameof(SlowdownTables), "at least 1");
        Require(StopTables >= SlowdownTables, nameof(StopTables), $"at least {nameof(SlowdownTables)}");
        Require(LevelBaseBytes >= 1 << 10, nameof(LevelBaseBytes), "at least 1 KiB");
        Require(LevelMultiplier is >= 2 and <= 100, nameof(LevelMultiplier), "2 to 100");
        Require(TableTargetBytes is >= 1 << 10 and <= 1 << 30, nameof(TableTargetBytes), "1 KiB to 1 GiB");
        Require(CompactionBytesPerSecond >= 0, nameof(CompactionBytesPerSecond), "at least 0");
        Require(ManifestEditLimitBytes >= 1, nameof(ManifestEditLimitBytes), "at least 1");
    }

    private static void Require(bool holds, string option, string range)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(option, $"{option} must be {range}.");
    }
}
