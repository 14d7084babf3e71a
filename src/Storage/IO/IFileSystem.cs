namespace AkkaKv.Storage;

/// <summary>
/// The one seam between the product and the disk. Everything that is kept goes through it, so that tests can drop, tear and
/// reorder what was not synced, fail any call and fill the disk.
/// </summary>
/// <remarks>
/// Durability contract, the one POSIX gives: the bytes of a file survive a power loss once <see cref="IWritableFile.Sync"/> has
/// returned; its name survives once <see cref="SyncDirectory"/> of its directory has returned, and so does the outcome of
/// <see cref="Rename"/>, <see cref="Link"/> and <see cref="Delete"/>. Every method throws <see cref="IOException"/> (or a type derived from it) when
/// the system refuses. Paths are absolute or relative to the current directory, with the platform's separators.
/// </remarks>
public interface IFileSystem
{
    /// <summary>Creates a new empty file for appending; throws <see cref="IOException"/> if the name is taken.</summary>
    IWritableFile Create(string path);

    /// <summary>
    /// Opens an existing file to be written over from its beginning; throws <see cref="FileNotFoundException"/> if there is none. What it
    /// holds stays until it is written over: before a <see cref="IWritableFile.Sync"/> a power loss leaves, sector by sector, the old or
    /// the new.
    /// </summary>
    IWritableFile Reuse(string path);

    /// <summary>Opens an existing file for positioned reads; throws <see cref="FileNotFoundException"/> if there is none.</summary>
    IReadableFile OpenRead(string path);

    /// <summary>True if a file of that name exists.</summary>
    bool FileExists(string path);

    /// <summary>
    /// True if an existing file is known to have no other name (no hard link), so that writing over it changes nobody else's file. False where
    /// the system cannot tell.
    /// </summary>
    bool HasOneName(string path);

    /// <summary>The names (without directory) of the files in a directory, in no particular order; empty if it does not exist.</summary>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>Creates a directory and its missing parents, and makes their names durable; does nothing if it exists.</summary>
    void CreateDirectory(string directory);

    /// <summary>Gives a file another name in one step, replacing what had that name. Durable after <see cref="SyncDirectory"/>.</summary>
    void Rename(string source, string target);

    /// <summary>
    /// Gives a file a second name (a hard link); both have the same rights to it. Throws <see cref="FileNotFoundException"/> if there is no
    /// such file and <see cref="IOException"/> if the name is taken, or lies on another file system. Durable after
    /// <see cref="SyncDirectory"/>.
    /// </summary>
    void Link(string source, string target);

    /// <summary>Removes a file; does nothing if there is none. Durable after <see cref="SyncDirectory"/>.</summary>
    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in this directory durable.</summary>
    void SyncDirectory(string directory);

    /// <summary>
    /// Takes an exclusive lock that lasts until it is disposed or the process ends, however it ends; throws
    /// <see cref="IOException"/> if another process (or this one) holds it.
    /// </summary>
    IDisposable Lock(string path);
}
