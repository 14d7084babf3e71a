namespace AkkaKv.Cli;

/// <summary>
/// A file that is there wholly or not at all: written beside its place, synced, and renamed when it is complete. What stood there
/// before stays until then.
/// </summary>
internal sealed class AtomicFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _fresh;
    private readonly FileStream _stream;
    private bool _isComplete;

    public AtomicFile(string path)
    {
        _path = Path.GetFullPath(path);
        _fresh = $"{_path}.{Environment.ProcessId}.new";
        _stream = new FileStream(_fresh, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 64 * 1024);
    }

    public Stream Stream => _stream;

    public void Complete()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_fresh, _path, overwrite: true);
        _isComplete = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        if (!_isComplete)
            File.Delete(_fresh);
    }
}
