using System.Buffers.Binary;
using System.IO.Hashing;

namespace AkkaKv.Storage;

/// <summary>The last bytes of a table: where its other parts are, and what it is.</summary>
/// <param name="Index">The index block.</param>
/// <param name="Filter">The filter block; of length 0 if there is none.</param>
/// <param name="Properties">The properties block.</param>
internal readonly record struct TableFooter(BlockHandle Index, BlockHandle Filter, BlockHandle Properties)
{
    public const int Bytes = 60;
    private const int ChecksumOffset = Bytes - 16;
    private const int MagicOffset = Bytes - 8;
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "AkkaKvT\n"u8;

    public void Write(Span<byte> target, long offset)
    {
        WriteHandle(target, Index);
        WriteHandle(target[12..], Filter);
        WriteHandle(target[24..], Properties);
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(target[ChecksumOffset..], XxHash3.HashToUInt64(target[..ChecksumOffset], offset));
        Magic.CopyTo(target[MagicOffset..]);
    }

    public static TableFooter Read(IReadableFile file, string path)
    {
        var offset = Math.Max(0, file.Length - Bytes);
        Span<byte> bytes = stackalloc byte[Bytes];
        if (file.Read(offset, bytes) != Bytes || !bytes[MagicOffset..].SequenceEqual(Magic))
            throw new CorruptionException(path, offset, "the file does not end with a table's footer");
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumOffset..]) != XxHash3.HashToUInt64(bytes[..ChecksumOffset], offset))
            throw new CorruptionException(path, offset, "the footer's checksum does not match");

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]);
        if (version != Version)
            throw new UnsupportedFormatException(path, $"format version {version}");
        return new TableFooter(ReadHandle(bytes), ReadHandle(bytes[12..]), ReadHandle(bytes[24..]));
    }

    private static void WriteHandle(Span<byte> target, BlockHandle handle)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, handle.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], handle.Length);
    }

    private static BlockHandle ReadHandle(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(source), BinaryPrimitives.ReadInt32LittleEndian(source[8..]));
}
