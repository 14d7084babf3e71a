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
    private readonly ImmutableArray<ReplicaId> _owners;
    private readonly QuorumRequirement _requirement;

    /// <summary>For the place of each owner whether somebody may still fill it, and the node that does.</summary>
    private readonly bool[] _isWaiting;
    private readonly ReplicaId?[] _durable;

    /// <summary>Nobody has answered.</summary>
    public WriteQuorum(ImmutableArray<ReplicaId> owners, QuorumRequirement requirement)
    {
        _owners = owners;
        _requirement = requirement;
        _durable = new ReplicaId?[owners.Length];
        _isWaiting = new bool[owners.Length];
        Array.Fill(_isWaiting, true);
    }

    /// <summary>The nodes that have it and count.</summary>
    public IEnumerable<ReplicaId> Durable => _durable.OfType<ReplicaId>();

    /// <summary>True once every group has enough.</summary>
    public bool IsEnough
    {
        get
        {
            foreach (var group in _requirement.Groups)
            {
                if (CountIn(group) < group.Required) return false;
            }

            return true;
        }
    }

    /// <summary>True once a group cannot have enough any more, whoever else answers.</summary>
    public bool IsImpossible
    {
        get
        {
            foreach (var group in _requirement.Groups)
            {
                if (CountIn(group, orWaiting: true) < group.Required) return true;
            }

            return false;
        }
    }

    /// <summary>The group that lacks most.</summary>
    public GroupCount Weakest => _requirement.Weakest(group => CountIn(group));

    /// <summary>An owner has it, synced.</summary>
    public void Acknowledged(ReplicaId owner) => Fill(owner, owner);

    /// <summary>A node that is no owner has it, synced, with a hint for an owner that has not.</summary>
    public void Acknowledged(ReplicaId fallback, ReplicaId owner)
    {
        if (!_durable.AsSpan().Contains(fallback)) Fill(owner, fallback);
    }

    /// <summary>An owner has not, and will not, nor anybody for it.</summary>
    public void Failed(ReplicaId owner)
    {
        if (_owners.IndexOf(owner) is var place and >= 0) _isWaiting[place] = false;
    }

    private void Fill(ReplicaId owner, ReplicaId node)
    {
        if (_owners.IndexOf(owner) is not (var place and >= 0) || !_isWaiting[place]) return;
        _isWaiting[place] = false;
        _durable[place] = node;
    }

    private int CountIn(QuorumGroup group, bool orWaiting = false)
    {
        var count = 0;
        foreach (var owner in group.Owners)
        {
            if (_owners.IndexOf(owner) is var place and >= 0 && (_durable[place] is not null || (orWaiting && _isWaiting[place]))) count++;
        }

        return count;
    }
}
