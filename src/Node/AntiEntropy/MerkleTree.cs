using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace AkkaKv.Node;

/// <summary>
/// The hash tree over all records that a node holds (Merkle, 1987). The leaves of its stores are xor-ed, so nodes with different numbers of
/// stores have the same tree for the same records.
/// </summary>
/// <remarks>
/// <para>A node's hash is 0 if all below it are, else XxHash3 of its children's hashes, 8 bytes each, little endian. A write changes a leaf
/// and marks its block, nothing else; the hashes of blocks are calculated when somebody asks and kept until their leaves change, those
/// above and below whenever they are asked for: a partition of 4,096 leaves has 16 blocks.</para>
/// <para>A partition is a range of leaves, so copies that a node holds for others lie outside of what it compares as an owner.</para>
/// <para>Any thread.</para>
/// </remarks>
/// <param name="stores">The leaves of each store, of one shape.</param>
internal sealed class MerkleTree(ImmutableArray<LeafTable> stores)
{
    private readonly Lock _gate = new();
    private readonly ulong[] _blocks = new ulong[stores[0].Shape.Blocks];
    private readonly bool[] _known = new bool[stores[0].Shape.Blocks];

    /// <summary>How the token space is cut.</summary>
    public LeafShape Shape { get; } = stores[0].Shape;

    /// <summary>True if the leaves of a range are right; false while any of them is being built or checked anew.</summary>
    public bool IsWhole(LeafRange range)
    {
        for (var block = range.From / Shape.BlockLeaves; block <= (range.Until - 1) / Shape.BlockLeaves; block++)
        {
            foreach (var store in stores)
            {
                if (store.IsDoubtful(block)) return false;
            }
        }

        return true;
    }

    /// <summary>The hash of a node.</summary>
    /// <param name="level">0 for leaves, at most <see cref="LeafShape.TopLevel"/>.</param>
    /// <param name="node">Its number on that level.</param>
    public ulong HashOf(int level, int node)
    {
        if (level == Shape.BlockLevel) return BlockHash(node);
        if (level < Shape.BlockLevel) return HashOfLeaves(level, node);
        Span<ulong> children = stackalloc ulong[LeafShape.FanOut];
        for (var child = 0; child < children.Length; child++) children[child] = HashOf(level - 1, node * LeafShape.FanOut + child);
        return Combine(children);
    }

    private ulong BlockHash(int block)
    {
        lock (_gate)
        {
            var changed = !_known[block];
            foreach (var store in stores) changed |= store.TakeChanged(block);
            if (changed) _blocks[block] = HashOfLeaves(Shape.BlockLevel, block);
            _known[block] = true;
            return _blocks[block];
        }
    }

    private ulong HashOfLeaves(int level, int node)
    {
        Span<ulong> hashes = stackalloc ulong[Shape.BlockLeaves];
        hashes = hashes[..(1 << (2 * level))];
        hashes.Clear();
        foreach (var store in stores) store.AddTo(node * hashes.Length, hashes);
        for (; hashes.Length > 1; hashes = hashes[..(hashes.Length / LeafShape.FanOut)])
        {
            for (var parent = 0; parent < hashes.Length / LeafShape.FanOut; parent++)
                hashes[parent] = Combine(hashes.Slice(parent * LeafShape.FanOut, LeafShape.FanOut));
        }

        return hashes[0];
    }

    private static ulong Combine(Span<ulong> children)
    {
        if (!children.ContainsAnyExcept(0UL)) return 0;
        if (!BitConverter.IsLittleEndian)
        {
            foreach (ref var child in children) child = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(child);
        }

        return XxHash3.HashToUInt64(MemoryMarshal.AsBytes(children));
    }
}
