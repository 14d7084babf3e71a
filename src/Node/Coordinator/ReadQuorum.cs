using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// The tally of one read: whom to ask next, what the answers merge to, and when they are enough.
/// </summary>
/// <remarks>
/// As many answers as the level asks of each group are enough, with three conditions. A node that is no owner counts, in the groups of its
/// data centre, only if it has a copy: that it has none means nothing. That there is no value must be said by so many owners. And the
/// merged record must have seen everything that the reader has (its floor).
/// </remarks>
internal sealed class ReadQuorum
{
    private readonly ImmutableArray<ReplicaId> _owners;
    private readonly List<ReplicaId> _candidates;
    private readonly IEnumerable<RingMember> _fallbacks;
    private readonly QuorumRequirement _requirement;
    private readonly Func<RingMember, string> _dataCenterOf;
    private readonly VersionVector _floor;
    private readonly List<ReplicaId> _asked = new(4);
    private readonly List<(ReplicaId Replica, Record? Record)> _answers = new(4);
    private readonly Dictionary<ReplicaId, string> _strangers = [];
    private bool _hasFallbacks;
    private int _extra;

    /// <summary>Nobody has been asked.</summary>
    /// <param name="owners">The owners, in the order in which to ask them.</param>
    /// <param name="fallbacks">Whom to ask when owners fail; empty for a strict read. Gone through only then.</param>
    /// <param name="requirement">What the level asks.</param>
    /// <param name="floor">What the reader has seen.</param>
    /// <param name="dataCenterOf">The data centre in which a fallback counts.</param>
    public ReadQuorum(
        ImmutableArray<ReplicaId> owners, IEnumerable<RingMember> fallbacks, QuorumRequirement requirement, VersionVector floor,
        Func<RingMember, string> dataCenterOf)
    {
        _owners = owners;
        _candidates = [.. owners];
        _fallbacks = fallbacks;
        _requirement = requirement;
        _floor = floor;
        _dataCenterOf = dataCenterOf;
    }

    /// <summary>Decides what of <see cref="Merged"/> a reader is shown.</summary>
    public ConflictPolicy Policy { get; init; }

    /// <summary>What the answers merge to; null if none has a copy.</summary>
    public Record? Merged { get; private set; }

    /// <summary>The nodes whose answers count.</summary>
    public IEnumerable<ReplicaId> Counted => _answers.Where(answer => answer.Record is not null || IsOwner(answer.Replica)).Select(answer => answer.Replica);

    /// <summary>The group that lacks most.</summary>
    public GroupCount Weakest => _requirement.Weakest(group => CountIn(group));

    /// <summary>True if somebody answered who is no owner.</summary>
    public bool IsSloppy => _answers.Exists(answer => answer.Record is not null && !IsOwner(answer.Replica));

    /// <summary>Owners whose answer lacks something of <see cref="Merged"/>.</summary>
    public IEnumerable<ReplicaId> StaleOwners => Merged is null ? [] : _answers
        .Where(answer => IsOwner(answer.Replica) && (answer.Record is null || !answer.Record.Equals(Merged)))
        .Select(answer => answer.Replica);

    /// <summary>True once nobody is left to ask who could help, or to wait for.</summary>
    public bool IsExhausted => _asked.Count == 0 && FindNext(LackingGroups()) < 0;

    /// <summary>True once the read can be answered.</summary>
    /// <param name="now">Decides what has expired.</param>
    public bool IsEnough(DateTimeOffset now) =>
        IsMet(ofOwners: false)
        && (Merged?.Vector ?? VersionVector.Empty).Descends(_floor)
        && ((Merged is not null && !Merged.Resolve(Policy).IsDeletedAt(now)) || IsMet(ofOwners: true));

    /// <summary>Whom to ask now; each is asked once.</summary>
    /// <param name="now">Decides what has expired.</param>
    public IReadOnlyList<ReplicaId> Next(DateTimeOffset now)
    {
        var next = new List<ReplicaId>();
        if (IsEnough(now)) return next;
        // Where every group has its answers and it is not enough, they are below the floor, or know no value and are not all owners. Any
        // of the others may be the one that helps, so all are asked; without that the read would wait for nobody until its deadline.
        var lacking = LackingGroups();
        while (true)
        {
            var wanted = lacking.FindAll(IsToAskFor);
            if (wanted.Count == 0 && lacking.Count > 0) return next;
            var place = FindNext(wanted);
            if (place < 0) return next;
            next.Add(_candidates[place]);
            _asked.Add(_candidates[place]);
            _candidates.RemoveAt(place);
        }
    }

    /// <summary>An answer is late: one more is asked.</summary>
    public void Hedge() => _extra++;

    /// <summary>A replica has answered.</summary>
    public void Answered(ReplicaId replica, Record? record)
    {
        if (!_asked.Remove(replica)) return;
        _answers.Add((replica, record));
        if (record is not null) Merged = Merged is null ? record : Record.Merge(Merged, record);
    }

    /// <summary>A replica cannot answer.</summary>
    public void Failed(ReplicaId replica) => _asked.Remove(replica);

    private bool IsOwner(ReplicaId replica) => _owners.Contains(replica);

    private bool IsMet(bool ofOwners)
    {
        foreach (var group in _requirement.Groups)
        {
            if (CountIn(group, ofOwners) < group.Required) return false;
        }

        return true;
    }

    /// <summary>Answers that count in a group; only those of owners if that is asked for.</summary>
    private int CountIn(QuorumGroup group, bool ofOwners = false)
    {
        var count = 0;
        foreach (var (replica, record) in _answers)
        {
            if ((IsOwner(replica) || (record is not null && !ofOwners)) && IsIn(group, replica)) count++;
        }

        return count;
    }

    private int AskedIn(QuorumGroup group)
    {
        var count = 0;
        foreach (var replica in _asked)
        {
            if (IsIn(group, replica)) count++;
        }

        return count;
    }

    private bool IsIn(QuorumGroup group, ReplicaId replica) =>
        group.Owners.Contains(replica) || (_strangers.TryGetValue(replica, out var where) && group.TakesFallbackOf(where));

    /// <summary>The groups that have not enough answers.</summary>
    private List<QuorumGroup> LackingGroups() => [.. _requirement.Groups.Where(group => CountIn(group) < group.Required)];

    private bool IsToAskFor(QuorumGroup group) => CountIn(group) + AskedIn(group) < group.Required + _extra;

    /// <summary>The first candidate that is in one of the groups, or the first of all if there are none; -1 if there is none.</summary>
    private int FindNext(List<QuorumGroup> groups)
    {
        var place = Find();
        if (place >= 0 || _hasFallbacks) return place;
        _hasFallbacks = true;
        foreach (var fallback in _fallbacks)
        {
            _candidates.Add(fallback.ReplicaId);
            _strangers.Add(fallback.ReplicaId, _dataCenterOf(fallback));
        }

        return Find();

        int Find() => _candidates.FindIndex(candidate => groups.Count == 0 || groups.Exists(group => IsIn(group, candidate)));
    }
}
