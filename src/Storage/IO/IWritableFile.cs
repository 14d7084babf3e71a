namespace AkkaKv.Storage;

/// <summary>A file that is written from its beginning on, each byte once. One thread at a time.</summary>
public interface IWritableFile : IDisposable
{
    /// <summary>Bytes written through this; the file may be longer, by what was allocated or what it held before.</summary>
    long Length { get; }

    /// <summary>
    /// Writes behind what was written so far; the bytes may sit in memory of the system until <see cref="Sync"/>.
    /// </summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Makes the file at least so many bytes long by zeros, and takes the room for them now: appends within them cannot fail for want of room,
    /// and their syncs need not write the file's size. False if there is no room, or the system cannot do it: the file is as it was. The
    /// new size is durable with the next <see cref="Sync"/>.
    /// </summary>
    bool Allocate(long bytes);

    /// <summary>Cuts the file behind what was written. Durable with the next <see cref="Sync"/>.</summary>
    void Truncate();

    /// <summary>
    /// Returns when everything written so far survives a power loss. After a failure the fate of the unsynced bytes is unknown for
    /// ever: a second call that succeeds would prove nothing, so callers stop writing to the file instead of trying again.
    /// </summary>
    void Sync();
}
