using System.Globalization;
using System.Text;
using AkkaKv.Protocol;
using CsCheck;

namespace AkkaKv.Simulation.Tests;

/// <summary>Two replicas that differ, and the exchange that makes them equal.</summary>
public class ExchangeTests
{
    private const int SmallBits = 8;

    private static readonly ReplicaId A = new(1);
    private static readonly ReplicaId B = new(2);

    private ulong _writes;

    [Fact]
    public void Replicas_should_be_equal_after_an_exchange_whatever_differed() => Gen.Int.Sample(seed => Run(seed, loss: 0, writes: false), iter: 150);

    [Fact]
    public void Replicas_should_become_equal_although_messages_are_lost() => Gen.Int.Sample(seed => Run(seed, loss: 0.1, writes: false), iter: 100);

    [Fact]
    public void Replicas_should_become_equal_although_writes_go_on_meanwhile() => Gen.Int.Sample(seed => Run(seed, loss: 0.02, writes: true), iter: 100);

    /// <summary>One replica has lost a sibling that its vector covers: nothing but the record hash tells.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Equal_vectors_with_different_siblings_should_be_found_and_mended__equal_vectors_different_siblings(bool isNearPoorer)
    {
        var (poorer, richer) = (new MemoryReplica(SmallBits, 1), new MemoryReplica(SmallBits, 2));
        var key = "key"u8.ToArray();
        var vector = VersionVector.Of(new VectorEntry(new VersionActor(A, 1), 1), new VectorEntry(new VersionActor(B, 1), 1));
        var (a, b) = (Version(A, 1, VersionVector.Empty, "a"), Version(B, 1, VersionVector.Empty, "b"));
        richer.Set(key, new Record(vector, [a, b]));
        poorer.Set(key, new Record(vector, [b]));
        var (near, far) = isNearPoorer ? (poorer, richer) : (richer, poorer);

        Assert.Equal(1, Exchange(near, far, ExchangeMode.Both).Report.Differences);

        Assert.Equal(near.Records, far.Records);
        Assert.Equal(ExchangeOutcome.Equal, Exchange(near, far, ExchangeMode.Both).Report.Outcome);
    }

    [Fact]
    public void Pull_should_take_what_is_lacking_and_give_nothing()
    {
        var (near, far) = (new MemoryReplica(SmallBits, 1), new MemoryReplica(SmallBits, 1));
        near.Set("mine"u8.ToArray(), Write(null, A, "x"));
        far.Set("theirs"u8.ToArray(), Write(null, B, "y"));

        var report = Exchange(near, far, ExchangeMode.Pull).Report;

        Assert.Equal((0, 1), (report.RecordsSent, report.RecordsReceived));
        Assert.NotNull(near.Of("theirs"u8.ToArray()));
        Assert.Null(far.Of("mine"u8.ToArray()));
    }

    [Fact]
    public void Give_should_send_what_the_peer_lacks_and_compare_no_trees()
    {
        var random = new Random(5);
        var (near, far) = (new MemoryReplica(SmallBits, 1), new MemoryReplica(SmallBits, 1));
        for (var i = 0; i < 5000; i++)
        {
            var key = Key(i);
            var record = Write(null, A, "x");
            far.Set(key, record);
            if (random.Next(3) == 0) near.Set(key, random.Next(2) == 0 ? record : Write(record, A, "newer"));
        }

        near.Set("mine alone"u8.ToArray(), Write(null, A, "x"));
        var lacking = near.Keys.Count(key => far.Of(key) is not { } theirs || theirs.Hash(key) != near.Of(key)!.Hash(key));

        var (report, link) = Exchange(near, far, ExchangeMode.Give);

        Assert.Equal(lacking, report.RecordsSent);
        Assert.Equal(0, report.RecordsReceived);
        Assert.All(near.Keys, key => Assert.Equal(near.Of(key), far.Of(key)));
        Assert.True(link.LongestBytes <= 64 * 1024, $"{link.LongestBytes} bytes");
    }

