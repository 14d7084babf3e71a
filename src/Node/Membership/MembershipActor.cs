using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// <c>/user/akkakv/membership</c>: notices that the others have shut this node out of the Akka cluster and reports it when its turn to come
/// back has come (<see cref="NodeState.ReportShutOut"/>); looks for other members where joining does not succeed.
/// </summary>
/// <remarks>
/// <code>
/// ThisActorSystemQuarantinedEvent   a peer takes no message of this actor system
/// MemberDowned, MemberRemoved       of this node: the others have removed it
/// Look                              asks ShutOutWatch; waits for the node's turn
/// </code>
/// </remarks>
internal sealed class MembershipActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Who is in no Akka cluster for so long looks for one among all members.</summary>
    private const long JoinPatienceMilliseconds = 30_000;

    private readonly NodeState _node;
    private readonly ShutOutWatch _watch;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long? _rejoinsAt;
    private long _lastJoined;

    /// <summary>The watch of a node.</summary>
    public MembershipActor(NodeState node)
    {
        _node = node;
        _watch = new ShutOutWatch(node.Self);
        _lastJoined = Now;
        Receive<ThisActorSystemQuarantinedEvent>(OnQuarantined);
        Receive<ClusterEvent.MemberDowned>(downed => OnRemoved(downed.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => OnRemoved(removed.Member));
        Receive<Look>(_ => OnLook());
    }

    private sealed class Look
    {
        public static Look Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => Monotonic.Milliseconds(_node.Time);

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node) => Akka.Actor.Props.Create(() => new MembershipActor(node));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberDowned), typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _cluster.Unsubscribe(Self);
    }

    private void OnQuarantined(ThisActorSystemQuarantinedEvent quarantined)
    {
        var by = quarantined.RemoteAddress;
        if (_node.Ring?.Members.FirstOrDefault(member => member.Host == by.Host && member.Port == by.Port) is { } member)
            _watch.Quarantined(member.ReplicaId, Now);
    }

    private void OnRemoved(Member member)
    {
        // Akka removes a node that leaves as well.
        if (member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) && _node.Phase != NodePhase.Stopping)
            _watch.Removed("the others have removed it from their Akka cluster");
    }

    private void OnLook()
    {
        if (_node.Ring is not { } ring || _node.Phase == NodePhase.Stopping) return;
        var (now, akka) = (Now, AkkaView.Of(_cluster, _node.Self, ring));
        if (_watch.Look(akka, ring, replica => Heard(replica, now), now) is not { } shutOut)
        {
            _rejoinsAt = null;
            Join(akka, ring, now);
            return;
        }

        if (_rejoinsAt is null)
        {
            var wait = _node.Pace.Next(_watch.Turn, now);
            _rejoinsAt = now + (long)wait.TotalMilliseconds;
            _log.Warning("This node is shut out of the Akka cluster, {0}. It comes back in {1:0.0} s", shutOut.Reason, wait.TotalSeconds);
        }

        if (now >= _rejoinsAt) _node.ReportShutOut(shutOut);
    }

    private SignOfLife? Heard(ReplicaId replica, long now) =>
        now - _node.Liveness.SignAt(replica) <= _node.Settings.Liveness.SuspectAfter ? _node.Liveness.LatestOf(replica) : null;

    /// <summary>The seeds that were given may be gone for good; any member of the ring will do.</summary>
    private void Join(AkkaView akka, Ring ring, long now)
    {
        if (akka.IsMember || _cluster.SelfMember.Status == MemberStatus.Joining) _lastJoined = now;
        if (now - _lastJoined < JoinPatienceMilliseconds) return;
        _lastJoined = now;
        var others = ring.Members.Where(member => member.ReplicaId != _node.Self).ToList();
        var isAnybodyIn = others.Any(member => Heard(member.ReplicaId, now) is { AkkaMembers: > 0 });
        var heard = others.Where(member => Heard(member.ReplicaId, now) is not null).ToList();
        if (!isAnybodyIn && 2 * (heard.Count + 1) > others.Count + 1 && heard.All(member => member.ReplicaId > _node.Self))
        {
            // After a full stop only the first seed forms the cluster again, and it is not there. Of those that are, one does it.
            _log.Warning("No member is in an Akka cluster, and no seed forms one: this node does");
            _cluster.Join(_cluster.SelfAddress);
        }
        else
        {
            _cluster.JoinSeedNodes(others.Select(member => new Address(_cluster.SelfAddress.Protocol, Context.System.Name, member.Host, member.Port)));
        }
    }
}
