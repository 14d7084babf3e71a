using System.Collections.Immutable;
using System.Text;
using Akka.TestKit.Xunit2;
using AkkaKv.Protocol;
using AkkaKv.Storage;
using AkkaKv.Testing;
using Record = AkkaKv.Protocol.Record;

namespace AkkaKv.Node.Tests;

/// <summary>The storage actors of a node keep its tree up with every write.</summary>
public sealed class WritePathTests() : TestKit("akka.loglevel = OFF")
{
    private static readonly LeafShape Shape = new(10);

    private readonly WriteIdSource _writeIds = new();

    [Fact]
    public async Task Tree_should_be_that_of_the_rows_whatever_was_written_and_after_a_restart()
    {
        var files = new FaultInjectionFileSystem();
        var random = new Random(3);
        var clock = new HybridLogicalClock(TimeProvider.System);
        var (tables, stores) = Open(files);
        var actors = stores.Select((_, index) => Sys.ActorOf(StorageActor.Props(
            stores, index, new RecordMerge(new ReplicaId(0xA), 1, clock, () => 2), TimeProvider.System, keepsLeaves: true))).ToList();

        const int Writes = 400;
        for (ulong number = 1; number <= Writes; number++)
        {
            // Few keys and all at once, so one batch holds several writes of a key, and copies that change nothing.
            var key = Encoding.UTF8.GetBytes($"key-{random.Next(40)}");
            ReplicaRequest request = random.Next(3) == 0
                ? new ReplicaStore(key, RecordCodec.Encode(RecordOf(new ReplicaId(0xB), (ulong)random.Next(1, 4))))
                : new MintRequest { Key = key, WriteId = _writeIds.Next(), Past = VersionVector.Empty, IsBlind = random.Next(2) == 0 };
            actors[(int)(Token.Of(key).Value & 1)].Tell(new ReplicaWork(number, request, long.MaxValue), TestActor);
        }

        for (var stored = 0; stored < Writes;)
        {
            var answers = ExpectMsg<object>(Eventually.Limit) switch
            {
                Batch<Answer> batch => batch.Items,
                var one => [(Answer)one],
            };
            Assert.DoesNotContain(answers, answer => answer.Message is ReplicaRefusal);
            stored += answers.Count(answer => answer.Message is ReplicaStored);
        }

        Check(tables, stores);
        foreach (var store in stores) await store.DisposeAsync();
        (tables, stores) = Open(files);
        Assert.All(tables, table => Assert.Equal(0, table.DoubtfulBlocks));
        Check(tables, stores);
        foreach (var store in stores) await store.DisposeAsync();
    }

    private static (ImmutableArray<LeafTable> Tables, ImmutableArray<IStorageEngine> Stores) Open(IFileSystem files)
    {
        ImmutableArray<LeafTable> tables = [.. Enumerable.Range(0, 2).Select(index => new LeafTable(files, $"/store-{index}", Shape))];
        return (tables, [.. tables.Select((table, index) => (IStorageEngine)LsmStore.Open($"/store-{index}", new StorageOptions { NoteKeeper = table }, files))]);
    }

    private static void Check(ImmutableArray<LeafTable> tables, ImmutableArray<IStorageEngine> stores)
    {
        var leaves = new ulong[Shape.Leaves];
        foreach (var row in StoreScan.Of(stores, RowKey.First(default), default))
            leaves[Shape.LeafOf(RowKey.TokenOf(row.Key.Span))] ^= RecordCodec.Decode(row.Value).Hash(RowKey.KeyOf(row.Key).Span);
        Assert.True(leaves.Count(leaf => leaf != 0) > 30);
        var tree = new MerkleTree(tables);
        Assert.Equal(leaves, Enumerable.Range(0, Shape.Leaves).Select(leaf => tree.HashOf(0, leaf)));
    }

    private static Record RecordOf(ReplicaId replica, ulong counter) => Record.Write(null, VersionVector.Empty, new Sibling
    {
        Dot = new Dot(new VersionActor(replica, 1), counter),
        WriteId = new WriteId(Guid.Empty, counter),
        Timestamp = HybridTimestamp.Of(1),
    });
}
