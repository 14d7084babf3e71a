namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <summary>
    /// About how many bytes of tables the rows of [<paramref name="from"/>, <paramref name="until"/>) take; an empty
    /// <paramref name="until"/> means no upper bound. To a block per table, touches no disk; rows that only memory and log hold count once
    /// they are flushed.
    /// </summary>
    public long ApproximateSize(ReadOnlySpan<byte> from, ReadOnlySpan<byte> until)
    {
        var lease = AcquireView(out _);
        try
        {
            var bytes = 0L;
            for (var level = 0; level < LevelSet.LevelCount; level++)
            {
                foreach (var table in lease.View.Levels[level])
                    bytes += table.ApproximateBytes(from, until);
            }

            return bytes;
        }
        finally
        {
            lease.Release();
        }
    }

    /// <summary>
    /// Removes all rows of [<paramref name="from"/>, <paramref name="until"/>) that were committed before this call; an empty
    /// <paramref name="until"/> means no upper bound. Completes when it is durable, at a cost that depends on the number of tables and not
    /// of rows: tables within the range go at once, damaged ones too, others are rewritten in the background. Scans that have begun
    /// still show the rows; rows committed later stay.
    /// </summary>
    /// <exception cref="StorageReadOnlyException">
    /// The store has stopped writing; the rows may be gone after the next opening or not.
    /// </exception>
    public Task DropRangeAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        var request = new Commit(batch: null) { Drop = (from.ToArray(), until.ToArray()) };
        _queue.Enqueue(request);
        return request.Task;
    }

    /// <summary>On the log thread, so between two groups: the drop takes exactly what is synced by now.</summary>
    private void DropRange(Commit request)
    {
        var (from, until) = request.Drop!.Value;
        lock (_manifestGate)
        {
            ThrowIfReadOnly();
            var drop = new RangeDrop(NewFileNumber(), _syncedSequence, from, until);
            AppendEdit(
                new VersionEdit
                {
                    NextFileNumber = Volatile.Read(ref _nextFileNumber),
                    AddedDrops = [drop],
                    Removed = [.. _view!.Levels.Tables.Where(table => drop.HidesAll(table.Info)).Select(table => table.Info.Number)],
                },
                added: []);
        }

        request.SetResult(_syncedSequence);
    }
}
