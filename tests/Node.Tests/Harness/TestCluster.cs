using System.Text.Json;

namespace AkkaKv.Node.Tests;

/// <summary>Whole nodes in this process, in temporary directories, on loopback ports that stay theirs.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();

    /// <summary>Nodes n1, n2 and so on, not started.</summary>
    public TestCluster(int nodes = 3, string hocon = "")
        : this([.. Enumerable.Range(1, nodes).Select(number => $"n{number}")], hocon)
    {
    }

    /// <summary>Nodes with names, not started.</summary>
    public TestCluster(IReadOnlyList<string> names, string hocon = "")
    {
        var ports = names.Select(_ => LoopbackPorts.Reserve()).ToList();
        Nodes = [.. names.Zip(ports, (name, port) => new TestNode(name, _directory[name], port, ports, hocon))];
    }

    public IReadOnlyList<TestNode> Nodes { get; }

    public TestNode this[int place] => Nodes[place];

    public KvHttp Http => Nodes[0].Http;

    /// <summary>A cluster with a ring, whose nodes all reach each other.</summary>
    public static async Task<TestCluster> StartAsync(int nodes = 3, string hocon = "")
    {
        var cluster = new TestCluster(nodes, hocon);
        await cluster.StartAllAsync();
        return cluster;
    }

    /// <summary>A directory beside those of the nodes.</summary>
    public string Directory(string name) => _directory[name];

    public async Task StartAllAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.StartAsync()));
        await ConnectedAsync();
    }

    /// <summary>Waits until every node has a ring and an open lane to every other.</summary>
    public async Task ConnectedAsync()
    {
        foreach (var node in Nodes) await node.ServesAsync();
        foreach (var node in Nodes)
            await Eventually.HoldsAsync(async () => (await UpAsync(node)) == Nodes.Count, $"{node.Name} reaches all {Nodes.Count} nodes");
    }

    public Task StopAllAsync() => Task.WhenAll(Nodes.Select(node => node.StopAsync()));

    public static async Task<JsonElement> StatusAsync(TestNode node) => (await node.Http.GetAsync("/cluster/status")).Json;

    public static async Task<string> ClusterIdAsync(TestNode node) => (await StatusAsync(node)).GetProperty("clusterId").GetString()!;

    /// <summary>How many members a node reaches, itself included.</summary>
    public static async Task<int> UpAsync(TestNode node) =>
        (await StatusAsync(node)).GetProperty("members").EnumerateArray().Count(member => member.GetProperty("state").GetString() == "up");

    public async ValueTask DisposeAsync()
    {
        await StopAllAsync();
        _directory.Dispose();
    }
}
