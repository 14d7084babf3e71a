using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// Writes the ring's lists of owners: for every partition and data centre N distinct nodes, on distinct racks while that data centre has
/// others, each node in proportion to its weight, with as few moves as possible from what was. Pure and deterministic.
/// </summary>
/// <remarks>
/// Consistent hashing with random virtual nodes gives the same lists but for chance, which loads some nodes a fifth above the mean; equal
/// partitions dealt out by number are exact (Dynamo, section 6.2, strategy 3). Data centres do not touch each other: each has its own
/// targets (<see cref="ClaimTargets"/>) and its own deal (<see cref="ClaimDeal"/>).
/// </remarks>
internal static class ClaimPlanner
{
    /// <summary>N of every data centre that has members: the same for all, but for those with a number of their own.</summary>
    public static ImmutableArray<DataCenterReplicas> ReplicasOf(
        IEnumerable<RingMember> members, int replicas, IReadOnlyDictionary<string, int> byDataCenter) =>
    [
        .. Active(members).Select(member => member.DataCenter).Concat(byDataCenter.Keys).Distinct().Order(StringComparer.Ordinal)
            .Select(name => new DataCenterReplicas(name, byDataCenter.GetValueOrDefault(name, replicas))),
    ];

    /// <summary>The owners of each partition: those of the first data centre in order of preference, then those of the next, and so on.</summary>
    /// <param name="members">The ring's members, in its order; removed ones get nothing.</param>
    /// <param name="partitions">Q.</param>
    /// <param name="replicas">N of each data centre; throws <see cref="ArgumentException"/> where <see cref="PlacementFault.Of"/> finds a fault.</param>
    /// <param name="previous">The lists before, of the same Q, which are kept as far as they may; null for none.</param>
    /// <returns>Per partition, places in <paramref name="members"/>.</returns>
    public static ImmutableArray<ImmutableArray<int>> Claim(
        IReadOnlyList<RingMember> members, int partitions, ImmutableArray<DataCenterReplicas> replicas,
        IReadOnlyList<ImmutableArray<int>>? previous = null)
    {
        if (PlacementFault.Of(members, replicas) is { } fault) throw new ArgumentException(fault.Message, nameof(members));
        if (previous is not null && previous.Count != partitions)
            throw new ArgumentException($"There were {previous.Count} partitions, and there are to be {partitions}.", nameof(previous));
        var owners = new ImmutableArray<int>.Builder[partitions];
        for (var partition = 0; partition < partitions; partition++) owners[partition] = ImmutableArray.CreateBuilder<int>();
        foreach (var dataCenter in replicas)
        {
            var nodes = NodesOf(members, dataCenter.Name);
            var placeOf = new Dictionary<int, int>();
            for (var node = 0; node < nodes.Count; node++) placeOf[nodes[node].Place] = node;
            IReadOnlyList<int> Kept(int partition) => previous is null
                ? []
                : [.. previous[partition].Where(placeOf.ContainsKey).Select(place => placeOf[place])];

            var dealt = new ClaimDeal(nodes, dataCenter.Replicas, [.. Enumerable.Range(0, partitions).Select(Kept)]).Run();
            for (var partition = 0; partition < partitions; partition++)
                owners[partition].AddRange(dealt[partition].Select(node => nodes[node].Place));
        }

        return [.. owners.Select(list => list.ToImmutable())];
    }

    private static IEnumerable<RingMember> Active(IEnumerable<RingMember> members) =>
        members.Where(member => member.State == RingMemberState.Member);

    private static List<ClaimNode> NodesOf(IReadOnlyList<RingMember> members, string dataCenter)
    {
        var racks = Active(members).Where(member => member.DataCenter == dataCenter)
            .Select(member => member.Rack).Distinct().Order(StringComparer.Ordinal).ToList();
        return
        [
            .. Enumerable.Range(0, members.Count)
                .Where(place => members[place].State == RingMemberState.Member && members[place].DataCenter == dataCenter)
                .Select(place => new ClaimNode(place, racks.IndexOf(members[place].Rack), members[place].Weight)),
        ];
    }
}
