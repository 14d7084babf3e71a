using Akka.Actor;
using Akka.Cluster.Sharding;

namespace AkkaKv.Node;

/// <summary>
/// Starts this node's shard region of repair jobs once there is a ring, and sees that there is a job for every partition of which the node is
/// the first owner. Once begun, a job is started again by itself wherever its shard goes.
/// </summary>
internal sealed class RepairStarterActor : ReceiveActor, IWithTimers
{
    /// <summary>The name of the jobs in cluster sharding.</summary>
    public const string TypeName = "akkakv-repair";

    private readonly NodeState _node;

    /// <summary>The starter of a node.</summary>
    public RepairStarterActor(NodeState node, IActorRef budget)
    {
        _node = node;
        var sharding = ClusterSharding.Get(Context.System);
        var region = sharding.Start(
            TypeName,
            entity => RepairJobActor.Props(int.Parse(entity, System.Globalization.CultureInfo.InvariantCulture), node, budget),
            ClusterShardingSettings.Create(Context.System).WithRememberEntities(true),
            new RepairExtractor());
        node.RepairJobs = region;
        Receive<Touch>(_ =>
        {
            if (node.Ring is not { } ring) return;
            for (var partition = 0; partition < ring.Document.Partitions.Length; partition++)
            {
                if (ring.OwnersOf(partition)[0].ReplicaId == node.Self) region.Tell(new RepairOrder(partition, RepairVerb.Touch));
            }
        });
    }

    private sealed class Touch
    {
        public static Touch Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node, IActorRef budget) =>
        Akka.Actor.Props.Create(() => new RepairStarterActor(node, budget));

    /// <inheritdoc/>
    protected override void PreStart() =>
        Timers.StartPeriodicTimer(nameof(Touch), Touch.Instance, TimeSpan.Zero, 12 * _node.Settings.RepairJobs.StepInterval);
}
