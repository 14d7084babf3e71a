using AkkaKv.Storage;

namespace AkkaKv.Benchmarks;

internal sealed class AkkaKvPeer(PeerOptions options) : IPeer
{
    public const string Options = "memtable 64 MiB, 2 more may wait; blocks of 4 KiB, restart every 16; 10 Bloom bits; LZ4; log synced per group";

    private readonly LsmStore _store = LsmStore.Open(options.Directory, new StorageOptions
    {
        MemtableLimitBytes = PeerOptions.MemtableBytes,
        ImmutableMemtableLimit = PeerOptions.Memtables - 1,
        BlockBytes = PeerOptions.BlockBytes,
        RestartInterval = PeerOptions.RestartInterval,
        BloomBitsPerKey = PeerOptions.BloomBitsPerKey,
        BlockCacheBytes = options.CacheBytes,
    }, LocalFileSystem.Instance);

    public IPeerBatch NewBatch() => new Batch(_store);

    public ReadOnlyMemory<byte>? Get(byte[] key) => _store.Get(key);

    public (long Rows, long Bytes) ScanAll()
    {
        var (rows, bytes) = (0L, 0L);
        foreach (var row in _store.Scan(default, default))
        {
            rows++;
            bytes += row.Key.Length + row.Value.Length;
        }

        return (rows, bytes);
    }

    public Task FlushAsync() => _store.FlushAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private sealed class Batch(LsmStore store) : IPeerBatch
    {
        private readonly WriteBatch _rows = new();

        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _rows.Put(key, value);

        public async ValueTask WriteSyncedAsync()
        {
            await store.CommitAsync(_rows).ConfigureAwait(false);
            _rows.Clear();
        }
    }
}
