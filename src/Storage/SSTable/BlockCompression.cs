namespace AkkaKv.Storage;

/// <summary>How the content of a table's block is stored. The numbers are on disk: never change one. 2 is reserved for zstd.</summary>
public enum BlockCompression : byte
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>LZ4, the block format without a frame.</summary>
    Lz4 = 1,
}
