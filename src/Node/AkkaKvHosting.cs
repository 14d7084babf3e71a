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

    /// <summary>
    /// Adds a node to a host: it opens its data directory and starts its actor system with the host, and closes both with it. Send
    /// <see cref="Protocol.Put"/>, <see cref="Protocol.Get"/> and <see cref="Protocol.Delete"/> to
    /// <c>IRequiredActor&lt;KvRouter&gt;</c>. Starting throws <see cref="NodeStartException"/> if the directory cannot be used.
    /// </summary>
    public static IServiceCollection AddAkkaKv(this IServiceCollection services, NodeSettings settings)
    {
        services.TryAddSingleton<IFileSystem>(LocalFileSystem.Instance);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton(provider => NodeState.Open(
            settings, provider.GetRequiredService<IFileSystem>(), provider.GetRequiredService<TimeProvider>()));
        return services.AddAkka(SystemName, (builder, provider) =>
        {
            var node = provider.GetRequiredService<NodeState>();
            var remote = new RemoteOptions { HostName = settings.RemoteHost, Port = settings.RemotePort, PublicHostName = settings.PublicHost };
            if (settings.PublicPort != 0) remote.PublicPort = settings.PublicPort;
            builder
                .ConfigureLoggers(loggers =>
                {
                    loggers.ClearLoggers();
                    loggers.AddLoggerFactory();
                })
                .AddHocon(settings.Config, HoconAddMode.Append)
                .AddHocon(Protocol.AkkaKvPersistence.DefaultConfig(), HoconAddMode.Append)
                .WithRemoting(remote)
                .WithClustering(new ClusterOptions { Roles = [Role], SeedNodes = SeedsOf(settings) })
                .WithSingleton<RingClaimantActor>(
                    "akkakv-claimant", (_, _, _) => RingClaimantActor.Props(node), new ClusterSingletonOptions { Role = Role }, createProxyToo: false);
            if (settings.RepairJobs.IsEnabled)
            {
                builder.WithSingleton<RepairBudgetActor>(
                    "akkakv-repair-budget", (_, _, _) => RepairBudgetActor.Props(node), new ClusterSingletonOptions { Role = Role }, createProxyToo: true);
            }

            builder.WithActors((system, registry) => Start(system, registry, node, provider.GetService<IPartitionExchange>()));
        });
    }

    private static void Start(ActorSystem system, IActorRegistry registry, NodeState node, IPartitionExchange? exchange)
    {
        node.PublicPort = ((ExtendedActorSystem)system).Provider.DefaultAddress.Port ?? node.Settings.RemotePort;
        var refs = new NodeRefs { Exchange = exchange };
        var router = system.ActorOf(RequestRouterActor.Props(node, refs), "kv");
        system.ActorOf(NodeSupervisorActor.Props(node, refs, router), "akkakv");
        registry.Register<KvRouter>(router);
    }

    /// <summary>A node without seeds is one: it forms a cluster of its own.</summary>
    private static string[] SeedsOf(NodeSettings settings)
    {
        var seeds = settings.Cluster.SeedNodes.IsEmpty && settings.RemotePort != 0
            ? [$"{settings.PublicHost}:{(settings.PublicPort != 0 ? settings.PublicPort : settings.RemotePort)}"]
            : settings.Cluster.SeedNodes;
        return [.. seeds.Select(seed => $"akka.tcp://{SystemName}@{seed}")];
    }
}
