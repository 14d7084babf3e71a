using System.Security.Cryptography;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Writes the first ring, of the nodes that are there.</summary>
internal static class RingFounding
{
    /// <summary>A ring of epoch 1 with a new cluster id.</summary>
    /// <param name="cards">The nodes, in any order; distinct names and replica ids.</param>
    /// <param name="settings">Q, N, W and R.</param>
    public static RingDocument Found(IEnumerable<MemberCard> cards, ClusterSettings settings)
    {
        var members = cards.OrderBy(card => card.Name, StringComparer.Ordinal).Select(card => new RingMember(
            card.Name, new ReplicaId(card.Replica), card.Host, card.Port, card.DataCenter, card.Rack, card.Weight,
            RingMemberState.Member)).ToList();
        return new RingDocument
        {
            ClusterId = Guid.NewGuid(),
            Epoch = 1,
            Members = [.. members],
            Partitions = [.. ClaimPlanner.Claim(members, settings.Partitions, settings.Replicas).Select(owners => new Partition(owners, 1))],
            Replicas = settings.Replicas,
            WriteQuorum = settings.WriteQuorum,
            ReadQuorum = settings.ReadQuorum,
            ContextKey = [.. RandomNumberGenerator.GetBytes(32)],
            ConflictRules = settings.ConflictRules,
        };
    }
}
