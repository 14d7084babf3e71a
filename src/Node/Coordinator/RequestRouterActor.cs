using Akka.Actor;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>A request of one of the node's doors, which numbers its requests. Answered by <see cref="Answer"/>.</summary>
/// <param name="Number">The door's number.</param>
/// <param name="Request">A <see cref="ClientRequest"/> or <see cref="Scan"/>.</param>
/// <param name="Remaining">How long the client waits; null for the node's default.</param>
internal sealed record DoorRequest(ulong Number, IProtocolMessage Request, TimeSpan? Remaining) : INoSerializationVerificationNeeded;

/// <summary>
/// <c>/user/kv</c>: takes every request of this node's clients, checks it, and finds the owner that coordinates it, here or over a lane.
/// </summary>
/// <remarks>
/// <para>Every write gets a write id here at the latest, so that it can be sent on to another owner when the first one is lost, and still
/// has one effect.</para>
/// <code>
/// Put, Get, Delete, Scan   of any actor        -> a ClientReply to its sender
/// MultiGet, MultiPut       of any actor        -> MultiRequestActor, which takes them apart and asks here for each key
/// DoorRequest              of a door           -> Answer(ClientReply) to the door
/// Answer                   of a coordinator    -> the client, or the next owner
/// Batch                    of DoorRequest or Answer
/// PeerLost                 its requests go to the next owner
/// RingChanged              for requests from now on
/// Sweep                    deadlines, every 50 ms
/// </code>
/// <para>Bounds: the node's <see cref="Admission"/>; beyond it <see cref="Overloaded"/> at once.</para>
/// </remarks>
internal sealed class RequestRouterActor : ReceiveActor, IWithTimers
{
    /// <summary>Its place among the node's askers.</summary>
    public const int Asker = 0;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>A coordinator that is there answers by the deadline itself; so much later the router answers for it.</summary>
    private const long GraceMilliseconds = 100;

    private readonly NodeState _node;
    private readonly NodeRefs _refs;
    private readonly WriteIdSource _writeIds = new();
    private readonly Dictionary<ulong, Routed> _underWay = [];
    private readonly List<Routed> _expired = [];
    private readonly Outgoing<CoordinatorWork> _toCoordinators = new();
    private readonly Outgoing<LaneWork> _toLanes = new();
    private readonly Outgoing<Answer> _toDoors = new();
    private readonly ulong _mark;
    private Ring? _ring;
    private readonly IActorRef _multi;
    private ulong _last;

    /// <summary>The router of a node.</summary>
    public RequestRouterActor(NodeState node, NodeRefs refs)
    {
        _node = node;
        _refs = refs;
        _mark = AskerMark.Of(Asker, node.NextIncarnation(Asker));
        _ring = node.Ring;
        _multi = Context.ActorOf(MultiRequestActor.Props(Self), "multi");
        Receive<MultiRequest>(request => TakeApart(request, isDoor: false, 0));
        Receive<DoorRequest>(OnDoor);
        Receive<ClientRequest>(request => Take(request, 0, isDoor: false, request.Timeout));
        Receive<Scan>(scan => Take(scan, 0, isDoor: false, scan.Timeout));
        Receive<Answer>(OnAnswer);
        Receive<Batch<Answer>>(batch =>
        {
            foreach (var answer in batch.Items) OnAnswer(answer);
        });
        Receive<Batch<DoorRequest>>(batch =>
        {
            foreach (var door in batch.Items) OnDoor(door);
        });
        Receive<PeerLost>(OnPeerLost);
        Receive<RingChanged>(changed => _ring = changed.Ring);
        Receive<Sweep>(_ => OnSweep());
    }

    private sealed class Sweep
    {
        public static Sweep Instance { get; } = new();
    }

    /// <summary>A request under way.</summary>
    private sealed class Routed
    {
        /// <summary>The number under which it is under way now.</summary>
        public ulong Ticket { get; set; }

        public required IProtocolMessage Request { get; set; }

        public required IActorRef Client { get; init; }

