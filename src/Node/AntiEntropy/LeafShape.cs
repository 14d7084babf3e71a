using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// How the token space is cut into leaves, and leaves into nodes: node i of level n is the 4^n leaves from i x 4^n on. Blocks are the nodes
/// of the level whose hashes are kept; doubt and checks go by blocks.
/// </summary>
/// <remarks>
/// Four children to a node: with more, many differences cost more hashes on the way down to them, with two nearly as many and twice the
/// questions. Where few nodes differ, two levels are asked for at once; so one difference in a partition of 4,096 leaves takes four questions
/// for hashes.
/// </remarks>
/// <param name="LeafBits">Binary logarithm of the number of leaves, 0 to <see cref="LeafDeltas.SliceBits"/>.</param>
internal readonly record struct LeafShape(int LeafBits)
{
    /// <summary>Children of a node.</summary>
    public const int FanOut = 4;

    private const int FanOutBits = 2;
    private const int MostBlockLevels = 4;

    /// <summary>Leaves in all.</summary>
    public int Leaves => 1 << LeafBits;

    /// <summary>The level whose nodes are blocks.</summary>
    public int BlockLevel => Math.Min(MostBlockLevels, LeafBits / FanOutBits);

    /// <summary>Leaves of a block.</summary>
    public int BlockLeaves => 1 << (BlockLevel * FanOutBits);

    /// <summary>Blocks in all.</summary>
    public int Blocks => Leaves / BlockLeaves;

    /// <summary>The highest level.</summary>
    public int TopLevel => LeafBits / FanOutBits;

    /// <summary>Nodes of a level.</summary>
    public int NodesOf(int level) => Leaves >> (level * FanOutBits);

    /// <summary>The leaf of a token.</summary>
    public int LeafOf(Token token) => LeafBits == 0 ? 0 : (int)(token.Value >> (64 - LeafBits));

    /// <summary>The leaf of the slice that a note names.</summary>
    public int LeafOf(uint slice) => (int)(slice >> (LeafDeltas.SliceBits - LeafBits));

    /// <summary>The first token of a leaf; null behind the last one.</summary>
    public Token? StartOf(int leaf) => leaf >= Leaves ? null : new Token(LeafBits == 0 ? 0 : (ulong)leaf << (64 - LeafBits));

    /// <summary>The leaves of one of so many partitions; throws <see cref="ArgumentException"/> where a leaf is of several partitions.</summary>
    public LeafRange RangeOf(int partition, int partitions)
    {
        if (partitions > Leaves) throw new ArgumentException($"{Leaves} leaves cannot tell {partitions} partitions apart.", nameof(partitions));
        var each = Leaves / partitions;
        return new LeafRange(partition * each, (partition + 1) * each);
    }

    /// <summary>The highest nodes that are of a range alone: one, or two where its size is no power of four.</summary>
    public static (int Level, uint[] Nodes) TopOf(LeafRange range)
    {
        var level = System.Numerics.BitOperations.Log2((uint)range.Count) / FanOutBits;
        var first = range.From >> (level * FanOutBits);
        return (level, [.. Enumerable.Range(first, range.Count >> (level * FanOutBits)).Select(node => (uint)node)]);
    }

    /// <summary>The row keys of leaves: the first that may be one, and the first that may not, empty for the end of the token space.</summary>
    public (byte[] From, byte[] Until) RowsOf(LeafRange range) =>
        (RowKey.First(StartOf(range.From)!.Value), StartOf(range.Until) is { } end ? RowKey.First(end) : []);
}

/// <summary>Leaves that lie side by side.</summary>
/// <param name="From">The first.</param>
/// <param name="Until">The first that is none of them.</param>
internal readonly record struct LeafRange(int From, int Until)
{
    /// <summary>How many.</summary>
    public int Count => Until - From;

    /// <summary>True if it is one of them.</summary>
    public bool Contains(int leaf) => leaf >= From && leaf < Until;
}
