namespace AkkaKv.Storage;

/// <summary>
/// An ordered store of rows, bytes to bytes, that keeps what it has acknowledged through any crash.
/// </summary>
/// <remarks>
/// <para>Writers: any thread; batches take effect in the order of their sequence numbers, each wholly or not at all. Many batches
/// committed at once share one sync (group commit).</para>
/// <para>Readers: any thread, never blocked by writers. A row is readable once its batch is durable, not before.</para>
/// <para>Failures: a row or block whose checksum fails raises <see cref="CorruptionException"/> for every read that needs it and
/// never falls through to an older row. A failed append or sync, or a full disk, puts the store into
/// <see cref="StorageState.ReadOnly"/>: every later commit fails with <see cref="StorageReadOnlyException"/>, reads go on.</para>
/// <para>Bounds: what waits for the commit log is bounded in bytes; beyond <see cref="StorageOptions.CommitQueueLimitBytes"/> commits,
/// drops and flushes are refused with <see cref="CommitQueueFullException"/>, before anything was done.</para>
/// </remarks>
public interface IStorageEngine : IAsyncDisposable
{
    /// <summary>Whether commits are accepted, and if not, why not.</summary>
    StorageState State { get; }

    /// <summary>What opening found and did: files replayed, rows recovered, bytes of a torn tail that were cut.</summary>
    RecoveryReport Recovery { get; }

    /// <summary>The highest sequence number that is durable; 0 before the first write ever.</summary>
    ulong SyncedSequence { get; }

    /// <summary>
    /// Appends the batch to the commit log and completes when it is durable and readable. The result is the sequence number of its
    /// last row. The batch must not be changed until then.
    /// </summary>
    /// <exception cref="StorageReadOnlyException">The store has stopped taking writes; nothing of the batch is acknowledged.</exception>
    /// <exception cref="CommitQueueFullException">Too much waits already; nothing was written, and a later try may succeed.</exception>
    Task<ulong> CommitAsync(WriteBatch batch);

    /// <summary>
    /// The same without a task: <paramref name="completed"/> is called once, with null when the batch is durable and readable, or with
    /// the failure that <see cref="CommitAsync"/> would have.
    /// </summary>
    /// <param name="batch">As for <see cref="CommitAsync"/>.</param>
    /// <param name="completed">
    /// Called on the thread that writes the log, or on the caller's if the commit is refused at once. It holds up all other commits, so it
    /// only hands on what it was told; what it throws is lost.
    /// </param>
    void Commit(WriteBatch batch, Action<Exception?> completed);

    /// <summary>Looks a row up wherever it is; may read the disk on the calling thread.</summary>
    /// <returns>The value, or null if there is no row.</returns>
    /// <exception cref="CorruptionException">A block that may hold the row is damaged.</exception>
    ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key);

    /// <summary>
    /// Looks many rows up as of one moment; cheaper than one by one, because keys that lie close together share what is read. May read the
    /// disk on the calling thread.
    /// </summary>
    /// <param name="keys">In any order; a key may occur more than once.</param>
    /// <returns>The values in the order of the keys, null where there is no row.</returns>
    /// <exception cref="CorruptionException">A block that may hold one of the rows is damaged.</exception>
    IReadOnlyList<ReadOnlyMemory<byte>?> Get(IReadOnlyList<ReadOnlyMemory<byte>> keys);

    /// <summary>
    /// Looks a row up without touching the disk: <see cref="MemoryLookup.Found"/> with its value, <see cref="MemoryLookup.Absent"/>
    /// if memory alone proves that there is none, or <see cref="MemoryLookup.OnDisk"/> if only <see cref="Get(ReadOnlySpan{byte})"/> can tell.
    /// </summary>
    MemoryLookup TryGetFromMemory(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value);

    /// <summary>
    /// The same for many rows as of one moment; cheaper than one by one, because the searches wait for memory together. All values found
    /// are copied, so it is for the caller to bound how many keys it asks for at once.
    /// </summary>
    /// <param name="keys">In any order; a key may occur more than once.</param>
    /// <param name="rows">Where the rows go, in the order of the keys; at least as many.</param>
    void TryGetFromMemory(ReadOnlySpan<ReadOnlyMemory<byte>> keys, Span<MemoryRow> rows);

    /// <summary>
    /// The rows of [<paramref name="from"/>, <paramref name="until"/>) as they were at the time of the call, keys ascending or descending; an
    /// empty <paramref name="until"/> means no upper bound. Reads the disk on the thread that enumerates.
    /// </summary>
    IEnumerable<StorageRow> Scan(
        ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until, ScanDirection direction = ScanDirection.Forward);

    /// <summary>Holds this moment, for as many reads as are wanted, until it is disposed.</summary>
    ISnapshot TakeSnapshot();

    /// <summary>
    /// Moves everything that is in memory into tables; completes when the commit log before this call is not needed any more.
    /// </summary>
    /// <exception cref="StorageReadOnlyException">The store has stopped writing.</exception>
    /// <exception cref="CommitQueueFullException">Too much waits already; nothing was done.</exception>
    Task FlushAsync();

    /// <summary>
    /// Removes all rows of [<paramref name="from"/>, <paramref name="until"/>) that were committed before this call; an empty
    /// <paramref name="until"/> means no upper bound. Completes when it is durable, at a cost that depends on the number of tables and not
    /// of rows: tables within the range go at once, damaged ones too, others are rewritten in the background. Scans that have begun
    /// still show the rows; rows committed later stay.
    /// </summary>
    /// <exception cref="StorageReadOnlyException">
    /// The store has stopped writing; the rows may be gone after the next opening or not.
    /// </exception>
    /// <exception cref="CommitQueueFullException">Too much waits already; nothing was dropped.</exception>
    Task DropRangeAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until);

    /// <summary>
    /// Makes a store of its own in another directory, with all rows that were readable at one moment of this call. Commits and reads go on
    /// meanwhile. Costs about the rows that are in memory: the tables are shared by hard links until one side drops them.
    /// </summary>
    /// <param name="directory">Must not exist or hold no files; on the same file system as the store.</param>
    /// <returns>The sequence of the last row in the copy.</returns>
    /// <exception cref="IOException">The directory holds files, or the disk refused; what was made so far is removed if possible.</exception>
    /// <exception cref="CorruptionException">A table is damaged or missing: the copy would be, too.</exception>
    Task<ulong> CheckpointAsync(string directory);

    /// <summary>
    /// About how many bytes of tables the rows of [<paramref name="from"/>, <paramref name="until"/>) take; an empty
    /// <paramref name="until"/> means no upper bound. To a block per table, touches no disk; rows that only memory and log hold count once
    /// they are flushed.
    /// </summary>
    long ApproximateSize(ReadOnlySpan<byte> from, ReadOnlySpan<byte> until);

    /// <summary>
    /// The keys that cannot be read, in live tables: of tables that were damaged at the opening, and of blocks that reads and merges have
    /// found damaged since. Who has not read a block does not know of its damage. A range goes when its table does, as by
    /// <see cref="DropRangeAsync"/>. At most 64 ranges a table; of a table with more damaged blocks the whole range is told.
    /// </summary>
    IReadOnlyList<DamagedRange> DamagedRanges();

    /// <summary>Counts, times and sizes; also of a closed store. Costs a look at every table's entry in memory.</summary>
    StorageStatistics Statistics { get; }
}
