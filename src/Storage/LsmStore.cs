namespace AkkaKv.Storage;

/// <summary>A log-structured merge tree in one directory.</summary>
public sealed class LsmStore : IStorageEngine
{
    private LsmStore()
    {
    }

    /// <inheritdoc/>
    public StorageState State => throw new NotImplementedException();

    /// <inheritdoc/>
    public RecoveryReport Recovery => throw new NotImplementedException();

    /// <inheritdoc/>
    public ulong SyncedSequence => throw new NotImplementedException();

    /// <summary>
    /// Opens the store in a directory, or founds one there if the directory holds none. Completes only when everything that was ever
    /// acknowledged is readable again.
    /// </summary>
    /// <param name="directory">The store's own directory; created if missing.</param>
    /// <param name="options">May differ from those of earlier openings.</param>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="time">The clock for durations in reports; the system's by default.</param>
    /// <exception cref="CorruptionException">The manifest or a commit log is damaged; nothing was changed on disk.</exception>
    /// <exception cref="IOException">The disk refused, or another process has the store open.</exception>
    public static LsmStore Open(string directory, StorageOptions options, IFileSystem fileSystem, TimeProvider? time = null) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ulong> CommitAsync(WriteBatch batch) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key) => throw new NotImplementedException();

    /// <inheritdoc/>
    public MemoryLookup TryGetFromMemory(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IEnumerable<StorageRow> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task FlushAsync() => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
