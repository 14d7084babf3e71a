using System.Net;
using System.Net.Sockets;
using Akka.Configuration;

namespace AkkaKv.Cli.Tests;

public sealed class DevPlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(3, 3, 2)]
    [InlineData(5, 3, 2)]
    public void DevPlan_should_write_a_configuration_for_each_node(int nodes, int replicas, int quorum)
    {
        var plan = DevPlan.Create(_folder["a \"b\\ü"], nodes, httpPort: 8081, remotePort: 4053);
        var last = plan.Nodes[^1];

        var config = ConfigurationFactory.ParseString(plan.ConfigOf(last)).GetConfig("akkakv");

        Assert.Equal($"n{nodes}", config.GetString("node.name"));
        Assert.Equal(Path.Combine(_folder["a \"b\\ü"], $"n{nodes}", "data"), config.GetString("node.data-directory"));
        Assert.Equal((8080 + nodes, 4052 + nodes), (config.GetInt("http.port"), config.GetInt("remote.port")));
        Assert.Equal(Enumerable.Range(4053, nodes).Select(port => $"127.0.0.1:{port}"), config.GetStringList("cluster.seed-nodes"));
        Assert.Equal((nodes, replicas), (config.GetInt("cluster.expect"), config.GetInt("cluster.replicas")));
        Assert.Equal((quorum, quorum), (config.GetInt("cluster.write-quorum"), config.GetInt("cluster.read-quorum")));
    }

    [Fact]
    public async Task Dev_should_say_which_port_is_in_use()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var run = await CliRun.Of(
            "dev", "--nodes", "1", "--data", _folder.Path, "--http-port", $"{port}", "--remote-port", $"{FreePort()}");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith($"akkakv: Port {port}, the HTTP port of n1, is in use.", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Dev_should_refuse_a_folder_that_holds_a_cluster_of_another_size()
    {
        for (var node = 1; node <= 3; node++)
            Directory.CreateDirectory(_folder[Path.Combine($"n{node}", "data")]);

        var fault = Assert.Throws<CliException>(() => DevPreflight.Run(DevPlan.Create(_folder.Path, 2, FreePort(), FreePort())));

        Assert.Contains("holds a cluster of 3 nodes, not 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dev_should_refuse_a_folder_that_cannot_be_written()
    {
        var file = _folder.Write("file", "");

        var fault = Assert.Throws<CliException>(() => DevPreflight.Run(DevPlan.Create(file, 1, FreePort(), FreePort())));

        Assert.Contains("cannot be written", fault.Message, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
