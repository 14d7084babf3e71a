namespace AkkaKv.Node;

/// <summary>
/// The shortest chain of swaps by which a node that has too much passes one on to a node that has too little: an augmenting path, searched
/// breadth first (Edmonds and Karp, 1972).
/// </summary>
/// <remarks>
/// Each link stands for "in this partition, put that node for this one". A partition is in a chain once, so the links do not disturb each
/// other, and what is short moves little data.
/// </remarks>
internal static class SwapChain
{
    /// <summary>One swap; <paramref name="From"/> is -1 where a free place is filled.</summary>
    public readonly record struct Link(int Partition, int From, int To);

    /// <summary>Finds a chain.</summary>
    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="first">The links that may begin it.</param>
    /// <param name="hasRoom">Whether a node may end it.</param>
    /// <param name="swaps">The partitions in which a node (first argument) may be replaced by another (second).</param>
    /// <returns>The links from the beginning to the end; empty if there is no chain.</returns>
    public static IReadOnlyList<Link> Find(
        int nodes, IEnumerable<Link> first, Func<int, bool> hasRoom, Func<int, int, IEnumerable<int>> swaps)
    {
        var reachedBy = new Link?[nodes];
        var frontier = new Queue<int>();
        var origin = -1;
        foreach (var link in first)
        {
            origin = link.From;
            if (reachedBy[link.To] is not null || link.To == link.From) continue;
            reachedBy[link.To] = link;
            if (hasRoom(link.To)) return [link];
            frontier.Enqueue(link.To);
        }

        while (frontier.TryDequeue(out var from))
        {
            var used = ChainTo(from).Select(link => link.Partition).ToHashSet();
            for (var to = 0; to < nodes; to++)
            {
                if (to == origin || reachedBy[to] is not null) continue;
                var partition = swaps(from, to).Where(partition => !used.Contains(partition)).DefaultIfEmpty(-1).First();
                if (partition < 0) continue;
                reachedBy[to] = new Link(partition, from, to);
                if (hasRoom(to)) return ChainTo(to);
                frontier.Enqueue(to);
            }
        }

        return [];

        List<Link> ChainTo(int node)
        {
            var chain = new List<Link>();
            while (node != origin && node >= 0 && reachedBy[node] is { } link)
            {
                chain.Add(link);
                node = link.From;
            }

            chain.Reverse();
            return chain;
        }
    }
}
