namespace AkkaKv.Node;

/// <summary>
/// Deals the partitions of one data centre out to its nodes: N distinct nodes each, on distinct racks while there are others, each node as
/// many as its target, with as little as possible moved from what was.
/// </summary>
/// <remarks>
/// What was and still may be stays. Free places go to the nodes that lack most, equals in an order that differs from partition to
/// partition, so that a node shares its keys with many others and no single one takes all its load when it fails. Where only nodes remain
/// that may not be in a partition, or have their number, chains of swaps (<see cref="SwapChain"/>) make room: such of what was just dealt
/// if there is one, because that moves nothing more, and else of anything. Invariant: no partition breaks the rule of racks at any time,
/// and each can always be completed.
/// </remarks>
internal sealed class ClaimDeal
{
    private readonly IReadOnlyList<ClaimNode> _nodes;
    private readonly int _replicas;
    private readonly int _racks;
    private readonly int[] _targets;
    private readonly List<int>[] _owners;
    private readonly List<int>[] _held;
    private readonly int[] _rackLeft;
    private readonly HashSet<(int Partition, int Node)> _kept = [];

    /// <summary>A deal of <paramref name="kept"/>, as far as it may stay. Nodes are meant by their places in <paramref name="nodes"/>.</summary>
    public ClaimDeal(IReadOnlyList<ClaimNode> nodes, int replicas, IReadOnlyList<IReadOnlyList<int>> kept)
    {
        _nodes = nodes;
        _replicas = replicas;
        _racks = nodes.Max(node => node.Rack) + 1;
        _owners = [.. kept.Select(_ => new List<int>(replicas))];
        _held = [.. nodes.Select(_ => new List<int>())];
        _rackLeft = new int[_racks];
        for (var partition = 0; partition < kept.Count; partition++)
        {
            foreach (var node in kept[partition])
            {
                if (!Fits(partition, -1, node)) continue;
                Apply(new SwapChain.Link(partition, -1, node));
                _kept.Add((partition, node));
            }
        }

        _targets = ClaimTargets.Of(nodes, kept.Count, replicas, [.. _held.Select(partitions => partitions.Count)]);
    }

    /// <summary>Deals.</summary>
    /// <returns>Per partition, places in the list of nodes, the first owner first.</returns>
    public IReadOnlyList<IReadOnlyList<int>> Run()
    {
        for (var rack = 0; rack < _racks; rack++)
            _rackLeft[rack] = Enumerable.Range(0, _nodes.Count).Where(node => _nodes[node].Rack == rack).Sum(Lacks);
        for (var partition = 0; partition < _owners.Length; partition++)
        {
            while (_owners[partition].Count < _replicas) Fill(partition);
        }

        for (var node = 0; node < _nodes.Count; node++)
        {
            while (Lacks(node) < 0 && Relieve(node))
            {
            }
        }

        new FirstOwners(_owners, [.. _held.Select(partitions => partitions.Count)]).Balance();
        return _owners;
    }

    private int Lacks(int node) => _targets[node] - _held[node].Count;

    private void Fill(int partition)
    {
        var candidates = Enumerable.Range(0, _nodes.Count).Where(node => Fits(partition, -1, node)).ToList();
        var left = _owners.Length - partition;
        var best = candidates.Where(node => Lacks(node) > 0)
            .DefaultIfEmpty(-1)
            .MaxBy(node => node < 0 ? default : (MustBeIn(node, left), (Lacks(node) - Mix(partition, _nodes[node].Place)) / _targets[node]));
        if (best >= 0)
        {
            Apply(new SwapChain.Link(partition, -1, best));
            _rackLeft[_nodes[best].Rack]--;
            return;
        }

        var chain = Chain(candidates.Select(node => new SwapChain.Link(partition, -1, node)));
        if (chain.Count == 0)
        {
            // Somebody takes one too many; that is mended when all places are filled.
            chain = [new SwapChain.Link(partition, -1, candidates.MinBy(node => (double)(_held[node].Count + 1) / _nodes[node].Weight))];
        }

        foreach (var link in chain) Apply(link);
        _rackLeft[_nodes[chain[^1].To].Rack]--;
    }

    /// <summary>True if the node, or its rack, lacks as many partitions as there are left to deal.</summary>
    private bool MustBeIn(int node, int left) => Lacks(node) >= left || (_racks >= _replicas && _rackLeft[_nodes[node].Rack] >= left);

    /// <summary>A node has too many: one goes.</summary>
    private bool Relieve(int node)
    {
        var first = Enumerable.Range(0, _nodes.Count).OrderByDescending(Lacks)
            .SelectMany(to => Swaps(node, to).Take(1).Select(partition => new SwapChain.Link(partition, node, to)));
        var chain = Chain(first);
        foreach (var link in chain) Apply(link);
        return chain.Count > 0;
    }

    private IReadOnlyList<SwapChain.Link> Chain(IEnumerable<SwapChain.Link> first)
    {
        var begin = first.ToList();
        IEnumerable<int> OfWhatWasJustDealt(int from, int to) => Swaps(from, to).Where(partition => !_kept.Contains((partition, from)));
        var free = SwapChain.Find(_nodes.Count, begin, node => Lacks(node) > 0, OfWhatWasJustDealt);
        return free.Count > 0 ? free : SwapChain.Find(_nodes.Count, begin, node => Lacks(node) > 0, Swaps);
    }

    private IEnumerable<int> Swaps(int from, int to) => _held[from].Where(partition => Fits(partition, from, to));

    /// <summary>Whether a partition may have a node, instead of another or, with -1, beside those that it has.</summary>
    private bool Fits(int partition, int instead, int node)
    {
        var owners = _owners[partition];
        if (owners.Count == _replicas && instead < 0) return false;
        var rack = _nodes[node].Rack;
        var isRackTaken = false;
        foreach (var owner in owners)
        {
            if (owner == node) return false;
            isRackTaken |= owner != instead && _nodes[owner].Rack == rack;
        }

        if (_racks >= _replicas) return !isRackTaken;
        var count = owners.Count + (instead < 0 ? 1 : 0);
        return !isRackTaken || _racks - RacksOf(owners, instead) <= _replicas - count;
    }

    private int RacksOf(List<int> owners, int without)
    {
        var count = 0;
        for (var place = 0; place < owners.Count; place++)
        {
            var isNew = owners[place] != without;
            for (var before = 0; isNew && before < place; before++)
                isNew = owners[before] == without || _nodes[owners[before]].Rack != _nodes[owners[place]].Rack;
            if (isNew) count++;
        }

        return count;
    }

    private void Apply(SwapChain.Link link)
    {
        if (link.From < 0)
        {
            _owners[link.Partition].Add(link.To);
        }
        else
        {
            _owners[link.Partition][_owners[link.Partition].IndexOf(link.From)] = link.To;
            _held[link.From].Remove(link.Partition);
        }

        _held[link.To].Add(link.Partition);
    }

    /// <summary>
    /// From 0 to below 1; looks random and is the same everywhere (the finisher of SplitMix64; Steele et al., 2014). Without it nodes of
    /// one target would be dealt side by side every time, and share all their keys.
    /// </summary>
    private static double Mix(int partition, int place)
    {
        var mixed = ((ulong)(uint)partition << 32 | (uint)place) + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
        return ((mixed ^ mixed >> 31) >> 11) * (1.0 / (1UL << 53));
    }
}
