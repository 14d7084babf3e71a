using System.Buffers.Binary;
using System.IO.Hashing;
using AkkaKv.Protocol;
using AkkaKv.Testing;
using CsCheck;

namespace AkkaKv.Node.Tests;

public sealed class MerkleTreeTests
{
    /// <summary>Random changes in random stores, and every hash of every level against one that is calculated from scratch.</summary>
    [Fact]
    public void Hashes_should_be_those_of_a_tree_that_is_built_from_nothing() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var shape = new LeafShape(random.Next(0, 13));
            var (tree, tables) = Tree(shape, 1 << random.Next(3));
            var leaves = new ulong[shape.Leaves];
            for (var round = 0; round < 6; round++)
            {
                for (var change = random.Next(20); change > 0; change--)
                {
                    var leaf = random.Next(shape.Leaves);
                    var delta = (ulong)random.NextInt64();
                    leaves[leaf] ^= delta;
                    Change(tables[random.Next(tables.Length)], shape, leaf, delta);
                    if (random.Next(4) != 0) continue;
                    leaves[leaf] ^= delta;
                    Change(tables[random.Next(tables.Length)], shape, leaf, delta);
                }

                for (var level = 0; level <= shape.TopLevel; level++)
                {
                    for (var node = 0; node < shape.NodesOf(level); node++)
                        Assert.Equal(Naive(leaves, level, node), tree.HashOf(level, node));
                }
            }
        },
        iter: 60);

    [Fact]
    public void Number_of_stores_should_not_matter()
    {
        var shape = new LeafShape(8);
        var (one, ones) = Tree(shape, 1);
        var (four, fours) = Tree(shape, 4);
        for (var leaf = 0; leaf < shape.Leaves; leaf += 3)
        {
            Change(ones[0], shape, leaf, (ulong)leaf + 1);
            Change(fours[leaf % 4], shape, leaf, (ulong)leaf + 1);
        }

        Assert.Equal(one.HashOf(shape.TopLevel, 0), four.HashOf(shape.TopLevel, 0));
        Assert.NotEqual(0UL, one.HashOf(shape.TopLevel, 0));
    }

    [Fact]
    public void Nothing_should_hash_to_zero_on_every_level()
    {
        var (tree, _) = Tree(new LeafShape(10), 2);
        Assert.All(Enumerable.Range(0, 6), level => Assert.Equal(0UL, tree.HashOf(level, 0)));
    }

    /// <summary>Partitions are ranges of leaves: every token of a partition is in one of its leaves, whatever the number of partitions.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(512)]
    [InlineData(65536)]
    public void Partition_should_be_its_leaves_whatever_their_number(int partitions)
    {
        var shape = new LeafShape(20);
        var random = new Random(partitions);
        for (var i = 0; i < 1000; i++)
        {
            var token = new Token((ulong)random.NextInt64(long.MinValue, long.MaxValue));
            var partition = (int)((UInt128)token.Value * (ulong)partitions >> 64);
            var range = shape.RangeOf(partition, partitions);
            Assert.True(range.Contains(shape.LeafOf(token)));
            var (level, top) = LeafShape.TopOf(range);
            Assert.InRange(top.Length, 1, 2);
            Assert.Equal((uint)range.From, top[0] << (2 * level));
            Assert.Equal((uint)range.Until, (top[^1] + 1) << (2 * level));
        }
    }

    [Fact]
    public void Leaves_of_several_partitions_should_be_refused() =>
        Assert.Throws<ArgumentException>(() => new LeafShape(3).RangeOf(0, 16));

    private static (MerkleTree Tree, LeafTable[] Tables) Tree(LeafShape shape, int stores)
    {
        LeafTable[] tables = [.. Enumerable.Range(0, stores).Select(index => new LeafTable(new FaultInjectionFileSystem(), $"/{index}", shape))];
        return (new MerkleTree([.. tables]), tables);
    }

    private static void Change(LeafTable table, LeafShape shape, int leaf, ulong delta)
    {
        var note = new byte[12];
        note[0] = 1;
        var slice = leaf << (LeafDeltas.SliceBits - shape.LeafBits);
        (note[1], note[2], note[3]) = ((byte)(slice >> 16), (byte)(slice >> 8), (byte)slice);
        BinaryPrimitives.WriteUInt64LittleEndian(note.AsSpan(4), delta);
        table.Take(table.Sequence + 1, note);
    }

    private static ulong Naive(ulong[] leaves, int level, int node)
    {
        if (level == 0) return leaves[node];
        var children = new byte[32];
        for (var child = 0; child < 4; child++)
            BinaryPrimitives.WriteUInt64LittleEndian(children.AsSpan(child * 8), Naive(leaves, level - 1, node * 4 + child));
        return children.All(part => part == 0) ? 0 : XxHash3.HashToUInt64(children);
    }
}
