namespace AkkaKv.Storage;

internal static class FileSystemExtensions
{
    /// <summary>Reads a file whole; for files with a bound on their size.</summary>
    public static byte[] ReadAll(this IFileSystem files, string path)
    {
        using var file = files.OpenRead(path);
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)file.Length));
        var read = file.Read(0, bytes);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>
    /// Deletes files that nothing needs. A refusal does no harm and is not reported: they are ignored by number, and the next open tries
    /// again.
    /// </summary>
    public static int DeleteUnneeded(this IFileSystem files, string directory, IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
            return 0;

        var deleted = 0;
        try
        {
            foreach (var name in names)
            {
                files.Delete(Path.Combine(directory, name));
                deleted++;
            }

            files.SyncDirectory(directory);
        }
        catch (IOException)
        {
            // See the summary.
        }

        return deleted;
    }
}
