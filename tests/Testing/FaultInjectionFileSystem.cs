using AkkaKv.Storage;

namespace AkkaKv.Testing;

/// <summary>
/// A file system in memory that knows what is durable and what is not, and does its worst with the rest.
/// </summary>
/// <remarks>
/// Bytes are durable once their file was synced; names (creations, renames, deletions) once their directory was. At a crash every unsynced
/// file keeps nothing, all, a prefix or a sieve of its new bytes, with the old ones in their place where it was written over, and every
/// unsynced change of a name happens or not, each by itself, so later ones may survive without earlier ones.
/// <see cref="OnCall"/> decides call by call what fails and where the power goes; <see cref="AfterCrash"/> is the machine that comes up again. The same seed and the same order of calls give the same outcome.
/// </remarks>
public sealed class FaultInjectionFileSystem : IFileSystem
{
    private readonly object _gate = new();
    private readonly Random _random;
    private readonly HashSet<string> _directories = [];
    private readonly HashSet<string> _locks = [];
    private readonly Dictionary<string, MemoryFile> _shown = [];
    private readonly Dictionary<string, MemoryFile> _durable = [];
    private readonly List<NameChange> _unsyncedChanges = [];
    private bool _crashed;

    public FaultInjectionFileSystem(int seed = 0) => _random = new Random(seed);

    private FaultInjectionFileSystem(Random random) => _random = random;

    /// <summary>Asked before every call, on the calling thread and outside any lock, so it may also wait for something.</summary>
    public Func<IoCall, IoFault>? OnCall { get; set; }

    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>All files together cannot grow beyond this; null is no bound.</summary>
    public long? CapacityBytes { get; set; }

