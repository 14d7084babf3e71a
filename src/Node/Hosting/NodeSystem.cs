using Akka.Actor;
using Akka.Hosting;

namespace AkkaKv.Node;

/// <summary>One actor system under a node's stores and doors: a host of its own, so that it can go without them.</summary>
internal sealed class NodeSystem
{
    private readonly IHost _host;
    private bool _isAbandoned;

    private NodeSystem(IHost host)
    {
        _host = host;
        System = host.Services.GetRequiredService<ActorSystem>();
    }

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>Starts one.</summary>
    /// <param name="node">The node.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="seeds">host:port of the nodes to join through; if this node is the first of them it may form a cluster.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<NodeSystem> StartAsync(
        NodeState node, ILoggerFactory loggers, IEnumerable<string> seeds, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddAkka(AkkaKvHosting.SystemName, akka =>
        {
            AkkaKvHosting.Configure(akka, node, seeds);
            // Whoever ends it without leaving first has no cluster to leave.
            akka.AddHocon("akka.coordinated-shutdown.run-by-actor-system-terminate = off", HoconAddMode.Prepend);
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            return new NodeSystem(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Leaves the Akka cluster, and ends; nothing where that has happened.</summary>
    public async Task StopAsync()
    {
        if (_isAbandoned) return;
        await _host.StopAsync().ConfigureAwait(false);
        await System.WhenTerminated.ConfigureAwait(false);
        _host.Dispose();
    }

    /// <summary>Ends at once: the cluster that it could leave has shut it out.</summary>
    public async Task AbandonAsync()
    {
        _isAbandoned = true;
        await System.Terminate().ConfigureAwait(false);
        _host.Dispose();
    }
}

/// <summary>Who runs a node decides when it stops; the framework's own handler of Ctrl-C would race with it.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
