namespace AkkaKv.Storage;

/// <summary>How a store trades memory, disk and latency. Every combination reads every store ever written.</summary>
public sealed record StorageOptions
{
    /// <summary>
    /// Size in bytes at which the memtable is closed and moved to a table, 4 KiB to 1 GiB. It also bounds a commit log, and so the time of
    /// a recovery. Default 64 MiB.
    /// </summary>
    public long MemtableLimitBytes { get; init; } = 64L << 20;

    /// <summary>Closed memtables that may wait for their flush, at least 1. Beyond it commits wait for the disk. Default 2.</summary>
    public int ImmutableMemtableLimit { get; init; } = 2;

    /// <summary>
    /// Bytes of batches that share one append and one sync, 1 to 256 MiB; a larger batch goes alone. Commits beyond it wait for the next
    /// group. Default 4 MiB.
    /// </summary>
    public long CommitGroupLimitBytes { get; init; } = 4L << 20;

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

    internal void Validate()
    {
        Require(MemtableLimitBytes is >= 4 << 10 and <= 1 << 30, nameof(MemtableLimitBytes), "4 KiB to 1 GiB");
        Require(ImmutableMemtableLimit >= 1, nameof(ImmutableMemtableLimit), "at least 1");
        Require(CommitGroupLimitBytes is >= 1 and <= 256 << 20, nameof(CommitGroupLimitBytes), "1 B to 256 MiB");
        Require(SyncInterval >= TimeSpan.Zero && SyncInterval <= TimeSpan.FromMinutes(1), nameof(SyncInterval), "0 to 1 minute");
        Require(BlockBytes is >= 64 and <= 16 << 20, nameof(BlockBytes), "64 B to 16 MiB");
        Require(RestartInterval >= 1, nameof(RestartInterval), "at least 1");
        Require(BloomBitsPerKey is >= 0 and <= 64, nameof(BloomBitsPerKey), "0 to 64");
    }

    private static void Require(bool holds, string option, string range)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(option, $"{option} must be {range}.");
    }
}
