using System.Collections.Concurrent;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>The last exchange of a partition with a peer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="EndedAt">When it ended, physical time.</param>
/// <param name="Report">What it did.</param>
/// <param name="WholeAt">When one last came to its end; null if none has since the node started.</param>
internal sealed record RepairStamp(ReplicaId Peer, DateTimeOffset EndedAt, ExchangeReport Report, DateTimeOffset? WholeAt);

/// <summary>
/// When each partition was compared last, and what came of it; from the start of the node on. Any thread.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class RepairLog(TimeProvider time)
{
    private readonly ConcurrentDictionary<int, RepairStamp> _stamps = new();
    private volatile IReadOnlyCollection<int> _owned = [];
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly Lock _gate = new();
    private volatile ExchangeReport _totals = new() { Outcome = ExchangeOutcome.Equal };
    private long _exchanges;

    /// <summary>The partitions that are to be compared: those that the node owns and shares with others.</summary>
    public IReadOnlyCollection<int> Owned => _owned;

    /// <summary>Seconds since the partition was compared that waits longest; since the start where it never was. 0 if there is none.</summary>
    public double OldestSeconds => _owned.Count == 0
        ? 0
        : Math.Max(0, (time.GetUtcNow() - _owned.Min(partition => Of(partition)?.WholeAt ?? _startedAt)).TotalSeconds);

    /// <summary>What all exchanges together did.</summary>
    public ExchangeReport Totals => _totals;

    /// <summary>Exchanges that ended, however.</summary>
    public long Exchanges => Interlocked.Read(ref _exchanges);

    /// <summary>The last exchange of a partition; null if there was none.</summary>
    public RepairStamp? Of(int partition) => _stamps.GetValueOrDefault(partition);

    /// <summary>Takes the partitions of a new ring. Stamps mean nothing where partitions are cut otherwise.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="self">This node's replica.</param>
    /// <param name="isCutOtherwise">True if the number of partitions has changed.</param>
    public void Use(Ring ring, ReplicaId self, bool isCutOtherwise)
    {
        if (isCutOtherwise) _stamps.Clear();
        _owned =
        [
            .. Enumerable.Range(0, ring.Document.Partitions.Length)
                .Where(partition => ring.OwnerIdsOf(partition) is { Length: > 1 } owners && owners.Contains(self)),
        ];
    }

    /// <summary>Notes an exchange.</summary>
    public void Add(int partition, ReplicaId peer, ExchangeReport report)
    {
        lock (_gate)
        {
            _exchanges++;
            _totals = _totals with
            {
                Differences = _totals.Differences + report.Differences,
                RecordsSent = _totals.RecordsSent + report.RecordsSent,
                RecordsReceived = _totals.RecordsReceived + report.RecordsReceived,
                BytesSent = _totals.BytesSent + report.BytesSent,
                BytesReceived = _totals.BytesReceived + report.BytesReceived,
            };
        }

        var now = time.GetUtcNow();
        var isWhole = report.Outcome != ExchangeOutcome.Failed;
        _stamps.AddOrUpdate(
            partition,
            _ => new RepairStamp(peer, now, report, isWhole ? now : null),
            (_, before) => new RepairStamp(peer, now, report, isWhole ? now : before.WholeAt));
    }
}
