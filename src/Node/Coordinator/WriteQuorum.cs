using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// The tally of one write: which nodes have it on disk, and whether what the level asks can still be met. Counts distinct nodes.
/// </summary>
/// <remarks>
/// A node that holds the write for an owner (a fallback with a hint) counts in that owner's place: a place counts once, whoever fills it,
/// and a node fills one place, for however many owners it holds the write.
/// </remarks>
internal sealed class WriteQuorum
{
    private readonly QuorumRequirement _requirement;
    private readonly HashSet<ReplicaId> _waiting;

    /// <summary>Owner's place to the node that fills it.</summary>
    private readonly Dictionary<ReplicaId, ReplicaId> _durable = [];

    /// <summary>Nobody has answered.</summary>
    public WriteQuorum(ImmutableArray<ReplicaId> owners, QuorumRequirement requirement)
    {
        _waiting = [.. owners];
        _requirement = requirement;
    }

    /// <summary>The nodes that have it and count.</summary>
    public IEnumerable<ReplicaId> Durable => _durable.Values;

    /// <summary>True once every group has enough.</summary>
    public bool IsEnough => _requirement.Groups.All(group => CountIn(group) >= group.Required);

    /// <summary>True once a group cannot have enough any more, whoever else answers.</summary>
    public bool IsImpossible => _requirement.Groups.Any(group => CountIn(group) + group.Owners.Count(_waiting.Contains) < group.Required);

    /// <summary>The group that lacks most.</summary>
    public GroupCount Weakest => _requirement.Weakest(CountIn);

    /// <summary>An owner has it, synced.</summary>
    public void Acknowledged(ReplicaId owner)
    {
        if (_waiting.Remove(owner)) _durable[owner] = owner;
    }

    /// <summary>A node that is no owner has it, synced, with a hint for an owner that has not.</summary>
    public void Acknowledged(ReplicaId fallback, ReplicaId owner)
    {
        if (!_waiting.Contains(owner) || _durable.ContainsValue(fallback)) return;
        _waiting.Remove(owner);
        _durable[owner] = fallback;
    }

    /// <summary>An owner has not, and will not, nor anybody for it.</summary>
    public void Failed(ReplicaId owner) => _waiting.Remove(owner);

    private int CountIn(QuorumGroup group) => group.Owners.Count(_durable.ContainsKey);
}
