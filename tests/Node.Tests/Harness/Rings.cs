using System.Globalization;
using AkkaKv.Protocol;

namespace AkkaKv.Node.Tests;

/// <summary>Rings without a cluster.</summary>
internal static class Rings
{
    /// <summary>A first ring of nodes n1, n2 and so on.</summary>
    public static RingDocument Of(params ReplicaId[] replicas)
    {
        var cards = replicas.Select((replica, place) => new MemberCard(
            string.Create(CultureInfo.InvariantCulture, $"n{place + 1}"), replica.Value, "127.0.0.1", 4053 + place, "dc1", "r1", 1));
        return RingFounding.Found(cards, NodeSettings.FromHocon("akkakv { node.name = n1, cluster.partitions = 16 }").Cluster);
    }
}
