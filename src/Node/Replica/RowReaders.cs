using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>A row that was read, or why it was not.</summary>
/// <param name="Asked">What it was asked for with.</param>
/// <param name="Value">Null if there is no row.</param>
/// <param name="Failure">Null if it was read.</param>
internal readonly record struct RowRead<TAsked>(TAsked Asked, ReadOnlyMemory<byte>? Value, Exception? Failure);

/// <summary>Reads that may touch the disk: a queue, and a few readers on the pool that drain it.</summary>
/// <remarks>
/// <para>A reader takes one row while few wait, so that a slow one holds up nobody, and its share of the queue, up to
/// <see cref="GroupLimit"/>, when many do: rows in one block then share its reading, and the answers a message. A row that cannot be read
/// concerns itself alone.</para>
/// <para>Bounds: <see cref="ReaderLimit"/> readers, and as many waiting as its maker says. Any thread asks.</para>
/// </remarks>
/// <param name="engine">What is read.</param>
/// <param name="limit">Rows that may wait.</param>
/// <param name="isRead">Called on a reader's thread with what was read together, by several at once; must not throw.</param>
internal sealed class RowReaders<TAsked>(IStorageEngine engine, int limit, Action<IReadOnlyList<RowRead<TAsked>>> isRead) : IThreadPoolWorkItem
{
    private const int ReaderLimit = 8;
    private const int GroupLimit = 16;

    /// <summary>Guards itself and <see cref="_readers"/>.</summary>
    private readonly Queue<(byte[] RowKey, TAsked Asked)> _waiting = new();
    private int _readers;

    /// <summary>Asks for a row; false if too many wait already.</summary>
    public bool TryRead(byte[] rowKey, TAsked asked)
    {
        lock (_waiting)
        {
            if (_waiting.Count >= limit) return false;
            _waiting.Enqueue((rowKey, asked));
            if (_readers == ReaderLimit) return true;
            _readers++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>One group; then the reader goes behind whatever else waits for the pool.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        var group = Take();
        if (group.Count > 0) isRead(Read(group));
        lock (_waiting)
        {
            if (_waiting.Count == 0)
            {
                _readers--;
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private List<(byte[] RowKey, TAsked Asked)> Take()
    {
        lock (_waiting)
        {
            var group = new List<(byte[] RowKey, TAsked Asked)>(Math.Clamp(_waiting.Count / ReaderLimit, 1, GroupLimit));
            while (group.Count < group.Capacity && _waiting.TryDequeue(out var next)) group.Add(next);
            return group;
        }
    }

    private List<RowRead<TAsked>> Read(List<(byte[] RowKey, TAsked Asked)> group)
    {
        if (group.Count > 1)
        {
            try
            {
                var values = engine.Get(group.ConvertAll(row => (ReadOnlyMemory<byte>)row.RowKey));
                return [.. group.Select((row, place) => new RowRead<TAsked>(row.Asked, values[place], null))];
            }
            catch (Exception)
            {
                // It does not say which row failed: each is read by itself, and has a failure of its own or none.
            }
        }

        return group.ConvertAll(row => Read(row.RowKey, row.Asked));
    }

    private RowRead<TAsked> Read(byte[] rowKey, TAsked asked)
    {
        try
        {
            return new RowRead<TAsked>(asked, engine.Get(rowKey), null);
        }
        catch (Exception e)
        {
            return new RowRead<TAsked>(asked, null, e);
        }
    }
}
