using System.Buffers.Binary;
using System.IO.Hashing;

namespace AkkaKv.Storage;

/// <summary>How the content of a block is stored. The numbers are on disk: never change one.</summary>
internal enum BlockCompression : byte
{
    None = 0,

    /// <summary>Reserved.</summary>
    LZ4 = 1,

    /// <summary>Reserved.</summary>
    Zstd = 2,
}

/// <summary>
/// A block between file and memory: content, a byte that names its compression, and an XxHash3 of both, seeded with the block's offset so
/// that a block read from the wrong place does not pass.
/// </summary>
internal static class BlockIO
{
    public const int TrailerBytes = 1 + ChecksumBytes;
    private const int ChecksumBytes = 8;

    /// <summary>Fills in the trailer. REQUIRES: the block is the content followed by room for the trailer.</summary>
    public static void Seal(Span<byte> block, long offset)
    {
        block[^TrailerBytes] = (byte)BlockCompression.None;
        BinaryPrimitives.WriteUInt64LittleEndian(block[^ChecksumBytes..], Checksum(block, offset));
    }

    /// <summary>Reads a block and verifies it.</summary>
    /// <exception cref="CorruptionException">The checksum does not match, or the file ends too early.</exception>
    public static Block Read(IReadableFile file, string path, BlockHandle handle)
    {
        var bytes = new byte[handle.TotalBytes];
        if (file.Read(handle.Offset, bytes) != bytes.Length)
            throw new CorruptionException(path, handle.Offset, "the file ends within the block");

        var block = bytes.AsSpan();
        if (BinaryPrimitives.ReadUInt64LittleEndian(block[^ChecksumBytes..]) != Checksum(block, handle.Offset))
            throw new CorruptionException(path, handle.Offset, "the block's checksum does not match");
        if (block[^TrailerBytes] != (byte)BlockCompression.None)
            throw new UnsupportedFormatException(path, $"block compression {block[^TrailerBytes]}");
        return new Block(path, handle.Offset, bytes.AsMemory(0, handle.Length));
    }

    private static ulong Checksum(ReadOnlySpan<byte> block, long offset) => XxHash3.HashToUInt64(block[..^ChecksumBytes], offset);
}
