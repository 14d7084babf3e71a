namespace AkkaKv.Node;

/// <summary>
/// Chooses the first owner of each partition, who orders its writes in healthy times, so that every node is the first of its part of what
/// it owns. No data moves by it; as few firsts change as possible.
/// </summary>
internal sealed class FirstOwners
{
    private readonly List<int>[] _owners;
    private readonly List<int>[] _firsts;
    private readonly int[] _targets;

    /// <summary>Of partitions with their owners; the first in each list is the first owner now.</summary>
    public FirstOwners(List<int>[] owners, int[] loads)
    {
        _owners = owners;
        _firsts = [.. loads.Select(_ => new List<int>())];
        for (var partition = 0; partition < owners.Length; partition++) _firsts[owners[partition][0]].Add(partition);

        // Whole numbers beside load / N: all downward, then the greatest remainders upward, those first who are it more often now.
        var replicas = owners[0].Count;
        _targets = [.. loads.Select(load => load / replicas)];
        var missing = owners.Length - _targets.Sum();
        foreach (var node in Enumerable.Range(0, loads.Length).OrderByDescending(node => loads[node] % replicas)
            .ThenByDescending(node => _firsts[node].Count - _targets[node]).Take(missing))
        {
            _targets[node]++;
        }
    }

    /// <summary>Puts the chosen ones to the front of the lists.</summary>
    public void Balance()
    {
        for (var node = 0; node < _firsts.Length; node++)
        {
            while (_firsts[node].Count > _targets[node] && Relieve(node))
            {
            }
        }
    }

    private bool Relieve(int node)
    {
        var first = Enumerable.Range(0, _firsts.Length)
            .SelectMany(to => Swaps(node, to).Take(1).Select(partition => new SwapChain.Link(partition, node, to)));
        var chain = SwapChain.Find(_firsts.Length, first, to => _firsts[to].Count < _targets[to], Swaps);
        foreach (var link in chain)
        {
            var owners = _owners[link.Partition];
            owners.Remove(link.To);
            owners.Insert(0, link.To);
            _firsts[link.From].Remove(link.Partition);
            _firsts[link.To].Add(link.Partition);
        }

        return chain.Count > 0;
    }

    private IEnumerable<int> Swaps(int from, int to) =>
        from == to ? [] : _firsts[from].Where(partition => _owners[partition].Contains(to));
}
