using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// The tally of one read: whom to ask next, what the answers merge to, and when they are enough.
/// </summary>
/// <remarks>
/// R answers are enough, with three conditions. A node that is no owner counts only if it has a copy: that it has none means nothing. That
/// there is no value must be said by R owners. And the merged record must have seen everything that the reader has (its floor).
/// </remarks>
internal sealed class ReadQuorum
{
    private readonly ImmutableArray<ReplicaId> _owners;
    private readonly Queue<ReplicaId> _candidates;
    private readonly int _required;
    private readonly VersionVector _floor;
    private readonly HashSet<ReplicaId> _asked = [];
    private readonly Dictionary<ReplicaId, Record?> _answers = [];
    private int _extra;

    /// <summary>Nobody has been asked.</summary>
    /// <param name="owners">The owners, in the order in which to ask them.</param>
    /// <param name="fallbacks">Whom to ask when owners fail; empty for a strict read.</param>
    /// <param name="required">R.</param>
    /// <param name="floor">What the reader has seen.</param>
    public ReadQuorum(ImmutableArray<ReplicaId> owners, IEnumerable<ReplicaId> fallbacks, int required, VersionVector floor)
    {
        _owners = owners;
        _candidates = new Queue<ReplicaId>(owners.Concat(fallbacks));
        _required = required;
        _floor = floor;
    }

    /// <summary>Decides what of <see cref="Merged"/> a reader is shown.</summary>
    public ConflictPolicy Policy { get; init; }

    /// <summary>What the answers merge to; null if none has a copy.</summary>
    public Record? Merged { get; private set; }

    /// <summary>Answers that count.</summary>
    public int Count => _answers.Count(answer => answer.Value is not null || IsOwner(answer.Key));

    /// <summary>True if somebody answered who is no owner.</summary>
    public bool IsSloppy => _answers.Any(answer => answer.Value is not null && !IsOwner(answer.Key));

    /// <summary>Owners whose answer lacks something of <see cref="Merged"/>.</summary>
    public IEnumerable<ReplicaId> StaleOwners => Merged is null ? [] : _answers
        .Where(answer => IsOwner(answer.Key) && (answer.Value is null || !answer.Value.Equals(Merged)))
        .Select(answer => answer.Key);

    /// <summary>True once the read can be answered.</summary>
    /// <param name="now">Decides what has expired.</param>
    public bool IsEnough(DateTimeOffset now) =>
        Count >= _required
        && (Merged?.Vector ?? VersionVector.Empty).Descends(_floor)
        && ((Merged is not null && !Merged.Resolve(Policy).IsDeletedAt(now)) || _answers.Keys.Count(IsOwner) >= _required);

    /// <summary>True once nobody is left to ask or to wait for.</summary>
    public bool IsExhausted => _candidates.Count == 0 && _asked.Count == 0;

    /// <summary>Whom to ask now; each is asked once.</summary>
    /// <param name="now">Decides what has expired.</param>
    public IReadOnlyList<ReplicaId> Next(DateTimeOffset now)
    {
        // R have answered and it is not enough: they are below the floor, or know no value and are not all owners. Any of the others may be
        // the one that helps, so all are asked; without that the read would wait for nobody until its deadline.
        var wanted = Count >= _required && !IsEnough(now) ? int.MaxValue : _required + _extra;
        var next = new List<ReplicaId>();
        while (Count + _asked.Count < wanted && _candidates.TryDequeue(out var candidate))
        {
            _asked.Add(candidate);
            next.Add(candidate);
        }

        return next;
    }

    /// <summary>An answer is late: one more is asked.</summary>
    public void Hedge() => _extra++;

    /// <summary>A replica has answered.</summary>
    public void Answered(ReplicaId replica, Record? record)
    {
        if (!_asked.Remove(replica)) return;
        _answers[replica] = record;
        if (record is not null) Merged = Merged is null ? record : Record.Merge(Merged, record);
    }

    /// <summary>A replica cannot answer.</summary>
    public void Failed(ReplicaId replica) => _asked.Remove(replica);

    private bool IsOwner(ReplicaId replica) => _owners.Contains(replica);
}
