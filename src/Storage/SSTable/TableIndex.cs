using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>
/// The index of a table in memory: of every data block its place and a key that separates it from the block before. The separator is the
/// shortest prefix of the block's first key that is greater than every earlier key, so a key lives in the last block whose separator is
/// not greater than it.
/// </summary>
internal sealed class TableIndex
{
    private readonly byte[] _separators;
    private readonly int[] _separatorEnds;

    /// <summary>Where each block begins and, as one more, where the last one ends: nothing lies between blocks.</summary>
    private readonly long[] _offsets;

    /// <summary>Bytes that all separators but the first, which is empty, have in common.</summary>
    private readonly int _commonBytes;

    /// <summary>
    /// The eight bytes of each separator behind the common ones, filled up with zeros, as a number that sorts as they do. Halving looks at
    /// these, one next to the other, and at a separator itself only where two are alike.
    /// </summary>
    private readonly ulong[] _prefixes;

    private TableIndex(byte[] separators, int[] separatorEnds, long[] offsets)
    {
        _separators = separators;
        _separatorEnds = separatorEnds;
        _offsets = offsets;
        _prefixes = new ulong[Count];
        if (Count < 2)
            return;

        _commonBytes = Separator(1).CommonPrefixLength(Separator(Count - 1));
        for (var block = 1; block < Count; block++)
            _prefixes[block] = Prefix(Separator(block)[_commonBytes..]);
    }

    public int Count => _offsets.Length - 1;

    public long AllocatedBytes => _separators.Length + Count * (long)(sizeof(int) + sizeof(long) + sizeof(ulong));

    public BlockHandle this[int block] =>
        new(_offsets[block], (int)(_offsets[block + 1] - _offsets[block] - BlockIO.TrailerBytes));

    /// <summary>Writes an entry of an index block.</summary>
    public static void Add(BlockBuilder index, ReadOnlySpan<byte> separator, BlockHandle block)
    {
        Span<byte> payload = stackalloc byte[2 * Varint.MaxBytes];
        var length = Varint.Write(payload, (ulong)block.Offset);
        length += Varint.Write(payload[length..], (ulong)block.Length);
        index.Add(separator, payload[..length]);
    }

    /// <exception cref="CorruptionException">The blocks do not follow each other.</exception>
    public static TableIndex Parse(Block index)
    {
        var separators = new MemoryStream();
        var ends = new List<int>();
        var offsets = new List<long> { 0 };
        var cursor = new BlockCursor();
        for (cursor.Load(index); cursor.IsValid; cursor.MoveNext())
        {
            separators.Write(cursor.Key);
            ends.Add((int)separators.Length);
            var position = 0;
            var offset = (long)Varint.Read(cursor.Payload, ref position);
            var length = Varint.Read(cursor.Payload, ref position);
            if (offset != offsets[^1] || length > int.MaxValue)
                throw index.Malformed("a data block does not begin where the one before ends");
            offsets.Add(offset + (long)length + BlockIO.TrailerBytes);
        }

        return new TableIndex(separators.ToArray(), [.. ends], [.. offsets]);
    }

    /// <summary>The only block that can hold the key; 0 for a key before all.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, Count);
        if (high < 2)
            return 0;

        var order = key[..Math.Min(key.Length, _commonBytes)].SequenceCompareTo(Separator(1)[.._commonBytes]);
        if (order != 0)
            return order < 0 ? 0 : Count - 1;

        var prefix = Prefix(key[_commonBytes..]);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            var other = _prefixes[middle];
            if (other < prefix || (other == prefix && Separator(middle).SequenceCompareTo(key) <= 0))
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>The separator of a block: no key in it is smaller, and every key of the blocks before is. Empty for the first block.</summary>
    public ReadOnlySpan<byte> Start(int block) => Separator(block);

    private static ulong Prefix(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(key);

        Span<byte> filled = stackalloc byte[sizeof(ulong)];
        filled.Clear();
        key.CopyTo(filled);
        return BinaryPrimitives.ReadUInt64BigEndian(filled);
    }

    private ReadOnlySpan<byte> Separator(int block)
    {
        var start = block == 0 ? 0 : _separatorEnds[block - 1];
        return _separators.AsSpan(start, _separatorEnds[block] - start);
    }
}
