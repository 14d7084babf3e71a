namespace AkkaKv.Storage;

/// <summary>
/// Where committers meet the log thread. Commits leave in the order they came, in groups; whatever arrives while one group is synced forms
/// the next, so the more writers there are, the more share a sync.
/// </summary>
/// <remarks>
/// The queue holds references to its callers' batches and copies nothing. What it holds is bounded in bytes: beyond the bound a request is
/// refused before anything of it was written. It does not wait instead, because who does not wait for the task would pile up
/// the same batches in front of the queue.
/// </remarks>
/// <param name="limitBytes">An empty queue takes any one request.</param>
internal sealed class CommitQueue(long limitBytes)
{
    private readonly object _gate = new();
    private readonly Queue<Commit> _waiting = new();
    private Exception? _refusal;
    private long _bytes;
    private long _refusals;
    private bool _closed;

    /// <summary>Bytes that wait.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Requests that found the queue full.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>Queues a commit, or fails it at once if the queue refuses, is full or is closed.</summary>
    public void Enqueue(Commit commit)
    {
        lock (_gate)
        {
            if (_closed)
            {
                commit.SetException(new ObjectDisposedException(nameof(LsmStore)));
            }
            else if (_refusal is not null)
            {
                commit.SetException(new StorageReadOnlyException(_refusal));
            }
            else if (_waiting.Count > 0 && _bytes + commit.QueuedBytes > limitBytes)
            {
                _refusals++;
                commit.SetException(new CommitQueueFullException(_bytes, limitBytes));
            }
            else
            {
                _bytes += commit.QueuedBytes;
                _waiting.Enqueue(commit);
                if (_waiting.Count == 1)
                    Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>
    /// Waits for commits and moves the next group to <paramref name="group"/>: batches of up to <paramref name="groupBytes"/> together,
    /// or one larger batch, or one other request; or nothing, if nothing has come in time. False once the queue is closed and empty.
    /// </summary>
    public bool TakeGroup(List<Commit> group, long groupBytes, TimeSpan patience)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_closed)
            {
                if (!Monitor.Wait(_gate, patience))
                    return true;
            }

            var bytes = 0L;
            while (_waiting.TryPeek(out var next))
            {
                // Any other request counts as a full group, so it goes alone.
                bytes += next.Batch?.ByteSize ?? groupBytes;
                if (group.Count > 0 && bytes > groupBytes)
                    break;
                _bytes -= next.QueuedBytes;
                group.Add(_waiting.Dequeue());
            }

            return group.Count > 0;
        }
    }

    /// <summary>Fails everything that waits and everything that will come.</summary>
    public void Refuse(Exception cause)
    {
        lock (_gate)
        {
            _refusal ??= cause;
            while (_waiting.TryDequeue(out var commit))
                commit.SetException(new StorageReadOnlyException(_refusal));
            _bytes = 0;
        }
    }

    /// <summary>Takes nothing more; what is queued is still served.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }
}
