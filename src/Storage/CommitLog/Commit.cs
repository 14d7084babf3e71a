namespace AkkaKv.Storage;

/// <summary>
/// One caller waiting for the log thread: with a batch to commit, or without one for a range to be dropped or the memtable to be flushed.
/// Its task continues on the pool, never on the log thread; only a callback is called there.
/// </summary>
internal sealed class Commit(WriteBatch? batch, bool hasCallback = false)
    : TaskCompletionSource<ulong>(hasCallback ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>What a request costs besides its batch or range: itself, its task, its place in the queue.</summary>
    public const int RequestBytes = 256;

    private readonly int _batchBytes = batch is null ? 0 : batch.ByteSize + batch.Note.Length;

    /// <summary>Bytes that the queue counts for it; fixed, whatever becomes of the batch.</summary>
    public long QueuedBytes => RequestBytes + _batchBytes + (Drop is { } drop ? drop.From.Length + drop.Until.Length : 0);

    /// <summary>Null asks for a drop or a flush.</summary>
    public WriteBatch? Batch { get; } = batch;

    /// <summary>The range to drop, if that is what is asked for.</summary>
    public (byte[] From, byte[] Until)? Drop { get; init; }

    /// <summary>Set by the log thread before the batch is written.</summary>
    public ulong LastSequence { get; set; }
}
