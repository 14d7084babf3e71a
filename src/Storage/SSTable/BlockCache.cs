using BitFaster.Caching.Lru;

namespace AkkaKv.Storage;

/// <summary>
/// The verified, decompressed data blocks that were used last, shared by all tables of a store and bounded in bytes.
/// </summary>
/// <remarks>
/// <para>The order of eviction is that of <see cref="ConcurrentLru{K,V}"/> of BitFaster.Caching: queues for hot, warm and cold entries in
/// the manner of 2Q (Johnson and Shasha, 1994). A hit sets a mark and takes no lock, and blocks that a scan touches once go before those
/// that are asked for again. That type bounds a number of entries, and so does every other type of that library. Its bound is set to as many
/// blocks as fit if they have the size that the options ask for, so it does nearly all of the work; the bytes are counted here, and who
/// adds the block that is too much removes a share of the coldest. A share, because the library counts its entries one by one
/// to trim, be it one or many.</para>
/// <para>A block is known by the number of its file and its offset. Numbers are not used twice while a store is open, so a block
/// of a deleted table cannot be taken for another; it is not asked for any more and leaves by itself.</para>
/// </remarks>
internal sealed class BlockCache
{
    /// <summary>What an entry costs besides the content: array, block, the library's node, dictionary and queue.</summary>
    public const int EntryBytes = 208;

    private const int EntryCountLimit = 1 << 26;

    /// <summary>One part in so many is removed at once.</summary>
    private const int TrimmedShare = 32;

    private readonly ConcurrentLru<Key, Block>? _blocks;
    private readonly object _trimming = new();
    private long _usedBytes;
    private int _count;
    private long _pinnedBytes;
    private long _misses;

    /// <param name="limitBytes">Bytes of blocks and their entries; 0 keeps nothing.</param>
    /// <param name="blockBytes">How large a block is by the options of the writer.</param>
    public BlockCache(long limitBytes, int blockBytes)
    {
        LimitBytes = limitBytes;
        if (limitBytes == 0)
            return;

        // A block ends with the row that fills it, so it is a little larger than the options say.
        var entries = limitBytes / (blockBytes + blockBytes / 32 + EntryBytes);
        _blocks = new ConcurrentLru<Key, Block>((int)Math.Clamp(entries, 16, EntryCountLimit));
        _blocks.Events.Value!.ItemRemoved += (_, removed) =>
        {
            Interlocked.Add(ref _usedBytes, -Cost(removed.Value!));
            Interlocked.Decrement(ref _count);
        };
    }

    public long LimitBytes { get; }

    public long UsedBytes => Math.Max(0, Interlocked.Read(ref _usedBytes));

    /// <summary>Bytes of index and filter of all open tables; not part of <see cref="UsedBytes"/>.</summary>
    public long PinnedBytes => Interlocked.Read(ref _pinnedBytes);

    public long Hits => _blocks?.Metrics.Value!.Hits ?? 0;

    public long Misses => Interlocked.Read(ref _misses);

    public Block? Find(ulong file, long offset)
    {
        if (_blocks is not null && _blocks.TryGet(new Key(file, offset), out var block))
            return block;

        Interlocked.Increment(ref _misses);
        return null;
    }

    /// <summary>Keeps a verified block, unless it is larger than the cache or another thread was first.</summary>
    public void Add(ulong file, Block block)
    {
        var cost = Cost(block);
        if (_blocks is null || cost > LimitBytes)
            return;

        // Counted first, so that the library's removal of the same block never comes before.
        Interlocked.Increment(ref _count);
        var used = Interlocked.Add(ref _usedBytes, cost);
        if (!ReferenceEquals(_blocks.GetOrAdd(new Key(file, block.Offset), static (_, added) => added, block), block))
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Add(ref _usedBytes, -cost);
        }
        else if (used > LimitBytes)
        {
            Trim();
        }
    }

    /// <summary>Counts what a table pins while it is open; a negative number when it is closed.</summary>
    public void Pin(long bytes) => Interlocked.Add(ref _pinnedBytes, bytes);

    private void Trim()
    {
        lock (_trimming)
        {
            while (Interlocked.Read(ref _usedBytes) > LimitBytes && Volatile.Read(ref _count) is var count && count > 0)
                _blocks!.Policy.Eviction.Value!.Trim(Math.Max(1, count / TrimmedShare));
        }
    }

    private static long Cost(Block block) => block.Length + EntryBytes;

    private readonly record struct Key(ulong File, long Offset)
    {
        /// <summary>Blocks of a file lie some KiB apart, so the low bits of an offset alone would say little.</summary>
        public override int GetHashCode() => (int)(((File * 0x9E37_79B9_7F4A_7C15) ^ (ulong)Offset) * 0xC2B2_AE3D_27D4_EB4F >> 32);
    }
}
