using System.Collections.Immutable;
using AkkaKv.Protocol;
using AkkaKv.Storage;
using AkkaKv.Testing;

namespace AkkaKv.Simulation.Tests;

/// <summary>What one replica holds, in memory: rows by their leaves, and the leaves of several stores kept up as a node does.</summary>
internal sealed class MemoryReplica : IReplicaRows, IRecordWriter, IRepairPace
{
    private static readonly IComparer<byte[]> ByBytes = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    private readonly LeafShape _shape;
    private readonly SortedList<byte[], byte[]>?[] _rows;
    private readonly ImmutableArray<LeafTable> _tables;
    private readonly LeafDeltas _deltas = new();
    private readonly ulong[] _sequences;

    public MemoryReplica(int leafBits, int stores)
    {
        _shape = new LeafShape(leafBits);
        _rows = new SortedList<byte[], byte[]>?[_shape.Leaves];
        _sequences = new ulong[stores];
        var files = new FaultInjectionFileSystem();
        _tables = [.. Enumerable.Range(0, stores).Select(index => new LeafTable(files, $"/store-{index}", _shape))];
        foreach (var table in _tables) table.Begin(0);
        Tree = new MerkleTree(_tables);
        Side = new RepairServer(Tree, this, this, this);
    }

    public MerkleTree Tree { get; }

    public RepairServer Side { get; }

    /// <summary>Records by key, for comparing replicas.</summary>
    public IEnumerable<(string Key, ulong Hash)> Records => Scan(default, default)
        .Select(row => (Convert.ToHexString(row.Key.Span), RecordCodec.Decode(row.Value).Hash(RowKey.KeyOf(row.Key).Span)));

    public IEnumerable<byte[]> Keys => Scan(default, default).Select(row => RowKey.KeyOf(row.Key).ToArray());

    public Record? Of(byte[] key) => Get(RowKey.Of(key)) is { } bytes ? RecordCodec.Decode(bytes) : null;

    /// <summary>Puts a record in the place of what is held.</summary>
    public void Set(byte[] key, Record record)
    {
        var rowKey = RowKey.Of(key);
        var token = RowKey.TokenOf(rowKey);
        var before = Of(key);
        var store = (int)(token.Value & (ulong)(_tables.Length - 1));
        _deltas.Clear();
        _deltas.Add(rowKey, before, record);
        _tables[store].Take(++_sequences[store], _deltas.Note.Span);
        (_rows[_shape.LeafOf(token)] ??= new SortedList<byte[], byte[]>(ByBytes))[rowKey] = RecordCodec.Encode(record);
    }

    /// <summary>Merges a record, as a replica that is sent one.</summary>
    public void Merge(byte[] key, Record record) => Set(key, Of(key) is { } held ? Record.Merge(held, record) : record);

    public IEnumerable<StorageRow> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        var first = from.IsEmpty ? 0 : _shape.LeafOf(RowKey.TokenOf(from.Span));
        for (var leaf = first; leaf < _rows.Length; leaf++)
        {
            if (!until.IsEmpty && RowKey.First(_shape.StartOf(leaf)!.Value).AsSpan().SequenceCompareTo(until.Span) >= 0) yield break;
            foreach (var (key, value) in _rows[leaf] ?? [])
            {
                if (key.AsSpan().SequenceCompareTo(from.Span) < 0) continue;
                if (!until.IsEmpty && key.AsSpan().SequenceCompareTo(until.Span) >= 0) yield break;
                yield return new StorageRow(key, value);
            }
        }
    }

    public ReadOnlyMemory<byte>? Get(ReadOnlyMemory<byte> rowKey)
    {
        var key = rowKey.ToArray();
        return _rows[_shape.LeafOf(RowKey.TokenOf(key))] is { } rows && rows.TryGetValue(key, out var value) ? (ReadOnlyMemory<byte>?)value : null;
    }

    public Task<ReplicaReply> StoreAsync(ReplicaStore store, CancellationToken cancellation)
    {
        Merge(store.Key.ToArray(), RecordCodec.Decode(store.Record));
        return Task.FromResult<ReplicaReply>(new ReplicaStored());
    }

    /// <summary>Nothing is held to a rate here.</summary>
    public ValueTask SpendAsync(long bytes, CancellationToken cancellation) => ValueTask.CompletedTask;
}

/// <summary>The network between two replicas: every message is encoded, counted and decoded; some are lost, and writes come in between.</summary>
internal sealed class MemoryLink(MemoryReplica target, Random random, double loss = 0, Action? between = null) : IRepairSide
{
    /// <summary>Bytes that went over it, both ways, as items of a lane's frames.</summary>
    public long Bytes { get; private set; }

    /// <summary>The longest message.</summary>
    public int LongestBytes { get; private set; }

    public int Messages { get; private set; }

    public async Task<ReplicaReply> AskAsync(RepairRequest request, CancellationToken cancellation)
    {
        if (random.NextDouble() < loss) return new ReplicaRefusal(RefusalReason.Expired, "the question was lost");
        var reply = await target.Side.AskAsync((RepairRequest)Carry(request), cancellation);
        between?.Invoke();
        return random.NextDouble() < loss ? new ReplicaRefusal(RefusalReason.Expired, "the answer was lost") : (ReplicaReply)Carry(reply);
    }

    private IProtocolMessage Carry(IProtocolMessage message)
    {
        var bytes = ProtocolCodec.Encode(message);
        // With a number as an asker marks it.
        var item = new LaneItem(3UL << 56 | 5UL << 48 | (uint)Messages, ProtocolCodec.KindOf(message), TimeSpan.FromSeconds(30), bytes, bytes.Length);
        Bytes += ProtocolCodec.Encode(new LaneFrame(0, 0, [item], 0, default)).Length;
        LongestBytes = Math.Max(LongestBytes, bytes.Length);
        Messages++;
        return ProtocolCodec.Decode(ProtocolCodec.KindOf(message), bytes);
    }
}