    /// <summary>More records under one leaf than a page holds, and records larger than a message.</summary>
    [Fact]
    public void Large_leaves_and_large_records_should_go_in_pages()
    {
        var (near, far) = (new MemoryReplica(leafBits: 0, 1), new MemoryReplica(leafBits: 0, 1));
        for (var i = 0; i < 7000; i++)
        {
            var record = Write(null, A, i % 1000 == 0 ? new string('x', 100_000) : "x");
            if (i % 7 != 0) near.Set(Key(i), record);
            if (i % 11 != 0) far.Set(Key(i), record);
        }

        var (report, link) = Exchange(near, far, ExchangeMode.Both);

        Assert.Equal(ExchangeOutcome.Mended, report.Outcome);
        Assert.Equal(near.Records, far.Records);
        Assert.True(link.LongestBytes <= 64 * 1024 + 101_000, $"{link.LongestBytes} bytes");
    }

    [Fact]
    public void One_side_alone_should_be_copied_whole()
    {
        foreach (var isNearEmpty in new[] { true, false })
        {
            var (empty, full) = (new MemoryReplica(SmallBits, 1), new MemoryReplica(SmallBits, 4));
            for (var i = 0; i < 6000; i++) full.Set(Key(i), Write(null, A, "x"));
            Exchange(isNearEmpty ? empty : full, isNearEmpty ? full : empty, ExchangeMode.Both);
            Assert.Equal(full.Records, empty.Records);
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void Differences_among_many_keys_should_be_mended_in_one_round_for_three_times_their_bytes(int differences)
    {
        var keys = int.Parse(Environment.GetEnvironmentVariable("AKKAKV_EXCHANGE_KEYS") ?? "100000", CultureInfo.InvariantCulture);
        const int Partitions = 256;
        var random = new Random(differences);
        var (near, far) = (new MemoryReplica(20, 1), new MemoryReplica(20, 2));
        var value = new string('v', 100);
        for (var i = 0; i < keys; i++)
        {
            var record = Write(null, A, value);
            near.Set(Key(i), record);
            far.Set(Key(i), record);
        }

        var differing = 0L;
        foreach (var i in Enumerable.Range(0, keys).OrderBy(_ => random.Next()).Take(differences))
        {
            // Newer here, newer there, written on both sides at once.
            var before = near.Of(Key(i))!;
            var how = random.Next(3);
            if (how != 0) near.Set(Key(i), Write(before, A, value));
            if (how != 1) far.Set(Key(i), Write(before, B, value));
            differing += Math.Max(RecordCodec.Encode(near.Of(Key(i))!).Length, RecordCodec.Encode(far.Of(Key(i))!).Length) + Key(i).Length;
        }

        var link = new MemoryLink(far, random);
        var found = 0L;
        for (var partition = 0; partition < Partitions; partition++)
        {
            var report = Exchange(near, link, partition, Partitions, 20, ExchangeMode.Both);
            Assert.NotEqual(ExchangeOutcome.Failed, report.Outcome);
            found += report.Differences;
        }

        Assert.Equal(differences, found);
        Assert.Equal(near.Records, far.Records);
        Assert.True(link.Bytes <= 3 * differing + 64 * 1024, $"{link.Bytes} bytes in {link.Messages} messages for {differing} that differ");
        Assert.True(link.LongestBytes <= 64 * 1024, $"{link.LongestBytes} bytes");
    }

    [Fact]
    public void Trees_of_other_sizes_should_be_refused_and_not_compared()
    {
        var (near, far) = (new MemoryReplica(SmallBits, 1), new MemoryReplica(SmallBits + 2, 1));
        var report = Exchange(near, new MemoryLink(far, new Random(1)), 0, 1, SmallBits, ExchangeMode.Both);
        Assert.Equal((ExchangeOutcome.Failed, RefusalReason.NotComparable), (report.Outcome, report.Refusal!.Value));
    }

    /// <summary>A difference in one partition must not be seen, or mended, by an exchange of another.</summary>
    [Fact]
    public void Exchange_should_keep_to_its_partition()
    {
        var (near, far) = (new MemoryReplica(SmallBits, 1), new MemoryReplica(SmallBits, 1));
        for (var i = 0; i < 400; i++) far.Set(Key(i), Write(null, B, "x"));
        var report = Exchange(near, new MemoryLink(far, new Random(1)), 3, 8, SmallBits, ExchangeMode.Both);

        var shape = new LeafShape(SmallBits);
        var range = shape.RangeOf(3, 8);
        Assert.Equal(far.Keys.Count(key => range.Contains(shape.LeafOf(Token.Of(key)))), report.RecordsReceived);
        Assert.All(near.Keys, key => Assert.True(range.Contains(shape.LeafOf(Token.Of(key)))));
    }

    private void Run(int seed, double loss, bool writes)
    {
        var random = new Random(seed);
        // An odd number of bits: a partition whose highest nodes are two.
        var bits = SmallBits - random.Next(2);
        var (near, far) = (new MemoryReplica(bits, 1 << random.Next(3)), new MemoryReplica(bits, 1 << random.Next(3)));
        var keys = random.Next(1, 400);
        for (var i = 0; i < random.Next(600); i++) WriteSomewhere();

        var writesLeft = writes ? 60 : 0;
        var partitions = 1 << random.Next(bits);
        var link = new MemoryLink(far, random, loss, () =>
        {
            if (writesLeft > 0 && writesLeft-- > 0) WriteSomewhere();
        });
        for (var partition = 0; partition < partitions; partition++)
        {
            var tries = 0;
            while (Exchange(near, link, partition, partitions, bits, ExchangeMode.Both).Outcome == ExchangeOutcome.Failed)
                Assert.True(++tries < 1000, "it never ends");
        }

        if (writes)
        {
            // What was written behind an exchange's back, the next one finds.
            writesLeft = 0;
            var calm = new MemoryLink(far, random);
            for (var partition = 0; partition < partitions; partition++) Exchange(near, calm, partition, partitions, bits, ExchangeMode.Both);
        }

        Assert.Equal(near.Records, far.Records);
        Assert.Equal(near.Tree.HashOf(near.Tree.Shape.TopLevel, 0), far.Tree.HashOf(far.Tree.Shape.TopLevel, 0));

        void WriteSomewhere()
        {
            var key = Key(random.Next(keys));
            switch (random.Next(4))
            {
                case 0:
                    near.Set(key, Write(near.Of(key), A, "a"));
                    break;
                case 1:
                    far.Set(key, Write(far.Of(key), B, "b"));
                    break;
                case 2:
                    // A writer without a context of what it supersedes: siblings.
                    near.Set(key, Record.Write(near.Of(key), VersionVector.Empty, Version(A, Next(near.Of(key), A), VersionVector.Empty, "c")));
                    break;
                default:
                    var record = Write(Merged(near.Of(key), far.Of(key)), B, "both");
                    near.Merge(key, record);
                    far.Merge(key, record);
                    break;
            }
        }
    }

    private static Record? Merged(Record? left, Record? right) =>
        left is null ? right : right is null ? left : Record.Merge(left, right);

    private static (ExchangeReport Report, MemoryLink Link) Exchange(MemoryReplica near, MemoryReplica far, ExchangeMode mode)
    {
        var link = new MemoryLink(far, new Random(1));
        return (Exchange(near, link, 0, 1, near.Tree.Shape.LeafBits, mode), link);
    }

    private static ExchangeReport Exchange(MemoryReplica near, IRepairSide far, int partition, int partitions, int bits, ExchangeMode mode)
    {
        var leaves = new LeafShape(bits).RangeOf(partition, partitions);
        var exchange = PartitionExchange.RunAsync(
            near.Side, far, near, new RepairRange((uint)leaves.From, (uint)leaves.Until, (uint)bits), mode, CancellationToken.None);
        Assert.True(exchange.IsCompleted, "nothing here waits for anything");
        return exchange.GetAwaiter().GetResult();
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key-{number:D8}"));

    private Record Write(Record? held, ReplicaId by, string value) =>
        Record.Write(held, held?.Vector ?? VersionVector.Empty, Version(by, Next(held, by), VersionVector.Empty, value));

    private static ulong Next(Record? held, ReplicaId by) => (held?.Vector.CounterOf(new VersionActor(by, 1)) ?? 0) + 1;

    private Sibling Version(ReplicaId by, ulong counter, VersionVector past, string value) => new()
    {
        Dot = new Dot(new VersionActor(by, 1), counter),
        Past = past,
        WriteId = new WriteId(Guid.Empty, ++_writes),
        Timestamp = new HybridTimestamp(_writes),
        Value = Encoding.UTF8.GetBytes(value),
    };
}
