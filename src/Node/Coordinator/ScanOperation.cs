using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// One page of a scan over one partition: R owners of the own data centre send their rows from the cursor on, the page ends where the first of them ends, and
/// each key's records are merged as a read merges them.
/// </summary>
internal sealed class ScanOperation : Operation
{
    /// <summary>Rows of an answer, in bytes: large enough to be worth a trip, small enough for memory.</summary>
    private const int PageBytes = 256 * 1024;

    private readonly Scan _request;
    private readonly List<ImmutableArray<ReplicaRow>> _pages = [];
    private Queue<ReplicaId> _candidates = new();
    private ReadOnlyMemory<byte> _from;
    private ReadOnlyMemory<byte> _until;
    private int _partition;
    private int _waiting;
    private int _extra;
    private long _askedAt;

    /// <summary>The least row key up to which every answer so far is complete; null while all went to the partition's end.</summary>
    private ReadOnlyMemory<byte>? _completeTo;

    /// <summary>A scan that has not begun.</summary>
    public ScanOperation(Coordinator coordinator, ulong ticket, Ring ring, long deadline, Scan request)
        : base(coordinator, ticket, ring, deadline) => _request = request;

    private int Required => Math.Min(Ring.Document.ReadQuorum, Ring.ReplicasIn(Near));

    private string Near => Ring.DataCenterOf(Coordinator.Environment.Self);

    /// <summary>Where a cursor stands; null if it is none.</summary>
    public static Token? TokenOf(ReadOnlyMemory<byte> cursor) =>
        cursor.IsEmpty ? new Token(0)
        : cursor.Length is < RowKey.TokenBytes or > RowKey.TokenBytes + KeyLimits.MaximumBytes + 1 ? null
        : RowKey.TokenOf(cursor.Span);

    /// <inheritdoc/>
    public override void Begin()
    {
        if (TokenOf(_request.Cursor) is not { } token || _request.Limit is < 1 or > 1000)
        {
            Finish(new BadRequest("The cursor is not one of a scan's, or the limit is not from 1 to 1,000."));
            return;
        }

        _partition = Ring.PartitionOf(token);
        _from = _request.Cursor.IsEmpty ? RowKey.First(token) : _request.Cursor;
        _until = IsLastPartition ? ReadOnlyMemory<byte>.Empty : RowKey.First(Ring.StartOf(_partition + 1));
        _candidates = new Queue<ReplicaId>(Ring.OwnersIn(_partition, Near).Select(owner => owner.ReplicaId)
            .OrderByDescending(owner => owner == Coordinator.Environment.Self)
            .ThenByDescending(Coordinator.Environment.IsReachable));
        AskNext();
    }

    private bool IsLastPartition => _partition == Ring.Document.Partitions.Length - 1;

    /// <inheritdoc/>
    public override void Answer(ReplicaId from, ReplicaReply reply)
    {
        _waiting--;
        if (reply is ReplicaRows rows)
        {
            _pages.Add(rows.Rows);
            if (!rows.IsEnd && !rows.Rows.IsEmpty)
            {
                var last = rows.Rows[^1].RowKey;
                if (_completeTo is not { } least || last.Span.SequenceCompareTo(least.Span) < 0) _completeTo = last;
            }
        }

        if (_pages.Count >= Required) Finish(Page(Coordinator.Environment.Time.GetUtcNow()));
        else AskNext();
    }

    /// <inheritdoc/>
    public override void Late()
    {
        if (Coordinator.Now - _askedAt < Coordinator.HedgeAfterMilliseconds || _candidates.Count == 0) return;
        _extra++;
        AskNext();
    }

    /// <inheritdoc/>
    public override ClientReply TimedOut() => new RequestTimeout(_pages.Count, Required);

    private void AskNext()
    {
        while (_pages.Count + _waiting < Required + _extra && _candidates.TryDequeue(out var candidate))
        {
            _waiting++;
            _askedAt = Coordinator.Now;
            Coordinator.Ask(this, candidate, new ReplicaScan(_from, _until, _request.Limit, PageBytes));
        }

        if (_pages.Count + _waiting < Required) Finish(new NotEnoughReplicas(Required, _pages.Count + _waiting));
    }

    private ClientReply Page(DateTimeOffset now)
    {
        var rows = ImmutableArray.CreateBuilder<ScanRow>();
        var merged = Merged();
        var taken = 0;
        foreach (var (rowKey, all) in merged)
        {
            if (taken == _request.Limit) break;
            taken++;
            var record = all.Resolve(Ring.Conflicts.Of(RowKey.KeyOf(rowKey).Span));
            if (Verdict.FaultOf(Coordinator.Environment, Ring, record) is { } fault) return fault;
            if (record.IsDeletedAt(now)) continue;
            var found = Presenter.Found(Ring, RowKey.TokenOf(rowKey), record, isSloppy: false, now);
            rows.Add(new ScanRow(RowKey.KeyOf(rowKey), found));
        }

        var next = taken < merged.Count ? RowKey.After(merged.Keys.ElementAt(taken - 1))
            : _completeTo is { } last ? RowKey.After(last.Span)
            : IsLastPartition ? []
            : RowKey.First(Ring.StartOf(_partition + 1));
        return new ScanPage(rows.ToImmutable(), next);
    }

    private SortedDictionary<byte[], Record> Merged()
    {
        var merged = new SortedDictionary<byte[], Record>(Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)));
        foreach (var row in _pages.SelectMany(page => page))
        {
            if (_completeTo is { } least && row.RowKey.Span.SequenceCompareTo(least.Span) > 0) continue;
            var key = row.RowKey.ToArray();
            var record = RecordCodec.Decode(row.Record);
            merged[key] = merged.TryGetValue(key, out var other) ? Record.Merge(other, record) : record;
        }

        return merged;
    }
}
