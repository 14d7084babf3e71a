using RocksDbSharp;

namespace AkkaKv.Benchmarks;

internal sealed class RocksDbPeer : IPeer
{
    public const string Options = "write buffer 64 MiB, 3 of them; blocks of 4 KiB, restart every 16; LZ4; 10 Bloom bits, full filter; "
        + "LRU cache; index and filters beside the cache; levelled compaction, 2 background threads; WAL synced";

    private readonly RocksDb _db;
    private readonly List<WriteBatch> _batches = [];
    private readonly WriteOptions _synced = new WriteOptions().SetSync(true);

    public RocksDbPeer(PeerOptions options)
    {
        var table = new BlockBasedTableOptions()
            .SetBlockSize(PeerOptions.BlockBytes)
            .SetBlockRestartInterval(PeerOptions.RestartInterval)
            .SetFilterPolicy(BloomFilterPolicy.Create(PeerOptions.BloomBitsPerKey, false))
            .SetBlockCache(Cache.CreateLru((ulong)options.CacheBytes));
        _db = RocksDb.Open(
            new DbOptions()
                .SetCreateIfMissing(true)
                .IncreaseParallelism(2)
                .SetWriteBufferSize(PeerOptions.MemtableBytes)
                .SetMaxWriteBufferNumber(PeerOptions.Memtables)
                .SetCompression(Compression.Lz4)
                .SetBlockBasedTableFactory(table),
            options.Directory);
    }

    public IPeerBatch NewBatch()
    {
        var rows = new WriteBatch();
        lock (_batches)
            _batches.Add(rows);
        return new Batch(this, rows);
    }

    // A bare null would become an empty memory: there is a conversion from a null array.
    public ReadOnlyMemory<byte>? Get(byte[] key) => _db.Get(key) is { } value ? value : default(ReadOnlyMemory<byte>?);

    public (long Rows, long Bytes) ScanAll()
    {
        var (rows, bytes) = (0L, 0L);
        using var iterator = _db.NewIterator();
        for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
        {
            rows++;
            bytes += iterator.GetKeySpan().Length + iterator.GetValueSpan().Length;
        }

        return (rows, bytes);
    }

    public Task FlushAsync()
    {
        _db.Flush(new FlushOptions().SetWaitForFlush(true));
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _batches.ForEach(rows => rows.Dispose());
        _db.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class Batch(RocksDbPeer peer, WriteBatch rows) : IPeerBatch
    {
        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => rows.Put(key, value);

        public ValueTask WriteSyncedAsync()
        {
            peer._db.Write(rows, peer._synced);
            rows.Clear();
            return ValueTask.CompletedTask;
        }
    }
}
