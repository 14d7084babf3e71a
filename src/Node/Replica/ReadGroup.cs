using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>Reads that came in one message, looked up in memory together: the searches wait for memory at the same time.</summary>
/// <remarks>Bounds: <see cref="Limit"/> reads. One thread at a time.</remarks>
internal sealed class ReadGroup(IStorageEngine engine)
{
    /// <summary>Where looking up more at a time gains nothing.</summary>
    public const int Limit = 16;

    private readonly (ulong Number, ReplicaRead Read, byte[] RowKey)[] _reads = new (ulong, ReplicaRead, byte[])[Limit];
    private readonly ReadOnlyMemory<byte>[] _keys = new ReadOnlyMemory<byte>[Limit];
    private readonly MemoryRow[] _rows = new MemoryRow[Limit];

    /// <summary>Reads in it.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a read to one that has fewer than <see cref="Limit"/>.</summary>
    public void Add(ulong number, ReplicaRead read)
    {
        var rowKey = RowKey.Of(read.Key.Span);
        _reads[Count] = (number, read, rowKey);
        _keys[Count++] = rowKey;
    }

    /// <summary>Looks all of them up and empties the group.</summary>
    /// <param name="isLookedUp">Called for each, in their order: number, read, row key, what memory knows, and null or why it cannot tell.</param>
    public void LookUp(Action<ulong, ReplicaRead, byte[], MemoryRow, Exception?> isLookedUp)
    {
        var isTogether = Count > 1 && TryLookUpTogether();
        for (var place = 0; place < Count; place++)
        {
            var (number, read, rowKey) = _reads[place];
            var (row, failure) = isTogether ? (_rows[place], null) : LookUp(rowKey);
            isLookedUp(number, read, rowKey, row, failure);
            (_reads[place], _keys[place], _rows[place]) = (default, default, default);
        }

        Count = 0;
    }

    private bool TryLookUpTogether()
    {
        try
        {
            engine.TryGetFromMemory(_keys.AsSpan(0, Count), _rows);
            return true;
        }
        catch (Exception)
        {
            // It does not say which row failed: each is looked up by itself, and has a failure of its own or none.
            return false;
        }
    }

    private (MemoryRow Row, Exception? Failure) LookUp(byte[] rowKey)
    {
        try
        {
            return (new MemoryRow(engine.TryGetFromMemory(rowKey, out var value), value), null);
        }
        catch (Exception e)
        {
            return (default, e);
        }
    }
}
