using ZoneTree;
using ZoneTree.Comparers;
using ZoneTree.Options;
using ZoneTree.Serializers;

namespace AkkaKv.Benchmarks;

internal sealed class ZoneTreePeer : IPeer
{
    public const string Options = "mutable segment of as many rows as fill 64 MiB; LZ4; 10 Bloom bits in memory segments; WAL mode Sync and "
        + "SyncWALAsync after each write; its default maintainer. It has no cache that is bounded in bytes";

    private readonly IZoneTree<Memory<byte>, Memory<byte>> _tree;
    private readonly IMaintainer _maintainer;

    public ZoneTreePeer(PeerOptions options)
    {
        _tree = new ZoneTreeFactory<Memory<byte>, Memory<byte>>()
            .SetDataDirectory(options.Directory)
            .SetWriteAheadLogDirectory(options.Directory)
            .SetComparer(new ByteArrayLexicographicComparerAscending())
            .SetKeySerializer(new ByteArraySerializer())
            .SetValueSerializer(new ByteArraySerializer())
            .SetMutableSegmentMaxItemCount(PeerOptions.MemtableBytes / options.RowBytes)
            .ConfigureWriteAheadLogOptions(log => log.WriteAheadLogMode = WriteAheadLogMode.Sync)
            .ConfigureDiskSegmentOptions(disk =>
            {
                disk.CompressionMethod = CompressionMethod.LZ4;
                disk.CompressionLevel = 0;
            })
            .OpenOrCreate();
        _maintainer = _tree.CreateMaintainer();
    }

    public IPeerBatch NewBatch() => new Batch(_tree);

    public ReadOnlyMemory<byte>? Get(byte[] key)
    {
        Memory<byte> wanted = key;
        return _tree.TryGet(in wanted, out var value) ? value : default(ReadOnlyMemory<byte>?);
    }

    public (long Rows, long Bytes) ScanAll()
    {
        var (rows, bytes) = (0L, 0L);
        using var iterator = _tree.CreateIterator(IteratorType.AutoRefresh, includeDeletedRecords: false, contributeToTheBlockCache: true);
        while (iterator.Next())
        {
            rows++;
            bytes += iterator.CurrentKey.Length + iterator.CurrentValue.Length;
        }

        return (rows, bytes);
    }

    public async Task FlushAsync()
    {
        _maintainer.EvictToDisk();
        await _maintainer.WaitForBackgroundThreadsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _maintainer.WaitForBackgroundThreadsAsync();
        _maintainer.Dispose();
        _tree.Dispose();
    }

    /// <summary>The tree keeps what it is given, so every row is a copy.</summary>
    private sealed class Batch(IZoneTree<Memory<byte>, Memory<byte>> tree) : IPeerBatch
    {
        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            Memory<byte> ownKey = key.ToArray();
            Memory<byte> ownValue = value.ToArray();
            tree.Upsert(in ownKey, in ownValue);
        }

        public async ValueTask WriteSyncedAsync() => await tree.SyncWALAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
