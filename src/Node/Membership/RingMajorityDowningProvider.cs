using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Event;

namespace AkkaKv.Node;

/// <summary>Hands a node to what Akka itself creates in the node's actor system.</summary>
internal sealed class NodeSetup(NodeState node) : Setup
{
    /// <summary>The node.</summary>
    public NodeState Node { get; } = node;
}

/// <summary>
/// Akka's door to <see cref="RingMajorityDowning"/>, named in the configuration as <c>akka.cluster.downing-provider-class</c>.
/// </summary>
internal sealed class RingMajorityDowningProvider : IDowningProvider
{
    private readonly Cluster _cluster;
    private readonly NodeState _node;

    /// <summary>Called by Akka; throws <see cref="ConfigurationException"/> in an actor system that belongs to no node.</summary>
    public RingMajorityDowningProvider(ActorSystem system, Cluster cluster)
    {
        _cluster = cluster;
        var setup = system.Settings.Setup.Get<NodeSetup>();
        _node = setup.HasValue ? setup.Value.Node : throw new ConfigurationException(
            $"{nameof(RingMajorityDowningProvider)} works only in the actor system of an AkkaKv node: leave akka.cluster.downing-provider-class to AddAkkaKv.");
    }

    /// <summary>None: what runs once in the cluster does no harm where it runs twice for a while.</summary>
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    /// <inheritdoc/>
    public Props DowningActorProps => Props.Create(() => new DowningActor(_cluster, _node));
}

/// <summary>Looks once a second who is to be removed, and tells Akka.</summary>
internal sealed class DowningActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly NodeState _node;
    private readonly RingMajorityDowning _downing;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <summary>The downing of a node.</summary>
    public DowningActor(Cluster cluster, NodeState node)
    {
        _cluster = cluster;
        _node = node;
        _downing = new RingMajorityDowning(node.Settings.Membership.DownAfter);
        Receive<Look>(_ => OnLook());
    }

    private sealed class Look
    {
        public static Look Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval);

    private void OnLook()
    {
        if (_node.Ring is not { } ring) return;
        var akka = AkkaView.Of(_cluster, _node.Self, ring);
        if (!akka.IsMember) return;
        var downings = _downing.Decide(akka, ring, _node.Liveness, _node.IsReachable, Monotonic.Milliseconds(_node.Time), out var withheld);
        foreach (var downing in downings)
        {
            _log.Warning("{0} is removed from the Akka cluster: {1}", downing.Address, downing.Reason);
            _node.Meters.Downings.Add(1);
            _cluster.Down(downing.Address);
        }

        foreach (var address in withheld)
        {
            _log.Warning(
                "{0} is out of reach for long and stays in the Akka cluster, because this node does not reach a majority of the ring. " +
                "Data is served; a node that is started again joins the Akka cluster only when that one is back.", address);
        }
    }
}
