using System.Collections.Immutable;
using System.Globalization;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>What stands in the way of placing replicas on the nodes at hand, with the next step.</summary>
internal abstract record PlacementFault(string DataCenter)
{
    /// <summary>What is wrong and what to do, in a sentence or two.</summary>
    public abstract string Message { get; }

    /// <summary>The first thing that makes a placement impossible; null if there is none.</summary>
    /// <param name="members">The nodes; only those in the state of a member count.</param>
    /// <param name="replicas">N of each data centre.</param>
    public static PlacementFault? Of(IEnumerable<RingMember> members, ImmutableArray<DataCenterReplicas> replicas)
    {
        var nodes = Nodes(members);
        if (nodes.Keys.FirstOrDefault(name => replicas.All(wished => wished.Name != name)) is { } stranger) return new DataCenterWithoutReplicas(stranger);
        var lacking = replicas.FirstOrDefault(wished => nodes.GetValueOrDefault(wished.Name).Nodes < wished.Replicas);
        return lacking is null ? null : new TooFewNodes(lacking.Name, nodes.GetValueOrDefault(lacking.Name).Nodes, lacking.Replicas);
    }

    /// <summary>The data centres whose racks are named and are fewer than their replicas: losing one rack loses several copies.</summary>
    public static IEnumerable<TooFewRacks> WarningsOf(IEnumerable<RingMember> members, ImmutableArray<DataCenterReplicas> replicas)
    {
        var nodes = Nodes(members);
        return from wished in replicas
               let racks = nodes.GetValueOrDefault(wished.Name).Racks
               where racks > 1 && racks < wished.Replicas
               select new TooFewRacks(wished.Name, racks, wished.Replicas);
    }

    /// <summary>Numbers are printed alike everywhere.</summary>
    protected static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static SortedDictionary<string, (int Nodes, int Racks)> Nodes(IEnumerable<RingMember> members) => new(
        members.Where(member => member.State == RingMemberState.Member).GroupBy(member => member.DataCenter).ToDictionary(
            group => group.Key, group => (group.Count(), group.Select(member => member.Rack).Distinct().Count())),
        StringComparer.Ordinal);
}

/// <summary>A data centre has fewer nodes than its partitions need owners.</summary>
internal sealed record TooFewNodes(string DataCenter, int Nodes, int Replicas) : PlacementFault(DataCenter)
{
    /// <inheritdoc/>
    public override string Message => Text(
        $"Data centre '{DataCenter}' has {Nodes} nodes for {Replicas} replicas. Add nodes there (akkakv.node.data-center), or ask for fewer replicas (akkakv.cluster.replicas, replicas-by-data-center).");
}

/// <summary>Nodes stand in a data centre that is to hold no replicas.</summary>
internal sealed record DataCenterWithoutReplicas(string DataCenter) : PlacementFault(DataCenter)
{
    /// <inheritdoc/>
    public override string Message => Text(
        $"Nodes stand in data centre '{DataCenter}', for which no replicas are asked. Correct akkakv.node.data-center, or give it replicas (akkakv.cluster.replicas-by-data-center).");
}

/// <summary>A data centre has fewer racks than replicas. Possible; some rack then holds several copies of a key.</summary>
internal sealed record TooFewRacks(string DataCenter, int Racks, int Replicas) : PlacementFault(DataCenter)
{
    /// <inheritdoc/>
    public override string Message => Text(
        $"Data centre '{DataCenter}' has {Racks} racks for {Replicas} replicas: a rack that fails takes several copies of some keys with it. Use {Replicas} racks (akkakv.node.rack).");
}
