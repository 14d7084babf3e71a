using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>
/// Puts the rows of a large batch in about the order of their keys, because a memtable takes rows in order with far fewer steps. Rows whose
/// keys agree in the eight bytes behind what all keys have in common stay as they are: the order saves time and decides nothing.
/// </summary>
/// <remarks>Keeps its arrays for the next batch; one thread at a time.</remarks>
internal sealed class BatchOrder
{
    /// <summary>Fewer rows are not worth it.</summary>
    private const int LeastRows = 16;

    /// <summary>Arrays for more rows are not kept.</summary>
    private const int KeptRows = 64 << 10;

    private ulong[] _prefixes = [];
    private (int Offset, int Index)[] _rows = [];

    /// <summary>False if the rows stay as they are.</summary>
    public static bool Changes(WriteBatch batch) => batch.Count >= LeastRows && !batch.IsAscending;

    /// <summary>Where the rows begin in the batch, and which they are in it, in the order to insert them; empty for "as they are".</summary>
    public ReadOnlySpan<(int Offset, int Index)> Sort(WriteBatch batch) => Changes(batch) ? Sort(batch.Rows, batch.Count) : [];

    /// <summary>The same for a batch that was read; it is empty also where the rows are in order already.</summary>
    /// <exception cref="InvalidDataException">The bytes are not so many rows.</exception>
    public ReadOnlySpan<(int Offset, int Index)> Sort(ReadOnlySpan<byte> batch, int count)
    {
        if (count < LeastRows)
            return [];
        if (count > batch.Length / BatchRows.LeastRowBytes)
            throw new InvalidDataException("the batch is too short for its rows");

        if (_rows.Length < count || _rows.Length > KeptRows)
        {
            var room = Math.Max(count, LeastRows);
            (_prefixes, _rows) = (new ulong[room], new (int, int)[room]);
        }

        var common = CommonBytes(batch);
        var (index, isSorted, last) = (0, true, 0UL);
        for (var rows = new BatchRows(batch); rows.Position is var offset && rows.MoveNext(); index++)
        {
            if (index == count)
                throw new InvalidDataException("the batch has more rows than it names");
            var prefix = Prefix(rows.Key[common..]);
            isSorted &= prefix >= last;
            last = prefix;
            _prefixes[index] = prefix;
            _rows[index] = (offset, index);
        }

        if (index < count)
            throw new InvalidDataException("the batch has fewer rows than it names");
        if (isSorted)
            return [];

        _prefixes.AsSpan(0, count).Sort(_rows.AsSpan(0, count));
        return _rows.AsSpan(0, count);
    }

    private static int CommonBytes(ReadOnlySpan<byte> batch)
    {
        var rows = new BatchRows(batch);
        rows.MoveNext();
        var first = rows.Key;
        while (rows.MoveNext() && !first.IsEmpty)
            first = first[..first.CommonPrefixLength(rows.Key)];
        return first.Length;
    }

    private static ulong Prefix(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(key);

        var prefix = 0UL;
        for (var at = 0; at < sizeof(ulong); at++)
            prefix = (prefix << 8) | (at < key.Length ? key[at] : 0U);
        return prefix;
    }
}
