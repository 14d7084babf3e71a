namespace AkkaKv.Storage;

/// <summary>Bytes on disk are not the bytes that were written. The place is named; nothing read from it was used.</summary>
public sealed class CorruptionException : StorageException
{
    /// <summary>Names damage.</summary>
    /// <param name="file">Path of the damaged file.</param>
    /// <param name="offset">Where in the file the damaged block or record begins, in bytes.</param>
    /// <param name="what">What is wrong there, as a phrase.</param>
    public CorruptionException(string file, long offset, string what) : base($"{file}, offset {offset}: {what}")
    {
        File = file;
        Offset = offset;
        What = what;
    }

    /// <summary>Path of the damaged file.</summary>
    public string File { get; }

    /// <summary>Where in the file the damaged block or record begins, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What is wrong there, as a phrase.</summary>
    public string What { get; }

    /// <summary>Which keys a damaged table or data block may have held; null for any other file.</summary>
    public DamagedRange? Range { get; private set; }

    internal CorruptionException WithRange(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> until)
    {
        Range = new DamagedRange(File, Offset, What, from, until);
        return this;
    }
}
