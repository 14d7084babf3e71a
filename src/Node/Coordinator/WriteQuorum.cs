using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>The tally of one write: which owners have it on disk, and whether W still can. Counts distinct nodes.</summary>
internal sealed class WriteQuorum
{
    private readonly int _required;
    private readonly HashSet<ReplicaId> _waiting;
    private readonly HashSet<ReplicaId> _durable = [];

    /// <summary>Nobody has answered.</summary>
    public WriteQuorum(ImmutableArray<ReplicaId> owners, int required)
    {
        _waiting = [.. owners];
        _required = required;
    }

    /// <summary>How many have it.</summary>
    public int Acks => _durable.Count;

    /// <summary>True once W have it.</summary>
    public bool IsEnough => _durable.Count >= _required;

    /// <summary>True once W cannot be reached any more, whoever else answers.</summary>
    public bool IsImpossible => _durable.Count + _waiting.Count < _required;

    /// <summary>A replica has it, synced.</summary>
    public void Acknowledged(ReplicaId replica)
    {
        if (_waiting.Remove(replica)) _durable.Add(replica);
    }

    /// <summary>A replica has not, and will not.</summary>
    public void Failed(ReplicaId replica) => _waiting.Remove(replica);
}
