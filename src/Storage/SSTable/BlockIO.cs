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

    /// <summary>A byte of LZ4 gives at most so many bytes of content; a length beyond that is a lie and not worth its memory.</summary>
    private const int Lz4LimitRatio = 255;

    /// <summary>
    /// Writes content and trailer and returns the bytes of the content as stored. Compressed content is stored only if that saves an eighth.
    /// REQUIRES: room for the content and the trailer.
    /// </summary>
    public static int Write(Span<byte> target, ReadOnlySpan<byte> content, long offset, BlockCompression compression)
    {
        var length = compression == BlockCompression.Lz4 ? Compress(content, target) : 0;
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
    /// <exception cref="CorruptionException">The checksum does not match, the file ends too early, or the content is no LZ4.</exception>
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
            var content = (BlockCompression)block[^TrailerBytes] switch
            {
                BlockCompression.None => stored.ToArray(),
                BlockCompression.Lz4 => Decompress(stored, path, handle.Offset),
                _ => throw new UnsupportedFormatException(path, $"block compression {block[^TrailerBytes]}"),
            };
            return new Block(path, handle.Offset, content);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>Bytes written, or 0 if they would not be an eighth fewer than those of the content.</summary>
    private static int Compress(ReadOnlySpan<byte> content, Span<byte> target)
    {
        Span<byte> prefix = stackalloc byte[Varint.MaxBytes];
        var prefixBytes = Varint.Write(prefix, (ulong)content.Length);
        var limit = content.Length - content.Length / 8;
        if (limit <= prefixBytes)
            return 0;

        prefix[..prefixBytes].CopyTo(target);
        var length = LZ4Codec.Encode(content, target[prefixBytes..limit]);
        return length > 0 ? prefixBytes + length : 0;
    }

    private static byte[] Decompress(ReadOnlySpan<byte> stored, string path, long offset)
    {
        try
        {
            var position = 0;
            var length = Varint.Read(stored, ref position);
            var compressed = stored[position..];
            if (length > (ulong)compressed.Length * Lz4LimitRatio || length > (ulong)Array.MaxLength)
                throw new InvalidDataException("the compressed block states a length that it cannot have");

            var content = GC.AllocateUninitializedArray<byte>((int)length);
            if (LZ4Codec.Decode(compressed, content) != content.Length)
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
