using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>A member of the Akka cluster.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Uid">Tells its actor system from those before it at that address.</param>
/// <param name="Status">As Akka has agreed on it.</param>
/// <param name="IsUnreachable">True if any observer, nobody says which, does not reach it.</param>
/// <param name="Replica">Whose it is by the ring's addresses; null if it is no member of the ring.</param>
internal sealed record AkkaMember(Address Address, int Uid, MemberStatus Status, bool IsUnreachable, ReplicaId? Replica);

/// <summary>The Akka cluster that this node is in, as it sees it at one moment, in the ring's terms. Immutable.</summary>
/// <remarks>
/// There is no such thing as the Akka cluster: after a long partition, or when a first seed was started alone, there are two, which never
/// merge by themselves. Data does not mind. Who has to give its own up is decided by how many members of the ring each holds.
/// </remarks>
internal sealed class AkkaView
{
    private readonly HashSet<(ReplicaId, int)> _systems;

    /// <summary>A view.</summary>
    /// <param name="self">This node's replica.</param>
    /// <param name="selfAddress">Where this node listens.</param>
    /// <param name="selfUid">Akka's number of this node's actor system.</param>
    /// <param name="members">All members, this node included once it is one.</param>
    public AkkaView(ReplicaId self, Address selfAddress, int selfUid, IEnumerable<AkkaMember> members)
    {
        (SelfAddress, SelfUid) = (selfAddress, selfUid);
        Members = [.. members];
        IsMember = Members.Any(member => member.Address == selfAddress && member.Uid == selfUid && IsLive(member.Status));
        Connected = IsMember
            ? [.. Members.Where(member => IsLive(member.Status) && !member.IsUnreachable).Select(member => member.Replica).OfType<ReplicaId>().Append(self).Distinct()]
            : [];
        _systems = [.. Members.Where(member => IsLive(member.Status)).Select(member => (member.Replica ?? default, member.Uid))];
    }

    /// <summary>Where this node listens.</summary>
    public Address SelfAddress { get; }

    /// <summary>Akka's number of this node's actor system.</summary>
    public int SelfUid { get; }

    /// <summary>All members, this node included once it is one.</summary>
    public ImmutableArray<AkkaMember> Members { get; }

    /// <summary>True once this node is up in it.</summary>
    public bool IsMember { get; }

    /// <summary>Members of the ring that are up in it and reachable, this node included; empty while this node is in none.</summary>
    public ImmutableArray<ReplicaId> Connected { get; }

    /// <summary>The lowest of <see cref="Connected"/>; the default where that is empty.</summary>
    public ReplicaId Lowest => Connected.IsEmpty ? default : Connected.Min();

    /// <summary>True if a member's actor system is in it.</summary>
    public bool Holds(ReplicaId replica, int uid) => _systems.Contains((replica, uid));

    /// <summary>What a node's cluster extension says now.</summary>
    public static AkkaView Of(Cluster cluster, ReplicaId self, Ring ring)
    {
        var replicas = ring.Members.ToDictionary(member => (member.Host, (int?)member.Port), member => member.ReplicaId);
        var state = cluster.State;
        return new AkkaView(self, cluster.SelfAddress, cluster.SelfUniqueAddress.Uid, state.Members.Select(member => new AkkaMember(
            member.Address, member.UniqueAddress.Uid, member.Status, state.Unreachable.Contains(member),
            replicas.TryGetValue((member.Address.Host, member.Address.Port), out var replica) ? replica : null)));
    }

    private static bool IsLive(MemberStatus status) => status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;
}
