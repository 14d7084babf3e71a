namespace AkkaKv.Storage;

/// <summary>
/// One caller waiting for the log thread: with a batch to commit, or without one for a range to be dropped or the memtable to be flushed.
/// Its task continues on the pool, never on the log thread.
/// </summary>
internal sealed class Commit(WriteBatch? batch) : TaskCompletionSource<ulong>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Null asks for a drop or a flush.</summary>
    public WriteBatch? Batch { get; } = batch;

    /// <summary>The range to drop, if that is what is asked for.</summary>
    public (byte[] From, byte[] Until)? Drop { get; init; }

    /// <summary>Set by the log thread before the batch is written.</summary>
    public ulong LastSequence { get; set; }
}
