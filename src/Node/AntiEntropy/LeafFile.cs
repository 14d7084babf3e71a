using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>The leaves of one store as of one row.</summary>
/// <param name="Shape">How the token space is cut.</param>
/// <param name="Sequence">The last row of the store that is in them.</param>
/// <param name="NextCheck">The block that is checked against the rows next.</param>
/// <param name="Doubtful">Which blocks may be wrong until they are checked; one for each.</param>
/// <param name="Leaves">The leaves.</param>
internal sealed record LeafImage(LeafShape Shape, ulong Sequence, int NextCheck, bool[] Doubtful, ulong[] Leaves);

/// <summary>
/// The file <c>leaves</c> of a store's directory: a <see cref="LeafImage"/>, replaced as a whole. FORMAT.md has its bytes.
/// </summary>
internal static class LeafFile
{
    /// <summary>Its name.</summary>
    public const string Name = "leaves";

    private const int HeadBytes = 32;
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "AKKAKVLV"u8;

    /// <summary>Replaces the file; durable when it returns. Throws <see cref="IOException"/> if the disk refuses: it is as it was then.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">The store's.</param>
    /// <param name="image">Its leaves may be followed by more, which are ignored.</param>
    public static void Write(IFileSystem files, string directory, LeafImage image)
    {
        var path = Path.Combine(directory, Name);
        var draft = path + ".new";
        files.Delete(draft);
        using (var file = files.Create(draft))
        {
            WriteTo(file, image);
            file.Sync();
        }

        files.Rename(draft, path);
        files.SyncDirectory(directory);
    }

    /// <summary>
    /// The image; null if there is no file, it is damaged, of another shape or another version: whoever asked builds the leaves from the rows.
    /// </summary>
    public static LeafImage? Read(IFileSystem files, string directory, LeafShape shape)
    {
        var path = Path.Combine(directory, Name);
        try
        {
            if (!files.FileExists(path)) return null;
            using var file = files.OpenRead(path);
            if (file.Length > Bound(shape)) return null;
            var bytes = new byte[file.Length];
            return file.Read(0, bytes) == bytes.Length ? Parse(bytes, shape) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>True if a store's directory has the file and it cannot be read, whatever its shape.</summary>
    public static bool IsDamaged(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, Name);
        if (!files.FileExists(path)) return false;
        Span<byte> head = stackalloc byte[HeadBytes];
        using (var file = files.OpenRead(path))
        {
            if (file.Read(0, head) < HeadBytes) return true;
        }

        var bits = BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
        return bits is < 0 or > LeafDeltas.SliceBits || Read(files, directory, new LeafShape(bits)) is null;
    }

    /// <summary>The longest file of a shape.</summary>
    private static long Bound(LeafShape shape) => HeadBytes + shape.Blocks + shape.Blocks * 4L + shape.Leaves * 8L + 8;

    private static void WriteTo(IWritableFile file, LeafImage image)
    {
        var shape = image.Shape;
        var hash = new XxHash3();
        var buffer = new ArrayBufferWriter<byte>(128 * 1024);
        var full = Enumerable.Range(0, shape.Blocks).Where(block => BlockOf(image, block).ContainsAnyExcept(0UL)).ToList();

        var head = buffer.GetSpan(HeadBytes)[..HeadBytes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], shape.LeafBits);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], image.Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], image.NextCheck);
        BinaryPrimitives.WriteInt32LittleEndian(head[28..], full.Count);
        buffer.Advance(HeadBytes);
        foreach (var isDoubtful in image.Doubtful) buffer.Write([isDoubtful ? (byte)1 : (byte)0]);
        foreach (var block in full)
        {
            BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(4), block);
            buffer.Advance(4);
            foreach (var leaf in BlockOf(image, block))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(8), leaf);
                buffer.Advance(8);
            }

            if (buffer.WrittenCount >= 64 * 1024) Flush();
        }

        Flush();
        Span<byte> end = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(end, hash.GetCurrentHashAsUInt64());
        file.Append(end);

        void Flush()
        {
            hash.Append(buffer.WrittenSpan);
            file.Append(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }

    private static ReadOnlySpan<ulong> BlockOf(LeafImage image, int block) =>
        image.Leaves.AsSpan(block * image.Shape.BlockLeaves, image.Shape.BlockLeaves);

    private static LeafImage? Parse(ReadOnlySpan<byte> bytes, LeafShape shape)
    {
        if (bytes.Length < HeadBytes + shape.Blocks + 8 || !bytes[..8].SequenceEqual(Magic)) return null;
        var content = bytes[..^8];
        if (XxHash3.HashToUInt64(content) != BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..])) return null;
        if (BinaryPrimitives.ReadUInt32LittleEndian(content[8..]) != Version) return null;
        if (BinaryPrimitives.ReadInt32LittleEndian(content[12..]) != shape.LeafBits) return null;
        var nextCheck = BinaryPrimitives.ReadInt32LittleEndian(content[24..]);
        var full = BinaryPrimitives.ReadInt32LittleEndian(content[28..]);
        var blockBytes = 4 + shape.BlockLeaves * 8;
        var rest = content[HeadBytes..];
        if (nextCheck < 0 || nextCheck >= shape.Blocks || full < 0 || rest.Length != shape.Blocks + full * (long)blockBytes) return null;

        var doubtful = new bool[shape.Blocks];
        for (var block = 0; block < doubtful.Length; block++) doubtful[block] = rest[block] != 0;
        rest = rest[shape.Blocks..];
        var leaves = new ulong[shape.Leaves];
        for (; !rest.IsEmpty; rest = rest[blockBytes..])
        {
            var block = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (block < 0 || block >= shape.Blocks) return null;
            var target = leaves.AsSpan(block * shape.BlockLeaves, shape.BlockLeaves);
            if (BitConverter.IsLittleEndian) MemoryMarshal.Cast<byte, ulong>(rest.Slice(4, blockBytes - 4)).CopyTo(target);
            else for (var leaf = 0; leaf < target.Length; leaf++) target[leaf] = BinaryPrimitives.ReadUInt64LittleEndian(rest[(4 + leaf * 8)..]);
        }

        return new LeafImage(shape, BinaryPrimitives.ReadUInt64LittleEndian(content[16..]), nextCheck, doubtful, leaves);
    }
}
