namespace AkkaKv.Cli;

/// <summary>The records that were not written: all counted, the first few kept to be shown. Thread-safe.</summary>
internal sealed class FailedRecords
{
    public const int ShownLimit = 20;

    private readonly Lock _lock = new();
    private readonly List<(long Line, string Reason)> _first = [];
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public void Add(long line, string reason)
    {
        lock (_lock)
        {
            _count++;
            if (_first.Count < ShownLimit)
                _first.Add((line, reason));
        }
    }

    public IReadOnlyList<(long Line, string Reason)> First
    {
        get
        {
            lock (_lock)
                return [.. _first.OrderBy(failure => failure.Line)];
        }
    }
}
