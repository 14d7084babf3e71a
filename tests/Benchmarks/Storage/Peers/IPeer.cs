namespace AkkaKv.Benchmarks;

/// <summary>What every system is asked through. Nothing in a work may depend on which system answers.</summary>
internal interface IPeer : IAsyncDisposable
{
    /// <summary>A batch of its own for one writer, used again and again.</summary>
    IPeerBatch NewBatch();

    /// <summary>The value, or null.</summary>
    ReadOnlyMemory<byte>? Get(byte[] key);

    /// <summary>Reads every row in order; rows and bytes of keys and values.</summary>
    (long Rows, long Bytes) ScanAll();

    /// <summary>Moves what is in memory to tables and returns when that is done; background merging may go on.</summary>
    Task FlushAsync();
}

/// <summary>Rows that are written with one call.</summary>
internal interface IPeerBatch
{
    void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Completes when the rows survive a power loss, and empties the batch.</summary>
    ValueTask WriteSyncedAsync();
}

/// <summary>What the systems have in common to set.</summary>
/// <param name="Directory">Where the data lies.</param>
/// <param name="CacheBytes">Size of the cache of blocks.</param>
/// <param name="RowBytes">Bytes of a key and its value, for systems that count rows instead of bytes.</param>
internal sealed record PeerOptions(string Directory, long CacheBytes, int RowBytes)
{
    public const int MemtableBytes = 64 << 20;
    public const int Memtables = 3;
    public const int BloomBitsPerKey = 10;
    public const int BlockBytes = 4 << 10;
    public const int RestartInterval = 16;
}

internal static class Peers
{
    public const string AkkaKv = "AkkaKv";

    public static IReadOnlyList<string> Names { get; } = [AkkaKv, "RocksDB", "ZoneTree"];

    public static IPeer Open(string name, PeerOptions options) => name switch
    {
        AkkaKv => new AkkaKvPeer(options),
        "RocksDB" => new RocksDbPeer(options),
        "ZoneTree" => new ZoneTreePeer(options),
        _ => throw new ArgumentException($"There is no system {name}."),
    };

    public static string Describe(string name) => name switch
    {
        AkkaKv => AkkaKvPeer.Options,
        "RocksDB" => RocksDbPeer.Options,
        _ => ZoneTreePeer.Options,
    };
}
