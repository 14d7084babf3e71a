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
    Task<ulong> CommitAsync(WriteBatch batch);

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
    Task FlushAsync();
}
