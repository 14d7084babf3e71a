using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaKv.Node.Tests;

/// <summary>A node of a test, which may be stopped and started again on its directory and ports.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    /// <summary>Akka and the lanes at the pace of a test: what takes seconds between machines takes milliseconds in one process.</summary>
    private const string Fast =
        """
        akkakv.http.port = 0
        akkakv.cluster.partitions = 64
        akkakv.lanes { heartbeat-interval = 50ms, silence-limit = 3s }
        akkakv.liveness { interval = 50ms, suspect-after = 3s, trust-after = 200ms }
        akkakv.storage.memtable-bytes = 4194304
        akkakv.log-level = error
        akka.stdout-loglevel = OFF
        akka.cluster {
          seed-node-timeout = 250ms
          retry-unsuccessful-join-after = 250ms
          periodic-tasks-initial-delay = 10ms
          gossip-interval = 50ms
          leader-actions-interval = 50ms
          unreachable-nodes-reaper-interval = 100ms
          singleton.hand-over-retry-interval = 100ms
        }
        akka.remote.retry-gate-closed-for = 50ms
        akka.coordinated-shutdown.phases {
          cluster-leave.timeout = 300ms
          cluster-exiting.timeout = 300ms
          cluster-exiting-done.timeout = 100ms
          cluster-sharding-shutdown-region.timeout = 300ms
        }
        """;

    private AkkaKvNode? _running;
    private HttpClient? _http;

    public TestNode(string name, string directory, int port, IEnumerable<int> seeds, string hocon = "")
    {
        Name = name;
        DataDirectory = directory;
        Port = port;
        var seedNodes = string.Join(", ", seeds.Select(seed => string.Create(CultureInfo.InvariantCulture, $"\"127.0.0.1:{seed}\"")));
        Hocon = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {Fast}
            akkakv.node.name = "{name}"
            akkakv.node.data-directory = "{directory}"
            akkakv.remote.port = {port}
            akkakv.cluster.seed-nodes = [{seedNodes}]
            {hocon}
            """);
    }

    public string Name { get; }

    public string DataDirectory { get; }

    public int Port { get; }

    public string Hocon { get; }

    /// <summary>Parts that it has instead of its own.</summary>
    public Action<IServiceCollection> Configure { get; set; } = _ => { };

    public AkkaKvNode Running => _running ?? throw new InvalidOperationException($"{Name} is not running.");

    public KvHttp Http => new(_http ?? throw new InvalidOperationException($"{Name} is not running."), Running.HttpAddress);

    public async Task StartAsync()
    {
        _running = await AkkaKvNode.StartAsync(NodeSettings.FromHocon(Hocon), Configure);
        _http = new HttpClient { Timeout = Eventually.Limit };
    }

    public async Task StartAndServeAsync()
    {
        await StartAsync();
        await ServesAsync();
    }

    public Task ServesAsync() => Eventually.CompletesAsync(Running.WhenServing, $"{Name} serves");

    public async Task StopAsync()
    {
        if (_running is null) return;
        await Running.StopAsync();
        _http!.Dispose();
        _running = null;
    }

    /// <summary>
    /// Its actor system is gone at once, and the cluster is not told. Only with <c>akka.coordinated-shutdown.run-by-actor-system-terminate = off</c>.
    /// </summary>
    public async Task DieAsync()
    {
        await Running.ActorSystem.Terminate();
        await StopAsync();
    }

    public ValueTask DisposeAsync() => new(StopAsync());
}
