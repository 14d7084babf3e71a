namespace AkkaKv.Storage;

/// <summary>A file is intact but of a format that this release does not know: a newer release wrote it.</summary>
public sealed class UnsupportedFormatException : StorageException
{
    /// <summary>Names the file and what about it is unknown.</summary>
    public UnsupportedFormatException(string file, string what) : base($"{file}: {what} is not known to this release") => File = file;

    /// <summary>Path of the file.</summary>
    public string File { get; }
}