    /// <summary>Size of all files together.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
                return _shown.Values.Sum(file => (long)file.Length);
        }
    }

    /// <summary>From now on every call throws.</summary>
    public void Crash()
    {
        lock (_gate)
            _crashed = true;
    }

    /// <summary>The file system as it comes up again after a crash now. This one is dead from then on.</summary>
    public FaultInjectionFileSystem AfterCrash()
    {
        lock (_gate)
        {
            _crashed = true;
            var names = new Dictionary<string, MemoryFile>(_durable);
            var loss = _random.Next(3);
            foreach (var change in _unsyncedChanges.Where(_ => loss == 0 || (loss == 1 && _random.Next(2) == 0)))
                change.ApplyTo(names);

            var survivor = new FaultInjectionFileSystem(new Random(_random.Next()));
            survivor._directories.UnionWith(_directories);
            foreach (var (path, file) in names.OrderBy(name => name.Key, StringComparer.Ordinal))
                survivor.Place(path, file.AfterCrash(_random));
            return survivor;
        }
    }

    /// <summary>An independent copy in which everything is durable, as after an orderly shutdown of the machine.</summary>
    public FaultInjectionFileSystem Copy()
    {
        lock (_gate)
        {
            var copy = new FaultInjectionFileSystem(new Random(_random.Next()));
            copy._directories.UnionWith(_directories);
            foreach (var (path, file) in _shown)
                copy.Place(path, file.Copy());
            return copy;
        }
    }

    /// <summary>Replaces a file's content behind the back of whoever wrote it.</summary>
    public void Overwrite(string path, ReadOnlySpan<byte> content)
    {
        lock (_gate)
        {
            _directories.Add(Path.GetDirectoryName(path)!);
            Place(path, new MemoryFile(content));
        }
    }

    /// <summary>A file's content, not counted as a call.</summary>
    public byte[] Peek(string path)
    {
        lock (_gate)
            return Find(path).ToArray();
    }

    public IWritableFile Create(string path) => Call(IoOperation.Create, path, () =>
    {
        if (!_directories.Contains(Path.GetDirectoryName(path)!))
            throw new DirectoryNotFoundException(path);
        if (_shown.ContainsKey(path))
            throw new IOException($"{path} exists.");

        var file = new MemoryFile();
        Change(new NameChange(Path.GetDirectoryName(path), Removed: null, path, file));
        return new WritableFile(this, path, file);
    });

    public IWritableFile Reuse(string path) => Call(IoOperation.Reuse, path, () => new WritableFile(this, path, Find(path)));

    public IReadableFile OpenRead(string path) => Call(IoOperation.OpenRead, path, () => new ReadableFile(this, path, Find(path)));

    public bool FileExists(string path) => Call(IoOperation.FileExists, path, () => _shown.ContainsKey(path));

    public bool HasOneName(string path) => Call(IoOperation.HasOneName, path, () =>
    {
        var file = Find(path);
        return _shown.Values.Count(other => other == file) == 1;
    });

    public IReadOnlyList<string> ListFiles(string directory) => Call(IoOperation.ListFiles, directory, () =>
        _shown.Keys.Where(path => Path.GetDirectoryName(path) == directory).Select(path => Path.GetFileName(path)).ToList());

    public void CreateDirectory(string directory) => Call(IoOperation.CreateDirectory, directory, () => _directories.Add(directory));

    public void Rename(string source, string target) => Call(IoOperation.Rename, source, () =>
    {
        Change(new NameChange(Path.GetDirectoryName(source), source, target, Find(source)));
        return true;
    });

    public void Link(string source, string target) => Call(IoOperation.Link, source, () =>
    {
        if (_shown.ContainsKey(target))
            throw new IOException($"{target} exists.");

        Change(new NameChange(Path.GetDirectoryName(target), Removed: null, target, Find(source)));
        return true;
    });

    public void Delete(string path) => Call(IoOperation.Delete, path, () =>
    {
        if (_shown.TryGetValue(path, out var file))
            Change(new NameChange(Path.GetDirectoryName(path), path, Added: null, file));
        return true;
    });

    public void SyncDirectory(string directory) => Call(IoOperation.SyncDirectory, directory, () =>
    {
        foreach (var change in _unsyncedChanges.Where(change => change.Directory == directory))
            change.ApplyTo(_durable);
        return _unsyncedChanges.RemoveAll(change => change.Directory == directory);
    });

    public IDisposable Lock(string path) => Call(IoOperation.Lock, path, () =>
        _locks.Add(path) ? new HeldLock(this, path) : throw new IOException($"{path} is locked."));

    private MemoryFile Find(string path) => _shown.TryGetValue(path, out var file) ? file : throw new FileNotFoundException(path);

    private void Place(string path, MemoryFile file)
    {
        _shown[path] = file;
        _durable[path] = file;
    }

    private void Change(NameChange change)
    {
        change.ApplyTo(_shown);
        _unsyncedChanges.Add(change);
    }

    private T Call<T>(IoOperation operation, string path, Func<T> effect, Action? effectOfFailure = null)
    {
        IoCall call;
        lock (_gate)
            call = new IoCall(++Calls, operation, path);
        var fault = OnCall?.Invoke(call) ?? IoFault.None;

        lock (_gate)
        {
            if (_crashed)
                throw new SimulatedCrashException();

            switch (fault)
            {
                case IoFault.Fail:
                    effectOfFailure?.Invoke();
                    throw new IOException($"Injected failure of call {call.Number}: {operation} {path}");
                case IoFault.Lie:
                    return default!;
                case IoFault.Crash:
                    _crashed = true;
                    if (_random.Next(2) == 0)
                        effect();
                    throw new SimulatedCrashException();
                default:
                    return effect();
            }
        }
    }

    /// <summary>A name that goes, a name that comes, or both at once.</summary>
    private sealed record NameChange(string? Directory, string? Removed, string? Added, MemoryFile File)
    {
        public void ApplyTo(Dictionary<string, MemoryFile> names)
        {
            if (Removed is not null)
                names.Remove(Removed);
            if (Added is not null)
                names[Added] = File;
        }
    }

    private sealed class WritableFile(FaultInjectionFileSystem disk, string path, MemoryFile file) : IWritableFile
    {
        public long Length { get; private set; }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            Length = disk.Call(IoOperation.Append, path, () => AppendWhatFits(copy), () => AppendPrefix(copy));
        }

        public bool Allocate(long bytes) => disk.Call(IoOperation.Allocate, path, () => AllocateIfItFits((int)bytes));

        public void Truncate() => disk.Call(IoOperation.Truncate, path, () =>
        {
            file.SetLength((int)Length);
            return true;
        });

        public void Sync() => disk.Call(IoOperation.Sync, path, SyncAll, () => file.FailSync(disk._random));

        public void Dispose()
        {
        }

        private long AppendWhatFits(byte[] bytes)
        {
            var room = Room() + file.Length - Length;
            file.Write((int)Length, bytes.AsSpan(0, (int)Math.Min(room, bytes.Length)));
            return room >= bytes.Length ? Length + bytes.Length : throw new IOException("No space left on the simulated device.");
        }

        private void AppendPrefix(byte[] bytes) => file.Write((int)Length, bytes.AsSpan(0, disk._random.Next(bytes.Length + 1)));

        private bool AllocateIfItFits(int bytes)
        {
            if (bytes - file.Length > Room())
                return false;

            file.SetLength(Math.Max(bytes, file.Length));
            return true;
        }

        private long Room() => disk.CapacityBytes is { } capacity ? Math.Max(capacity - disk.UsedBytes, 0) : int.MaxValue;

        private bool SyncAll()
        {
            file.Sync();
            return true;
        }
    }

    private sealed class ReadableFile(FaultInjectionFileSystem disk, string path, MemoryFile file) : IReadableFile
    {
        public long Length { get; } = file.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var copy = new byte[buffer.Length];
            var read = disk.Call(IoOperation.Read, path, () => file.Read(offset, copy));
            copy.CopyTo(buffer);
            return read;
        }

        public void Dispose()
        {
        }
    }

    private sealed class HeldLock(FaultInjectionFileSystem disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
                disk._locks.Remove(path);
        }
    }
}
