namespace AkkaKv.Storage;

/// <summary>
/// Where committers meet the log thread. Commits leave in the order they came, in groups; whatever arrives while one group is synced forms
/// the next, so the more writers there are, the more share a sync.
/// </summary>
/// <remarks>The queue holds references to its callers' batches and copies nothing: what is bounded is the group.</remarks>
internal sealed class CommitQueue
{
    private readonly object _gate = new();
    private readonly Queue<Commit> _waiting = new();
    private Exception? _refusal;
    private bool _closed;

    /// <summary>Queues a commit, or fails it at once if the queue refuses or is closed.</summary>
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
            else
            {
                _waiting.Enqueue(commit);
                if (_waiting.Count == 1)
                    Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>
    /// Waits for commits and moves the next group to <paramref name="group"/>: batches of up to <paramref name="limitBytes"/> together,
    /// or one larger batch, or one other request; or nothing, if nothing has come in time. False once the queue is closed and empty.
    /// </summary>
    public bool TakeGroup(List<Commit> group, long limitBytes, TimeSpan patience)
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
                bytes += next.Batch?.ByteSize ?? limitBytes;
                if (group.Count > 0 && bytes > limitBytes)
                    break;
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
