namespace AkkaKv.Cli;

/// <summary>
/// How far an import has come: the number of lines such that this line and all before it are wholly done. Lines end in any order;
/// a line that failed ends the prefix for good, so that resuming begins with it. Thread-safe.
/// </summary>
/// <remarks>
/// What is kept in memory are the lines done behind a gap. They are few: a writer that is stuck on the line of the gap stops the
/// reader as soon as its queue is full.
/// </remarks>
internal sealed class ImportProgress
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, long> _doneBehindGap = [];
    private ImportPosition _position;
    private long _firstFailed = long.MaxValue;

    public ImportProgress(ImportPosition start) => _position = start;

    public ImportPosition Position
    {
        get
        {
            lock (_lock)
                return _position;
        }
    }

    public void Done(long line, long lineEnd)
    {
        lock (_lock)
        {
            if (line > _firstFailed)
                return;
            _doneBehindGap[line] = lineEnd;
            while (_doneBehindGap.Remove(_position.Lines + 1, out var end))
                _position = new ImportPosition(_position.Lines + 1, end);
        }
    }

    public void Failed(long line)
    {
        lock (_lock)
            _firstFailed = Math.Min(_firstFailed, line);
    }
}

/// <summary>A place in a file: lines wholly done, and the bytes that they take.</summary>
internal readonly record struct ImportPosition(long Lines, long Bytes);