        /// <summary>The door's number; without meaning for a client that is an actor of its own.</summary>
        public required ulong ClientNumber { get; init; }

        public required bool IsDoor { get; init; }

        public required Token Token { get; init; }

        public required long TakenAt { get; init; }

        public required long Deadline { get; init; }

        /// <summary>Whom it was sent to last.</summary>
        public ReplicaId Target { get; set; }

        /// <summary>Owners that were lost or could not serve it.</summary>
        public HashSet<ReplicaId> Tried { get; } = [];

        /// <summary>The last definite answer of an owner that could not serve it.</summary>
        public RequestFailure? Failure { get; set; }

        /// <summary>True if an owner was lost while it may have been writing.</summary>
        public bool IsUncertain { get; set; }
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>This node's data centre; the ring is there.</summary>
    private string Near => _ring!.DataCenterOf(_node.Self);

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node, NodeRefs refs) => Akka.Actor.Props.Create(() => new RequestRouterActor(node, refs));

    /// <inheritdoc/>
    protected override bool AroundReceive(Receive receive, object message)
    {
        var isHandled = base.AroundReceive(receive, message);
        _toCoordinators.Flush(Self);
        _toLanes.Flush(Self);
        _toDoors.Flush(Self);
        return isHandled;
    }

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, SweepInterval);

    /// <inheritdoc/>
    protected override void PostStop() => _node.Admission.Leave(_underWay.Count);

    private void OnDoor(DoorRequest door)
    {
        if (door.Request is MultiRequest) TakeApart(door, isDoor: true, door.Number);
        else Take(door.Request, door.Number, isDoor: true, door.Remaining);
    }

    /// <summary>What concerns every key of a request for several is answered once.</summary>
    private void TakeApart(object request, bool isDoor, ulong number)
    {
        if (WhyNotReady() is { } notReady) Reply(Sender, isDoor, number, notReady);
        else _multi.Forward(request);
    }

    private NotReady? WhyNotReady() =>
        _ring is null ? new NotReady($"it waits for {_node.WaitingFor}")
        : _node.Phase == NodePhase.Stopping ? new NotReady("it is stopping")
        : null;

    private void Take(IProtocolMessage request, ulong number, bool isDoor, TimeSpan? remaining)
    {
        if (RequestCheck.FaultOf(request, _node.Settings.ValueBytesLimit) is { } fault)
        {
            Reply(Sender, isDoor, number, fault);
            return;
        }

        if (WhyNotReady() is { } notReady)
        {
            Reply(Sender, isDoor, number, notReady);
            return;
        }

        if (RequestCheck.QuorumFaultOf(request, _ring!, Near) is { } beyond)
        {
            Reply(Sender, isDoor, number, beyond);
            return;
        }

        if (!_node.Admission.TryEnter())
        {
            _node.Meters.Overloads.Add(1);
            Reply(Sender, isDoor, number, new Overloaded(TimeSpan.FromMilliseconds(100)));
            return;
        }

        if (request is WriteRequest { WriteId: null } write) request = write with { WriteId = _writeIds.Next() };
        var now = Monotonic.Milliseconds(_node.Time);
        var routed = new Routed
        {
            Request = request,
            Client = Sender,
            ClientNumber = number,
            IsDoor = isDoor,
            Token = Routing.TokenOf(request)!.Value,
            TakenAt = now,
            Deadline = now + (long)(remaining ?? _node.Settings.RequestTimeout).TotalMilliseconds,
        };
        SendOn(routed);
    }

    /// <summary>Sends a request to the owner whose turn it is, under a number of its own: a late answer of an earlier one fits nothing.</summary>
    private void SendOn(Routed routed)
    {
        _underWay.Remove(routed.Ticket);
        routed.Ticket = ++_last;
        _underWay.Add(routed.Ticket, routed);
        var target = Routing.CoordinatorOf(
            _ring!, routed.Token, routed.Request, _node.Self, replica => _node.IsReachable(replica) && !routed.Tried.Contains(replica));
        if (target is not { } replica)
        {
            Finish(routed, NobodyLeft(routed));
            return;
        }

        routed.Target = replica;
        var number = _mark | routed.Ticket;
        if (replica == _node.Self) _toCoordinators.Add(_refs.CoordinatorOf(routed.Token), new CoordinatorWork(number, routed.Request, routed.Deadline));
        else if (_refs.LaneOf(replica) is { } lane) _toLanes.Add(lane, new LaneWork(number, routed.Request, routed.Deadline));
        else TryNext(routed);
    }

    private void OnAnswer(Answer answer)
    {
        var ticket = AskerMark.CountOf(answer.Number);
        if (!AskerMark.IsOf(answer.Number, _mark) || !_underWay.TryGetValue(ticket, out var routed)) return;
        switch (answer.Message)
        {
            // Said by the lane on this side: the request did not leave.
            case ReplicaRefusal:
                TryNext(routed);
                break;
            // Definite, and perhaps not true of another owner.
            case NotReady or StaleRing or Overloaded or NotEnoughReplicas or ClockOff:
                routed.Failure = (RequestFailure)answer.Message;
                TryNext(routed);
                break;
            // Definite of this owner only: one that was lost may have written.
            case RequestFailure when routed.IsUncertain:
                Finish(routed, Unknown(routed));
                break;
            case ClientReply reply:
                Finish(routed, reply);
                break;
        }
    }

    private void OnPeerLost(PeerLost lost)
    {
        foreach (var routed in _underWay.Values.Where(routed => routed.Target == lost.Replica).ToList())
        {
            routed.IsUncertain = routed.Request is WriteRequest;
            if (routed.Request is WriteRequest write) routed.Request = write with { WriteId = write.WriteId!.Value.AsRetry() };
            TryNext(routed);
        }
    }

    private void TryNext(Routed routed)
    {
        routed.Tried.Add(routed.Target);
        SendOn(routed);
    }

    /// <summary>Every owner was lost or could not serve it.</summary>
    private RequestFailure NobodyLeft(Routed routed)
    {
        if (routed.IsUncertain) return Unknown(routed);
        if (routed.Failure is { } failure) return failure;
        var requirement = RequirementOf(routed);
        return requirement.NotEnough(requirement.Weakest(group => group.Owners.Count(_node.IsReachable)));
    }

    /// <summary>The time was up, or an owner was lost that may have written.</summary>
    private RequestTimeout Unknown(Routed routed)
    {
        var requirement = RequirementOf(routed);
        return requirement.TimedOut(requirement.Weakest(_ => 0));
    }

    /// <summary>What a request asks of the owners, as seen from here.</summary>
    private QuorumRequirement RequirementOf(Routed routed)
    {
        var (level, byDefault) = routed.Request switch
        {
            WriteRequest write => (write.W, _ring!.Document.WriteQuorum),
            Get get => (get.R, _ring!.Document.ReadQuorum),
            _ => (Consistency.Default, _ring!.Document.ReadQuorum),
        };
        return _ring.RequirementOf(_ring.PartitionOf(routed.Token), level, byDefault, Near);
    }

    private void OnSweep()
    {
        var late = Monotonic.Milliseconds(_node.Time) - GraceMilliseconds;
        _expired.AddRange(_underWay.Values.Where(routed => routed.Deadline < late));
        foreach (var routed in _expired) Finish(routed, Unknown(routed));
        _expired.Clear();
    }

    private void Finish(Routed routed, ClientReply reply)
    {
        if (_underWay.Remove(routed.Ticket))
        {
            _node.Admission.Leave();
            _node.Admission.Note(Monotonic.Milliseconds(_node.Time) - routed.TakenAt);
        }

        Reply(routed.Client, routed.IsDoor, routed.ClientNumber, reply);
    }

    private void Reply(IActorRef client, bool isDoor, ulong number, ClientReply reply)
    {
        if (isDoor) _toDoors.Add(client, new Answer(number, reply));
        else client.Tell(reply);
    }
}
