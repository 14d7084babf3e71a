using System.IO.Hashing;
using System.Text;

namespace AkkaKv.Storage;

/// <summary>
/// The file CURRENT: one line of text with the manifest's name and a checksum of it. It is replaced as a whole by renaming a draft over it,
/// so there is always exactly one current manifest.
/// </summary>
internal static class CurrentFile
{
    /// <summary>The number of the current manifest, or null if there is no such file.</summary>
    /// <exception cref="CorruptionException">The file is not what <see cref="Write"/> writes.</exception>
    public static ulong? Read(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileNames.Current);
        if (!files.FileExists(path))
            return null;

        var line = files.ReadAll(path);
        var name = Encoding.ASCII.GetString(line).Split(' ')[0];
        if (!FileNames.TryParse(name, out var kind, out var number)
            || kind != FileKind.Manifest
            || !line.AsSpan().SequenceEqual(Line(name)))
            throw new CorruptionException(path, 0, "the file does not name a manifest with its checksum");
        return number;
    }

    /// <summary>
    /// Makes a manifest the current one. REQUIRES: its content is synced. Syncs the directory before and after the switch.
    /// </summary>
    public static void Write(IFileSystem files, string directory, ulong number)
    {
        var draft = Path.Combine(directory, FileNames.CurrentDraft);
        files.Delete(draft);
        using (var file = files.Create(draft))
        {
            file.Append(Line(FileNames.Of(FileKind.Manifest, number)));
            file.Sync();
        }

        // The names of manifest and tables must not come to the disk later than the one that leads to them.
        files.SyncDirectory(directory);
        files.Rename(draft, Path.Combine(directory, FileNames.Current));
        files.SyncDirectory(directory);
    }

    private static byte[] Line(string name) =>
        Encoding.ASCII.GetBytes($"{name} {XxHash3.HashToUInt64(Encoding.ASCII.GetBytes(name)):x16}\n");
}
