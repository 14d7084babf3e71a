namespace AkkaKv.Storage;

/// <summary>What a store holds in memory for its reads, and how well that serves them; counted from its opening on.</summary>
/// <param name="BlockCacheUsedBytes">Bytes of data blocks in the block cache, at most <see cref="StorageOptions.BlockCacheBytes"/>.</param>
/// <param name="PinnedBytes">Bytes of indexes and filters, which stay in memory while their table is open and are not part of the cache.</param>
/// <param name="BlockCacheHits">Blocks that were asked for and found in the cache.</param>
/// <param name="BlockCacheMisses">Blocks that were asked for and had to be read from a file.</param>
public sealed record ReadStatistics(long BlockCacheUsedBytes, long PinnedBytes, long BlockCacheHits, long BlockCacheMisses);
