namespace AkkaKv.Protocol;

/// <summary>Where a log ends, as its writer here knows it, and whether the writer has claimed it.</summary>
/// <param name="Last">The sequence number of the last event that is agreed on.</param>
/// <param name="Generation">The greatest of the log.</param>
/// <param name="Noted">Up to where the head row says so.</param>
/// <param name="Claim">The writer's claim; <see cref="LogClaim.None"/> until it writes.</param>
internal readonly record struct LogEnd(long Last, ulong Generation, long Noted, LogClaim Claim);

/// <summary>
/// The ends of the logs that were used last, bounded. One operation has an end at a time; what fails with it in its hands has lost it, and the
/// next one looks at the log again. Safe for any number of threads.
/// </summary>
internal sealed class LogEnds(int limit)
{
    private readonly Dictionary<string, LinkedListNode<(string Id, LogEnd End)>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Id, LogEnd End)> _byUse = new();
    private readonly Lock _lock = new();

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _nodes.Count;
        }
    }

    /// <summary>Takes an end away, if it is known.</summary>
    public LogEnd? Take(string persistenceId)
    {
        lock (_lock)
        {
            if (!_nodes.Remove(persistenceId, out var node)) return null;
            _byUse.Remove(node);
            return node.Value.End;
        }
    }

    /// <summary>Keeps an end, and forgets the one that was not used for longest if there are too many.</summary>
    public void Keep(string persistenceId, LogEnd end)
    {
        lock (_lock)
        {
            if (_nodes.Remove(persistenceId, out var node)) _byUse.Remove(node);
            _nodes[persistenceId] = _byUse.AddLast((persistenceId, end));
            if (_nodes.Count <= limit) return;
            _nodes.Remove(_byUse.First!.Value.Id);
            _byUse.RemoveFirst();
        }
    }
}
