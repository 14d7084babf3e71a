namespace AkkaKv.Storage;

/// <summary>
/// The rows of a store at one moment, however it changes afterwards. Any thread may read, also while the store is closed. Until it is
/// disposed it keeps the memory and the files of its moment, so hold it for seconds, not for days.
/// </summary>
public interface ISnapshot : IDisposable
{
    /// <summary>The sequence of the last row that it shows.</summary>
    ulong Sequence { get; }

    /// <summary>Looks a row up; may read the disk on the calling thread.</summary>
    /// <returns>The value, or null if there was no row.</returns>
    /// <exception cref="CorruptionException">A block that may hold the row is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The snapshot was disposed.</exception>
    ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key);

    /// <summary>Looks many rows up at once; see <see cref="IStorageEngine.Get(IReadOnlyList{ReadOnlyMemory{byte}})"/>.</summary>
    IReadOnlyList<ReadOnlyMemory<byte>?> Get(IReadOnlyList<ReadOnlyMemory<byte>> keys);

    /// <summary>
    /// The rows of [<paramref name="from"/>, <paramref name="until"/>); an empty bound is none. The result can be enumerated once, also
    /// after the snapshot was disposed.
    /// </summary>
    IEnumerable<StorageRow> Scan(
        ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until, ScanDirection direction = ScanDirection.Forward);
}
