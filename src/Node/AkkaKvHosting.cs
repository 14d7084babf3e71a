using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using AkkaKv.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AkkaKv.Node;

/// <summary>
/// Names a node's router in Akka.Hosting's registry: inject <c>IRequiredActor&lt;KvRouter&gt;</c>, and send its actor
/// <see cref="Protocol.Put"/>, <see cref="Protocol.Get"/> and <see cref="Protocol.Delete"/>.
/// </summary>
public abstract class KvRouter;

/// <summary>Puts a node into any .NET host.</summary>
public static class AkkaKvHosting
{
    /// <summary>The name of every node's actor system.</summary>
    public const string SystemName = "akkakv";

    private const string Role = "akkakv";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Adds a node to a host: it opens its data directory and starts its actor system with the host, and closes both with it. Send
    /// <see cref="Protocol.Put"/>, <see cref="Protocol.Get"/> and <see cref="Protocol.Delete"/> to
    /// <c>IRequiredActor&lt;KvRouter&gt;</c>. Starting throws <see cref="NodeStartException"/> if the directory cannot be used. Where the
    /// other nodes have shut this one out, <see cref="AkkaKvMembership"/> tells the host.
    /// </summary>
    public static IServiceCollection AddAkkaKv(this IServiceCollection services, NodeSettings settings)
    {
        AddNode(services, settings);
        services.AddSingleton(provider => new AkkaKvMembership(provider.GetRequiredService<NodeState>()));
        return services.AddAkka(
            SystemName, (builder, provider) => Configure(builder, provider.GetRequiredService<NodeState>(), SeedsOf(settings)));
    }

    /// <summary>Adds what belongs to the process, and outlives its actor systems.</summary>
    internal static void AddNode(IServiceCollection services, NodeSettings settings)
    {
        services.TryAddSingleton<IFileSystem>(LocalFileSystem.Instance);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton(provider =>
        {
            var node = NodeState.Open(settings, provider.GetRequiredService<IFileSystem>(), provider.GetRequiredService<TimeProvider>());
            node.OtherExchange = provider.GetService<IPartitionExchange>();
            return node;
        });
    }

    /// <summary>Describes an actor system of a node, which joins through the given host:port.</summary>
    internal static void Configure(AkkaConfigurationBuilder builder, NodeState node, IEnumerable<string> seeds)
    {
        var settings = node.Settings;
        // A port that was free at the start stays the node's own: the ring knows it by then.
        var port = settings.RemotePort != 0 || settings.PublicPort != 0 ? settings.RemotePort : node.PublicPort;
        var remote = new RemoteOptions { HostName = settings.RemoteHost, Port = port, PublicHostName = settings.PublicHost };
        if (settings.PublicPort != 0) remote.PublicPort = settings.PublicPort;
        builder
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .AddSetup(new NodeSetup(node))
            .AddHocon(settings.Config, HoconAddMode.Append)
            .AddHocon(Protocol.AkkaKvPersistence.DefaultConfig(), HoconAddMode.Append)
            .WithRemoting(remote)
            .WithClustering(new ClusterOptions { Roles = [Role], SeedNodes = [.. seeds.Select(seed => $"akka.tcp://{SystemName}@{seed}")] })
            .WithSingleton<RingClaimantActor>(
                "akkakv-claimant", (_, _, _) => RingClaimantActor.Props(node), new ClusterSingletonOptions { Role = Role }, createProxyToo: false);
        if (settings.RepairJobs.IsEnabled)
        {
            builder.WithSingleton<RepairBudgetActor>(
                "akkakv-repair-budget", (_, _, _) => RepairBudgetActor.Props(node), new ClusterSingletonOptions { Role = Role }, createProxyToo: true);
        }

        builder.AddStartup((system, registry) => StartAsync(system, registry, node));
    }

    private static async Task StartAsync(ActorSystem system, IActorRegistry registry, NodeState node)
    {
        node.PublicPort = ((ExtendedActorSystem)system).Provider.DefaultAddress.Port ?? node.Settings.RemotePort;
        var refs = new NodeRefs { Exchange = node.OtherExchange };
        var router = system.ActorOf(RequestRouterActor.Props(node, refs), "kv");
        var supervisor = system.ActorOf(NodeSupervisorActor.Props(node, refs, router), "akkakv");
        // It has made the others when it answers: before that, the router would not find them.
        await supervisor.Ask<ActorIdentity>(new Identify(null), StartLimit).ConfigureAwait(false);
        registry.Register<KvRouter>(router);
        node.Router.Use(router);
    }

    /// <summary>A node without seeds is one: it forms a cluster of its own.</summary>
    internal static ImmutableArray<string> SeedsOf(NodeSettings settings) => settings.Cluster.SeedNodes.IsEmpty && settings.RemotePort != 0
        ? [$"{settings.PublicHost}:{(settings.PublicPort != 0 ? settings.PublicPort : settings.RemotePort)}"]
        : settings.Cluster.SeedNodes;
}
