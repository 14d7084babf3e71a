using System.Globalization;
using System.Text.Json;

namespace AkkaKv.Benchmarks;

/// <summary>Three nodes as <c>akkakv node</c> runs them, with the settings that they have by default (N=3, synced) but for one.</summary>
internal sealed class AkkaKvServers : ServerGroup
{
    private const int Nodes = 3;

    private readonly int[] _akkaPorts = FreePorts(Nodes);
    private readonly int[] _httpPorts = FreePorts(Nodes);

    private readonly string _setting;

    private AkkaKvServers(string setting) => _setting = setting;

    /// <summary>The Akka ports as the client takes them.</summary>
    public IReadOnlyList<string> Contacts => [.. _akkaPorts.Select(port => $"127.0.0.1:{Text(port)}")];

    public IReadOnlyList<Uri> HttpAddresses => [.. _httpPorts.Select(port => new Uri($"http://127.0.0.1:{Text(port)}"))];

    /// <summary>How to start them with one setting of their own, a line under <c>akkakv</c>; empty for none.</summary>
    public static Func<string, CancellationToken, Task<ServerGroup>> With(string setting) => (folder, stop) => StartAsync(folder, setting, stop);

    private static Task<ServerGroup> StartAsync(string folder, string setting, CancellationToken stop)
    {
        var group = new AkkaKvServers(setting);
        return StartedAsync(group, () => group.StartNodesAsync(folder, stop));
    }

    /// <summary>Whether the nodes' signs of life were on time under the load of the works.</summary>
    public override async Task<string> DescribeAsync(CancellationToken stop)
    {
        using var http = new HttpClient();
        var (count, p99, longest) = (0L, 0L, 0L);
        foreach (var node in HttpAddresses)
        {
            using var status = JsonDocument.Parse(await http.GetStringAsync(new Uri(node, "cluster/status"), stop));
            var signs = status.RootElement.GetProperty("signsOfLife");
            count += signs.GetProperty("count").GetInt64();
            p99 = Math.Max(p99, signs.GetProperty("p99LatenessMilliseconds").GetInt64());
            longest = Math.Max(longest, signs.GetProperty("longestLatenessMilliseconds").GetInt64());
        }

        return string.Create(
            CultureInfo.InvariantCulture, $"of {count:N0} signs of life between the nodes 99 in 100 were at most {p99} ms late at the worst node, the latest {longest} ms.");
    }

    private async Task StartNodesAsync(string folder, CancellationToken stop)
    {
        var nodes = Enumerable.Range(0, Nodes).Select(node => StartNode(folder, node)).ToList();
        for (var node = 0; node < Nodes; node++)
            await nodes[node].WaitForLineAsync($"n{node + 1} serves", StartLimit, stop);
    }

    private ServerProcess StartNode(string folder, int node)
    {
        var name = $"n{node + 1}";
        var own = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        var configuration = Path.Combine(own, "node.conf");
        File.WriteAllText(configuration, $$"""
            akkakv {
              node.name = "{{name}}"
              node.data-directory = "{{Path.Combine(own, "data")}}"
              remote.port = {{_akkaPorts[node]}}
              http.port = {{_httpPorts[node]}}
              cluster.seed-nodes = [{{string.Join(", ", Contacts.Select(contact => $"\"{contact}\""))}}]
              log-level = warning
              {{_setting}}
            }
            """);
        var process = ServerProcess.Start(
            name,
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            own,
            [Path.Combine(AppContext.BaseDirectory, "akkakv.dll"), "node", "--config", configuration, "--until-input-closes"]);
        Add(process);
        return process;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
