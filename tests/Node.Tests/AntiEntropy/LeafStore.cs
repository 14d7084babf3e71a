using System.Text;
using AkkaKv.Protocol;
using AkkaKv.Storage;
using Record = AkkaKv.Protocol.Record;

namespace AkkaKv.Node.Tests;

/// <summary>A store whose writes keep up its leaves, as the storage actor's do, and what the leaves must be by its rows.</summary>
internal sealed class LeafStore : IAsyncDisposable
{
    public const string Directory = "/store";

    private readonly LeafDeltas _deltas = new();
    private ulong _writes;

    private LeafStore(LeafTable leaves, LsmStore store)
    {
        Leaves = leaves;
        Store = store;
    }

    public static LeafShape Shape { get; } = new(10);

    public LeafTable Leaves { get; }

    public LsmStore Store { get; }

    public static LeafStore Open(IFileSystem files, StorageOptions? options = null)
    {
        var leaves = new LeafTable(files, Directory, Shape);
        return new LeafStore(leaves, LsmStore.Open(Directory, (options ?? new StorageOptions()) with { NoteKeeper = leaves }, files));
    }

    /// <summary>Commits a new version of each key in one batch.</summary>
    public async Task WriteAsync(params IEnumerable<string> keys)
    {
        var batch = new WriteBatch();
        _deltas.Clear();
        foreach (var key in keys.Select(Encoding.UTF8.GetBytes).DistinctBy(Convert.ToHexString))
        {
            var rowKey = RowKey.Of(key);
            var held = Store.Get(rowKey) is { } bytes ? RecordCodec.Decode(bytes) : null;
            var actor = new VersionActor(new ReplicaId(1), 1);
            var record = Record.Write(held, held?.Vector ?? VersionVector.Empty, new Sibling
            {
                Dot = new Dot(actor, (held?.Vector.CounterOf(actor) ?? 0) + 1),
                WriteId = new WriteId(Guid.Empty, ++_writes),
                Timestamp = new HybridTimestamp(_writes),
            });
            batch.Put(rowKey, RecordCodec.Encode(record));
            _deltas.Add(rowKey, held, record);
        }

        batch.Note = _deltas.Note.ToArray();
        await Store.CommitAsync(batch);
    }

    /// <summary>The leaves as they are kept.</summary>
    public ulong[] Kept()
    {
        var leaves = new ulong[Shape.Leaves];
        Leaves.AddTo(0, leaves);
        return leaves;
    }

    /// <summary>The leaves as the rows give them.</summary>
    public ulong[] Rescan()
    {
        var leaves = new ulong[Shape.Leaves];
        foreach (var row in Store.Scan(default, default))
            leaves[Shape.LeafOf(RowKey.TokenOf(row.Key.Span))] ^= RecordCodec.Decode(row.Value).Hash(RowKey.KeyOf(row.Key).Span);
        return leaves;
    }

    /// <summary>Fails unless every block that is not in doubt is what the rows give.</summary>
    public void Check(string where)
    {
        var (kept, rescan) = (Kept(), Rescan());
        for (var leaf = 0; leaf < kept.Length; leaf++)
        {
            if (kept[leaf] != rescan[leaf] && !Leaves.IsDoubtful(leaf / Shape.BlockLeaves))
                Assert.Fail($"{where}: leaf {leaf} is {kept[leaf]:x}, by the rows {rescan[leaf]:x}");
        }
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
