using Microsoft.Win32.SafeHandles;

namespace AkkaKv.Storage;

/// <summary>The file system of this machine.</summary>
public sealed class LocalFileSystem : IFileSystem
{
    /// <summary>The only instance: the file system has no state of its own.</summary>
    public static LocalFileSystem Instance { get; } = new();

    private LocalFileSystem()
    {
    }

    /// <inheritdoc/>
    public IWritableFile Create(string path) =>
        new WritableFile(Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read), path);

    /// <inheritdoc/>
    public IWritableFile Reuse(string path) =>
        new WritableFile(Open(path, FileMode.Open, FileAccess.Write, FileShare.Read), path);

    /// <inheritdoc/>
    public IReadableFile OpenRead(string path) =>
        new ReadableFile(Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public bool HasOneName(string path) => PosixSpace.CountNames(path) == 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> ListFiles(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))] : [];

    /// <inheritdoc/>
    public void CreateDirectory(string directory)
    {
        if (Directory.Exists(directory))
            return;

        var parent = Path.GetDirectoryName(Path.GetFullPath(directory));
        if (parent is not null)
            CreateDirectory(parent);

        Permitted(() => Directory.CreateDirectory(directory));
        if (parent is not null)
            SyncDirectory(parent);
    }

    /// <inheritdoc/>
    public void Rename(string source, string target) => Permitted(() => File.Move(source, target, overwrite: true));

    /// <inheritdoc/>
    public void Link(string source, string target)
    {
        if (!File.Exists(source))
            throw new FileNotFoundException($"There is no file {source}.", source);
        HardLink.Create(source, target);
    }

    /// <inheritdoc/>
    public void Delete(string path) => Permitted(() => File.Delete(path));

    /// <inheritdoc/>
    public void SyncDirectory(string directory)
    {
        if (!OperatingSystem.IsWindows())
            PosixSync.Directory(directory);
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path) => Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static SafeFileHandle Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        SafeFileHandle? handle = null;
        Permitted(() => handle = File.OpenHandle(path, mode, access, share));
        return handle!;
    }

    /// <summary>
    /// The runtime reports missing rights with an exception that is no <see cref="IOException"/>; the contract wants one.
    /// </summary>
    private static void Permitted(Action action)
    {
        try
        {
            action();
        }
        catch (UnauthorizedAccessException refusal)
        {
            throw new IOException(refusal.Message, refusal);
        }
    }

    private sealed class WritableFile(SafeFileHandle handle, string path) : IWritableFile
    {
        public long Length { get; private set; }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            RandomAccess.Write(handle, bytes, Length);
            Length += bytes.Length;
        }

        public bool Allocate(long bytes)
        {
            var before = RandomAccess.GetLength(handle);
            if (before >= bytes || PosixSpace.TryAllocate(handle, bytes))
                return true;

            RandomAccess.SetLength(handle, before);
            return false;
        }

        public void Truncate() => RandomAccess.SetLength(handle, Length);

        public void Sync()
        {
            if (OperatingSystem.IsLinux())
                PosixSync.FileData(handle, path);
            else
                RandomAccess.FlushToDisk(handle);
        }

        public void Dispose() => handle.Dispose();
    }

    private sealed class ReadableFile(SafeFileHandle handle) : IReadableFile
    {
        public long Length { get; } = RandomAccess.GetLength(handle);

        public int Read(long offset, Span<byte> buffer)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0)
                    break;
                total += read;
            }

            return total;
        }

        public void Dispose() => handle.Dispose();
    }
}
