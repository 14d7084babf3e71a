using System.Buffers.Binary;
using System.IO.Hashing;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>
/// A small file that is replaced as a whole: after a crash it is the old one or the new one, and damage is noticed.
/// </summary>
/// <remarks>
/// Layout: the 8 bytes <c>AKKAKV01</c>, length of the content (4, little endian), XxHash3 of the content (8, little endian), the content.
/// </remarks>
internal static class CheckedFile
{
    private const int HeadBytes = 20;

    private static ReadOnlySpan<byte> Magic => "AKKAKV01"u8;

    /// <summary>Replaces the file; durable when it returns.</summary>
    public static void Write(IFileSystem files, string path, ReadOnlySpan<byte> content)
    {
        var bytes = new byte[HeadBytes + content.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), content.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(12), XxHash3.HashToUInt64(content));
        content.CopyTo(bytes.AsSpan(HeadBytes));

        var temporary = path + ".new";
        files.Delete(temporary);
        using (var file = files.Create(temporary))
        {
            file.Append(bytes);
            file.Sync();
        }

        files.Rename(temporary, path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>The content, or null if there is no such file; throws <see cref="InvalidDataException"/> naming it if it is damaged.</summary>
    public static byte[]? Read(IFileSystem files, string path)
    {
        if (!files.FileExists(path)) return null;
        using var file = files.OpenRead(path);
        var bytes = new byte[file.Length];
        var length = file.Read(0, bytes);
        if (length < HeadBytes || !bytes.AsSpan(0, 8).SequenceEqual(Magic)) throw Damaged(path, "it does not begin as one of AkkaKv");
        var content = bytes.AsSpan(HeadBytes, length - HeadBytes);
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)) != content.Length) throw Damaged(path, "its length is wrong");
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(12)) != XxHash3.HashToUInt64(content)) throw Damaged(path, "its checksum is wrong");
        return content.ToArray();
    }

    private static InvalidDataException Damaged(string path, string how) => new($"The file {path} is damaged: {how}.");
}
