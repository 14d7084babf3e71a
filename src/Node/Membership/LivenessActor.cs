using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// <c>/user/akkakv/liveness</c>: sends every other member a sign of life, takes theirs, and lets <see cref="Liveness"/> judge. On a thread
/// of its own, which the configuration gives to this path: under full load the lanes wait for each other, and this must not wait for them.
/// </summary>
/// <remarks>
/// <code>
/// Tick          what lanes and Akka say to Liveness; its verdicts to log, meters and those who ask; a sign to every member
/// SignOfLife    of a member -> Liveness
/// </code>
/// </remarks>
internal sealed class LivenessActor : ReceiveActor, IWithTimers
{
    private const string Name = "liveness";

    private readonly NodeState _node;
    private readonly NodeRefs _refs;
    private readonly Liveness _liveness;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<ReplicaId, IActorRef> _others = [];
    private long _ringEpoch;

    /// <summary>The liveness of a node's peers.</summary>
    public LivenessActor(NodeState node, NodeRefs refs)
    {
        _node = node;
        _refs = refs;
        _liveness = node.Liveness;
        Receive<Tick>(_ => OnTick());
        Receive<SignOfLife>(OnSign);
    }

    private sealed class Tick
    {
        public static Tick Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => Monotonic.Milliseconds(_node.Time);

    /// <summary>Creates it below the node's supervisor.</summary>
    public static IActorRef Start(IActorContext context, NodeState node, NodeRefs refs) =>
        context.ActorOf(Props.Create(() => new LivenessActor(node, refs)), Name);

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(
        nameof(Tick), Tick.Instance, TimeSpan.Zero, TimeSpan.FromMilliseconds(_node.Settings.Liveness.Interval));

    private void OnTick()
    {
        if (_node.Ring is not { } ring) return;
        Meet(ring);
        var (now, akka) = (Now, AkkaView.Of(_cluster, _node.Self, ring));
        foreach (var peer in _others.Keys) _liveness.Lane(peer, _node.Peers.TryGetValue(peer, out var state) && state.IsOpen, now);
        _liveness.Hint(akka.Members.Where(member => member.IsUnreachable).Select(member => member.Replica).OfType<ReplicaId>());
        foreach (var changed in _liveness.Tick(now))
        {
            Tell(ring, changed);
            // Its lane may be open still: where only one direction is cut, what it was asked it has not got, or its answers do not come.
            if (changed.Kind == StandingKind.Up) continue;
            foreach (var asker in _refs.Askers) asker.Tell(new PeerLost(changed.Replica));
        }

        foreach (var (peer, other) in _others) other.Tell(Sign(peer, akka, now));
    }

    private SignOfLife Sign(ReplicaId peer, AkkaView akka, long now) => _liveness.SignFor(peer, now) with
    {
        AkkaUid = akka.SelfUid,
        AkkaMembers = akka.Connected.Length,
        AkkaLowest = akka.Lowest,
        SharesAkka = _liveness.LatestOf(peer) is { } latest && akka.Holds(peer, latest.AkkaUid),
    };

    private void OnSign(SignOfLife sign)
    {
        if (_liveness.Take(sign, Now) is not { } late) return;
        _node.Lateness.Add(late);
        _node.Meters.HeartbeatLateness.Record(late);
    }

    /// <summary>Finds the others where a new ring says that they are.</summary>
    private void Meet(Ring ring)
    {
        if (_ringEpoch == ring.Document.Epoch) return;
        _ringEpoch = ring.Document.Epoch;
        _others.Clear();
        var provider = ((ExtendedActorSystem)Context.System).Provider;
        foreach (var member in ring.Members.Where(member => member.ReplicaId != _node.Self))
        {
            _others[member.ReplicaId] = provider.ResolveActorRef(
                $"{_cluster.SelfAddress.Protocol}://{Context.System.Name}@{member.Host}:{member.Port}/user/akkakv/{Name}");
        }
    }

    private void Tell(Ring ring, PeerStanding standing)
    {
        var name = ring.MemberOf(standing.Replica)?.Name ?? standing.Replica.ToString();
        var witnesses = string.Join(" and ", standing.Witnesses.Select(witness => ring.MemberOf(witness)?.Name ?? witness.ToString()));
        _node.Meters.LivenessChanges.Add(1, new KeyValuePair<string, object?>("verdict", standing.Kind.ToString().ToLowerInvariant()));
        switch (standing.Kind)
        {
            case StandingKind.Up:
                _log.Info("{0} is up", name);
                break;
            case StandingKind.Suspected:
                _log.Warning("{0} is suspected by this node alone: {1}", name, standing.Reason);
                break;
            case StandingKind.Down:
                _log.Warning("{0} is down, say {1}: {2}", name, witnesses, standing.Reason);
                break;
        }
    }
}
