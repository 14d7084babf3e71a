namespace AkkaKv.Storage;

/// <summary>
/// More waits for the commit log than <see cref="StorageOptions.CommitQueueLimitBytes"/> allows. Nothing of what was asked for was done, and
/// the store is well: wait for commits that are under way, then try again.
/// </summary>
public sealed class CommitQueueFullException : StorageException
{
    /// <summary>Names the bound.</summary>
    /// <param name="queuedBytes">Bytes that wait.</param>
    /// <param name="limitBytes">Bytes that may wait.</param>
    public CommitQueueFullException(long queuedBytes, long limitBytes)
        : base(
            $"{queuedBytes} of at most {limitBytes} bytes wait for the commit log; nothing was written. "
            + $"Await commits that are under way and try again, or raise {nameof(StorageOptions.CommitQueueLimitBytes)}.")
    {
        QueuedBytes = queuedBytes;
        LimitBytes = limitBytes;
    }

    /// <summary>Bytes that waited when the request came.</summary>
    public long QueuedBytes { get; }

    /// <summary>Bytes that may wait.</summary>
    public long LimitBytes { get; }
}
