namespace AkkaKv.Node;

/// <summary>One node of a data centre, as claims see it.</summary>
/// <param name="Place">Its place in the ring's list of members.</param>
/// <param name="Rack">Its rack, numbered from 0 within the data centre.</param>
/// <param name="Weight">Its share relative to the others', from 1.</param>
internal readonly record struct ClaimNode(int Place, int Rack, int Weight);

/// <summary>
/// How many partitions each node of one data centre is to own: in proportion to weight, as far as a node owns a partition once and racks
/// allow it.
/// </summary>
/// <remarks>
/// Partitions are given away one by one to the node that is then loaded least for its weight (D'Hondt's rule), which makes the greatest
/// load per weight as small as whole partitions can make it; the bounds on racks leave that true, because they bound disjoint groups of
/// nodes. With N racks or more, a rack is in a partition at most once, so it owns at most Q; with fewer, at least once, so at least Q.
/// Every such set of numbers can be dealt out exactly: give each partition t/Q of each node, and a flow with whole bounds has a whole
/// solution.
/// </remarks>
internal static class ClaimTargets
{
    /// <summary>The number of each node; they add up to Q times N.</summary>
    /// <param name="nodes">At least <paramref name="replicas"/> of them.</param>
    /// <param name="partitions">Q.</param>
    /// <param name="replicas">N.</param>
    /// <param name="held">What each has now; between equals, the one that has more keeps it.</param>
    public static int[] Of(IReadOnlyList<ClaimNode> nodes, int partitions, int replicas, IReadOnlyList<int> held)
    {
        var targets = new int[nodes.Count];
        var rackLoads = new int[nodes.Max(node => node.Rack) + 1];
        var isRackDistinct = rackLoads.Length >= replicas;
        var left = partitions * replicas;
        if (!isRackDistinct)
        {
            for (var rack = 0; rack < rackLoads.Length; rack++)
                left -= Give(Enumerable.Range(0, nodes.Count).Where(node => nodes[node].Rack == rack), partitions);
        }

        Give(Enumerable.Range(0, nodes.Count), left);
        return targets;

        int Give(IEnumerable<int> among, int count)
        {
            var queue = new PriorityQueue<int, Next>();
            foreach (var node in among) Offer(queue, node);
            var given = 0;
            while (given < count)
            {
                var node = queue.Dequeue();
                if (isRackDistinct && rackLoads[nodes[node].Rack] == partitions) continue;
                targets[node]++;
                rackLoads[nodes[node].Rack]++;
                given++;
                Offer(queue, node);
            }

            return given;
        }

        void Offer(PriorityQueue<int, Next> queue, int node)
        {
            if (targets[node] < partitions)
                queue.Enqueue(node, new Next(targets[node] + 1, nodes[node].Weight, targets[node] < held[node] ? 0 : 1, node));
        }
    }

    /// <summary>A node with one partition more; the least comes first.</summary>
    private readonly record struct Next(int Load, int Weight, int IsGain, int Node) : IComparable<Next>
    {
        public int CompareTo(Next other)
        {
            var byLoad = ((long)Load * other.Weight).CompareTo((long)other.Load * Weight);
            return byLoad != 0 ? byLoad : IsGain != other.IsGain ? IsGain - other.IsGain : Node.CompareTo(other.Node);
        }
    }
}
