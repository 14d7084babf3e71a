namespace AkkaKv.Storage;

/// <summary>A file that grows at its end. One thread at a time.</summary>
public interface IWritableFile : IDisposable
{
    /// <summary>Bytes appended so far.</summary>
    long Length { get; }

    /// <summary>Appends; the bytes may sit in memory of the system until <see cref="Sync"/>.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Returns when everything appended so far survives a power loss. After a failure the fate of the unsynced bytes is unknown for
    /// ever: a second call that succeeds would prove nothing, so callers stop writing to the file instead of trying again.
    /// </summary>
    void Sync();
}
