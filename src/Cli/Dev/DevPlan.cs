using System.Globalization;
using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>A whole local cluster before anything of it runs: n1, n2 and so on, on ports that follow each other.</summary>
internal sealed record DevPlan
{
    public const int NodesLimit = 32;
    public const int PortLimit = 65535;

    private const int ReplicasWanted = 3;

    private DevPlan(string folder, IReadOnlyList<NodePlan> nodes)
    {
        Folder = folder;
        Nodes = nodes;
    }

    public string Folder { get; }

    public IReadOnlyList<NodePlan> Nodes { get; }

    /// <summary>What the nodes print when they run inside one process.</summary>
    public string LogPath => Path.Combine(Folder, "dev.log");

    private int Replicas => Math.Min(ReplicasWanted, Nodes.Count);

    private int Quorum => (Replicas / 2) + 1;

    /// <exception cref="CliException">The ports do not fit.</exception>
    public static DevPlan Create(string folder, int nodes, int httpPort, int remotePort)
    {
        var lastPort = Math.Max(httpPort, remotePort) + nodes - 1;
        if (lastPort > PortLimit)
            throw CliException.Usage($"{nodes} nodes need ports up to {lastPort}; the last one there is is {PortLimit}.");
        if (Math.Abs(httpPort - remotePort) < nodes)
        {
            throw CliException.Usage(
                $"With {nodes} nodes, the ports from {httpPort} and from {remotePort} overlap.",
                "Choose --http-port and --remote-port further apart.");
        }

        var root = Path.GetFullPath(folder);
        var plans = Enumerable.Range(0, nodes)
            .Select(index => NodeAt(root, index + 1) with { HttpPort = httpPort + index, RemotePort = remotePort + index });
        return new DevPlan(root, [.. plans]);
    }

    /// <summary>How many nodes an earlier run has left in the folder; 0 if it is new.</summary>
    public int CountNodesOnDisk() =>
        Enumerable.Range(1, NodesLimit).TakeWhile(index => Directory.Exists(NodeAt(Folder, index).DataDirectory)).Count();

    /// <summary>The node's own configuration file, complete for <c>akkakv node --config</c>.</summary>
    public string ConfigOf(NodePlan node) =>
        $$"""
        # Node {{node.Name}} of the local cluster in {{Folder}}.
        # `akkakv dev` writes this file anew at each start. By hand: akkakv node --config {{node.ConfigPath}}
        akkakv {
          node {
            name = {{Quote(node.Name)}}
            data-directory = {{Quote(node.DataDirectory)}}
          }
          remote.port = {{node.RemotePort}}
          http.port = {{node.HttpPort}}
          cluster {
            seed-nodes = [{{string.Join(", ", Nodes.Select(other => Quote(other.SeedAddress)))}}]
            expect = {{Nodes.Count}}
            replicas = {{Replicas}}
            write-quorum = {{Quorum}}
            read-quorum = {{Quorum}}
          }
        }

        """;

    private static NodePlan NodeAt(string root, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"n{number}");
        return new NodePlan(name, Path.Combine(root, name), HttpPort: 0, RemotePort: 0);
    }

    // A HOCON string in quotes is a JSON string.
    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
