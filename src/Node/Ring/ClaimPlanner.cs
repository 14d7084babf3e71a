using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// Deals out partitions: each one's first owner by turns in proportion to weight, the further ones by the clockwise walk of consistent
/// hashing over the first owners, passing over nodes and, while there are others, racks that have it already. Pure and deterministic.
/// </summary>
/// <remarks>
/// Dealing by turns (smooth weighted round robin) instead of hashing the nodes makes every share exact to one partition, which random
/// virtual nodes do not (Dynamo, section 6.2, strategy 3).
/// </remarks>
internal static class ClaimPlanner
{
    /// <summary>The owners of each partition in a ring that nobody owned before.</summary>
    /// <param name="members">The nodes, in an order that is the same for every caller.</param>
    /// <param name="partitions">Q.</param>
    /// <param name="replicas">N, at most the number of members.</param>
    /// <returns>Per partition, places in <paramref name="members"/>.</returns>
    public static ImmutableArray<ImmutableArray<int>> Claim(IReadOnlyList<RingMember> members, int partitions, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicas, members.Count);
        var first = FirstOwners(members, partitions);
        return [.. Enumerable.Range(0, partitions).Select(partition => Walk(members, first, partition, replicas))];
    }

    private static int[] FirstOwners(IReadOnlyList<RingMember> members, int partitions)
    {
        var total = members.Sum(member => member.Weight);
        var credit = new int[members.Count];
        var owners = new int[partitions];
        for (var partition = 0; partition < partitions; partition++)
        {
            for (var place = 0; place < credit.Length; place++) credit[place] += members[place].Weight;
            var next = Array.IndexOf(credit, credit.Max());
            credit[next] -= total;
            owners[partition] = next;
        }

        return owners;
    }

    private static ImmutableArray<int> Walk(IReadOnlyList<RingMember> members, int[] first, int partition, int replicas)
    {
        var clockwise = Enumerable.Range(0, first.Length).Select(step => first[(partition + step) % first.Length])
            .Concat(Enumerable.Range(0, members.Count))
            .Distinct();
        var owners = ImmutableArray.CreateBuilder<int>(replicas);
        var passedOver = new Queue<int>();
        var racks = new HashSet<(string, string)>();
        foreach (var place in clockwise)
        {
            if (owners.Count == replicas) break;
            if (racks.Add((members[place].DataCenter, members[place].Rack))) owners.Add(place);
            else passedOver.Enqueue(place);
        }

        while (owners.Count < replicas) owners.Add(passedOver.Dequeue());
        return owners.MoveToImmutable();
    }
}
