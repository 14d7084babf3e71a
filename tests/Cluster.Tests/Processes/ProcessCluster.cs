using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AkkaKv.Cluster.Tests;

/// <summary>Three nodes, each a process of its own, on free ports of the loopback interface and a temporary folder.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("akkakv-").FullName;
    private readonly int[] _httpPorts = FreePorts(3);
    private readonly int[] _akkaPorts = FreePorts(3);
    private readonly AkkaKvProcess?[] _nodes = new AkkaKvProcess?[3];

    /// <summary>The servers as the command line takes them.</summary>
    public IEnumerable<string> ServerOptions => _httpPorts.SelectMany(port => new[] { "--server", $"http://127.0.0.1:{Text(port)}" });

    /// <summary>The Akka ports as the client takes them.</summary>
    public string[] Contacts => [.. _akkaPorts.Select(port => $"127.0.0.1:{Text(port)}")];

    /// <summary>The URL of a path at a node's HTTP door.</summary>
    public Uri HttpOf(int node, string path) => new($"http://127.0.0.1:{Text(_httpPorts[node])}{path}");

    /// <summary>Starts three nodes and waits until they serve.</summary>
    /// <param name="hocon">Settings beside the usual ones.</param>
    public static async Task<ProcessCluster> StartAsync(string hocon = "")
    {
        var cluster = new ProcessCluster();
        for (var node = 0; node < 3; node++) cluster.WriteConfiguration(node, hocon);
        await cluster.StartAsync(0, 1, 2);
        return cluster;
    }

    public string PathOf(string file) => Path.Combine(_folder, file);

    /// <summary>Starts nodes and waits until they serve.</summary>
    public async Task StartAsync(params int[] nodes)
    {
        foreach (var node in nodes) _nodes[node] = AkkaKvProcess.Start("node", "--config", PathOf($"n{node}.conf"));
        foreach (var node in nodes) await _nodes[node]!.WaitForLineAsync($"n{node} serves", StartLimit);
    }

    /// <summary>The process of a node.</summary>
    public AkkaKvProcess this[int node] => _nodes[node]!;

    /// <summary>The HTTP door of a node.</summary>
    public Uri AddressOf(int node) => new($"http://127.0.0.1:{Text(_httpPorts[node])}");

    /// <summary>kill -9, at once for all of them.</summary>
    public Task KillAsync(params int[] nodes) => Task.WhenAll(nodes.Select(node => _nodes[node]!.KillAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            if (node is not null) await node.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Ports that nobody listens on now.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    private void WriteConfiguration(int node, string hocon) => File.WriteAllText(PathOf($"n{node}.conf"), $$"""
        akkakv {
          node.name = "n{{node}}"
          node.data-directory = "{{PathOf($"n{node}")}}"
          remote.port = {{_akkaPorts[node]}}
          http.port = {{_httpPorts[node]}}
          cluster.seed-nodes = [{{string.Join(", ", Contacts.Select(contact => $"\"{contact}\""))}}]
          log-level = warning
                }
        {{hocon}}
        """);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
