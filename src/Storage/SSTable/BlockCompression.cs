namespace AkkaKv.Storage;

/// <summary>How the content of a table's block is stored. The numbers are on disk: never change one.</summary>
public enum BlockCompression : byte
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>LZ4, the block format without a frame.</summary>
    Lz4 = 1,

    /// <summary>Zstandard, one frame. Smaller than LZ4, and several times the work to write and to read.</summary>
    Zstd = 2,
}
