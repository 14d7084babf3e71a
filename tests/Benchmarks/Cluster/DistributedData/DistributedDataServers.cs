using System.Globalization;

namespace AkkaKv.Benchmarks;

/// <summary>Three processes of this program, each a node of an Akka.Cluster with DistributedData, in memory.</summary>
internal sealed class DistributedDataServers : ServerGroup
{
    /// <summary>The word on the command line that makes a process such a node.</summary>
    public const string Verb = "distributed-data-node";

    /// <summary>What a node says when all are there.</summary>
    public const string Ready = "serves";

    public const int Nodes = 3;

    private readonly int[] _ports = FreePorts(Nodes);

    private DistributedDataServers()
    {
    }

    public IReadOnlyList<string> Doors =>
        [.. _ports.Select(port => string.Create(
            CultureInfo.InvariantCulture, $"akka.tcp://{DistributedDataNode.SystemName}@127.0.0.1:{port}/user/{DistributedDataNode.DoorName}"))];

    public static Task<ServerGroup> StartAsync(string folder, CancellationToken stop)
    {
        var group = new DistributedDataServers();
        return StartedAsync(group, () => group.StartNodesAsync(folder, stop));
    }

    private async Task StartNodesAsync(string folder, CancellationToken stop)
    {
        var nodes = _ports.Select(port => StartNode(folder, port)).ToList();
        foreach (var node in nodes)
            await node.WaitForLineAsync(Ready, StartLimit, stop);
    }

    private ServerProcess StartNode(string folder, int port)
    {
        var process = ServerProcess.Start(
            string.Create(CultureInfo.InvariantCulture, $"node at {port}"),
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            Path.Combine(folder, port.ToString(CultureInfo.InvariantCulture)),
            [
                Path.Combine(AppContext.BaseDirectory, "AkkaKv.Benchmarks.dll"),
                Verb,
                .. new[] { port, _ports[0] }.Select(one => one.ToString(CultureInfo.InvariantCulture)),
            ]);
        Add(process);
        return process;
    }
}
