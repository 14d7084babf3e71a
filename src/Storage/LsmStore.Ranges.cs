namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <inheritdoc/>
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

    /// <inheritdoc/>
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
            _options.NoteKeeper?.Dropping(from, until);
            var drop = new RangeDrop(NewFileNumber(), _syncedSequence, from, until);
            AppendEdit(
                new VersionEdit
                {
                    NextFileNumber = Volatile.Read(ref _nextFileNumber),
                    AddedDrops = [drop],
                    Removed = [.. _view!.Levels.Tables.Where(table => drop.HidesAll(table.Info)).Select(table => table.Info.Number)],
                },
                added: []);
            _options.NoteKeeper?.Dropped();
        }

        request.SetResult(_syncedSequence);
    }
}
