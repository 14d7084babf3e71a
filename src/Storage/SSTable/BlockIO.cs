using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace AkkaKv.Storage;

/// <summary>
/// A block between file and memory: content, a byte that names its compression, and an XxHash3 of both, seeded with the block's offset so
/// that a block read from the wrong place does not pass. The checksum is of what is stored, so nothing is decompressed that was not
/// verified; the decompression checks its bounds all the same.
/// </summary>
internal static class BlockIO
{
    public const int TrailerBytes = 1 + ChecksumBytes;
    private const int ChecksumBytes = 8;

    /// <summary>
    /// A compressed byte gives at most so many bytes of content; a length beyond that is a lie and not worth its memory. LZ4 cannot do
    /// more; zstd could, so what it shrinks further is left to LZ4.
    /// </summary>
    private const int LimitRatio = 255;

    /// <summary>
    /// Writes content and trailer and returns the bytes of the content as stored. Compressed content is stored only if that saves an eighth.
    /// REQUIRES: room for the content and the trailer.
    /// </summary>
    public static int Write(
        Span<byte> target, ReadOnlySpan<byte> content, long offset, BlockCompression compression, int zstdLevel = ZstdBlocks.DefaultLevel)
    {
        var length = 0;
        if (compression == BlockCompression.Zstd)
            length = Compress(content, target, compression, zstdLevel);
        if (length == 0 && compression != BlockCompression.None)
            length = Compress(content, target, compression = BlockCompression.Lz4, zstdLevel);
        if (length == 0)
        {
            compression = BlockCompression.None;
            length = content.Length;
            content.CopyTo(target);
        }

        var block = target[..(length + TrailerBytes)];
        block[^TrailerBytes] = (byte)compression;
        BinaryPrimitives.WriteUInt64LittleEndian(block[^ChecksumBytes..], Checksum(block, offset));
        return length;
    }

    /// <summary>Reads a block, verifies it and decompresses it.</summary>
    /// <exception cref="CorruptionException">The checksum does not match, the file ends too early, or the content cannot be decompressed.</exception>
    public static Block Read(IReadableFile file, string path, BlockHandle handle)
    {
        if (handle.Offset < 0 || handle.Length < 0 || handle.Length > file.Length - handle.Offset - TrailerBytes)
            throw new CorruptionException(path, handle.Offset, "the file ends within the block");

        // Most blocks that are read are kept, and most are compressed: what is read is scratch then, what comes out has its exact size.
        var scratch = ArrayPool<byte>.Shared.Rent(handle.TotalBytes);
        try
        {
            var block = scratch.AsSpan(0, handle.TotalBytes);
            if (file.Read(handle.Offset, block) != block.Length)
                throw new CorruptionException(path, handle.Offset, "the file ends within the block");
            if (BinaryPrimitives.ReadUInt64LittleEndian(block[^ChecksumBytes..]) != Checksum(block, handle.Offset))
                throw new CorruptionException(path, handle.Offset, "the block's checksum does not match");

            var stored = block[..handle.Length];
            var compression = (BlockCompression)block[^TrailerBytes];
            var content = compression switch
            {
                BlockCompression.None => stored.ToArray(),
                BlockCompression.Lz4 or BlockCompression.Zstd => Decompress(stored, compression, path, handle.Offset),
                _ => throw new UnsupportedFormatException(path, $"block compression {block[^TrailerBytes]}"),
            };
            return new Block(path, handle.Offset, content);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>How a block is stored. REQUIRES: <see cref="Read"/> has verified it.</summary>
    public static BlockCompression CompressionOf(IReadableFile file, BlockHandle handle)
    {
        Span<byte> compression = stackalloc byte[1];
        file.Read(handle.Offset + handle.Length, compression);
        return (BlockCompression)compression[0];
    }

    /// <summary>Bytes written, or 0 if they would not be an eighth fewer than those of the content, or too few to be believed.</summary>
    private static int Compress(ReadOnlySpan<byte> content, Span<byte> target, BlockCompression compression, int zstdLevel)
    {
        Span<byte> prefix = stackalloc byte[Varint.MaxBytes];
        var prefixBytes = Varint.Write(prefix, (ulong)content.Length);
        var limit = content.Length - content.Length / 8;
        if (limit <= prefixBytes)
            return 0;

        prefix[..prefixBytes].CopyTo(target);
        var length = compression == BlockCompression.Zstd
            ? ZstdBlocks.Encode(content, target[prefixBytes..limit], zstdLevel)
            : LZ4Codec.Encode(content, target[prefixBytes..limit]);
        return length > 0 && content.Length <= (long)length * LimitRatio ? prefixBytes + length : 0;
    }

    private static byte[] Decompress(ReadOnlySpan<byte> stored, BlockCompression compression, string path, long offset)
    {
        try
        {
            var position = 0;
            var length = Varint.Read(stored, ref position);
            var compressed = stored[position..];
            if (length > (ulong)compressed.Length * LimitRatio || length > (ulong)Array.MaxLength)
                throw new InvalidDataException("the compressed block states a length that it cannot have");

            var content = GC.AllocateUninitializedArray<byte>((int)length);
            var written = compression == BlockCompression.Zstd ? ZstdBlocks.Decode(compressed, content) : LZ4Codec.Decode(compressed, content);
            if (written != content.Length)
                throw new InvalidDataException("the compressed block does not give the bytes that it states");
            return content;
        }
        catch (Exception how) when (how is not OutOfMemoryException)
        {
            // Whatever the library thinks of such bytes: they are not what was written.
            throw new CorruptionException(path, offset, how is InvalidDataException ? how.Message : "the block cannot be decompressed");
        }
    }

    private static ulong Checksum(ReadOnlySpan<byte> block, long offset) => XxHash3.HashToUInt64(block[..^ChecksumBytes], offset);
}
