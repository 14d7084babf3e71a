using System.Collections.Immutable;
using System.Security.Cryptography;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Writes the first ring, of the nodes that are there.</summary>
internal static class RingFounding
{
    /// <summary>A ring of epoch 1 with a new cluster id.</summary>
    /// <param name="cards">The nodes, in any order; distinct names and replica ids.</param>
    /// <param name="settings">Q, N, W and R; throws <see cref="ArgumentException"/> where <see cref="FaultOf"/> finds a fault.</param>
    public static RingDocument Found(IEnumerable<MemberCard> cards, ClusterSettings settings)
    {
        var members = MembersOf(cards);
        var replicas = ReplicasOf(members, settings);
        return new RingDocument
        {
            ClusterId = Guid.NewGuid(),
            Epoch = 1,
            Members = members,
            Partitions = [.. ClaimPlanner.Claim(members, settings.Partitions, replicas).Select(owners => new Partition(owners, 1))],
            Replicas = replicas.Sum(dataCenter => dataCenter.Replicas),
            // A ring of one data centre is written as it always was.
            DataCenters = replicas.Length > 1 ? replicas : [],
            WriteQuorum = settings.WriteQuorum,
            ReadQuorum = settings.ReadQuorum,
            ContextKey = [.. RandomNumberGenerator.GetBytes(32)],
            ConflictRules = settings.ConflictRules,
        };
    }

    /// <summary>Why these nodes cannot hold the replicas that are asked for; null if they can.</summary>
    public static PlacementFault? FaultOf(IEnumerable<MemberCard> cards, ClusterSettings settings)
    {
        var members = MembersOf(cards);
        return PlacementFault.Of(members, ReplicasOf(members, settings));
    }

    /// <summary>What an operator should know of where these nodes stand.</summary>
    public static IEnumerable<PlacementFault> WarningsOf(RingDocument ring, ClusterSettings settings) =>
        PlacementFault.WarningsOf(ring.Members, ReplicasOf(ring.Members, settings));

    private static ImmutableArray<DataCenterReplicas> ReplicasOf(ImmutableArray<RingMember> members, ClusterSettings settings) =>
        ClaimPlanner.ReplicasOf(members, settings.Replicas, settings.ReplicasByDataCenter);

    private static ImmutableArray<RingMember> MembersOf(IEnumerable<MemberCard> cards) =>
    [
        .. cards.OrderBy(card => card.Name, StringComparer.Ordinal).Select(card => new RingMember(
            card.Name, new ReplicaId(card.Replica), card.Host, card.Port, card.DataCenter, card.Rack, card.Weight,
            RingMemberState.Member)),
    ];
}
