using Akka.Actor;
using Akka.Event;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// One client's lane: its requests to the router, the answers back; the ring, where it asks for that. Stops when the client is silent.
/// </summary>
/// <remarks>
/// What this node coordinates goes straight to the coordinator: the client sends it elsewhere itself if that cannot serve it, so the
/// router, whose business that is, would only be two more messages on the way.
/// </remarks>
internal sealed class ClientLaneActor : ReceiveActor, IWithTimers
{
    private const long WarningMilliseconds = 10_000;

    private static readonly byte[] Refusal = ProtocolCodec.Encode(new Overloaded(TimeSpan.FromMilliseconds(100)));

    private readonly NodeState _node;
    private readonly NodeRefs _refs;
    private readonly Func<ReplicaId, bool> _isReachable;
    private readonly IActorRef _router;
    private readonly IActorRef _client;
    private readonly ulong _session;
    private readonly LaneOutbox _outbox;
    private readonly LaneInbox _inbox = new();
    private readonly Outgoing<CoordinatorWork> _toCoordinators = new();
    private readonly Outgoing<DoorRequest> _toRouter = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _lastHeard;
    private bool _isPumpScheduled;

    /// <summary>Requests at the coordinators that have not been answered.</summary>
    private int _underWay;

    /// <summary>Not sent while the node has as many requests as it takes: without room in its window the client keeps what it has.</summary>
    private LaneAck? _heldAck;

    /// <summary>One request at a time whose time is taken.</summary>
    private (ulong Number, long TakenAt) _sample;
    private long _lastWarning = long.MinValue / 2;

    /// <summary>The lane of a client that said hello.</summary>
    public ClientLaneActor(NodeState node, NodeRefs refs, IActorRef router, IActorRef client, ulong session)
    {
        _node = node;
        _refs = refs;
        _isReachable = node.IsReachable;
        _router = router;
        _client = client;
        _session = session;
        _outbox = new LaneOutbox(node.Settings.Lanes);
        _outbox.Open(session);
        _inbox.Open(session);
        _lastHeard = Now;

        Receive<LaneFrame>(OnFrame);
        Receive<LaneAck>(OnAck);
        Receive<Answer>(OnAnswer);
        Receive<Batch<Answer>>(batch =>
        {
            foreach (var answer in batch.Items) OnAnswer(answer);
        });
        Receive<LanePump>(_ => OnPump());
        Receive<LaneTick>(_ => OnTick());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => Monotonic.Milliseconds(_node.Time);

    /// <summary>On every frame, so that a client that knows an older ring asks for this one.</summary>
    private long RingEpoch => _node.Ring?.Document.Epoch ?? 0;

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node, NodeRefs refs, IActorRef router, IActorRef client, ulong session) =>
        Akka.Actor.Props.Create(() => new ClientLaneActor(node, refs, router, client, session));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var self = new LaneHello(
            _node.Ring?.Document.ClusterId ?? Guid.Empty, _node.Self, _node.Settings.Name, _session, RingEpoch, _node.Directory.Starts);
        _client.Tell(new LaneWelcome(_session, self));
        Timers.StartPeriodicTimer(nameof(LaneTick), LaneTick.Instance, _node.Settings.LaneSilence);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _node.Admission.Leave(_underWay);

    private void OnFrame(LaneFrame frame)
    {
        _lastHeard = Now;
        if (_inbox.Accept(frame, out var messages) is { } ack && frame.NeedsAck) _heldAck = ack;
        foreach (var item in messages)
        {
            // Before it is even looked at: that costs least, and there may be many.
            var isCounted = item.Kind is MessageKind.Put or MessageKind.Get or MessageKind.Delete;
            if (isCounted && !_node.Admission.TryEnter())
            {
                _node.Meters.Overloads.Add(1);
                Answer(item.Number, MessageKind.Failure, Refusal);
                continue;
            }

            try
            {
                switch (ProtocolCodec.Decode(item.Kind, item.Body))
                {
                    case var request and (ClientRequest or Scan or MultiRequest):
                        Take(item, request);
                        break;
                    case ClientRingQuery:
                        Answer(item.Number, _node.Ring is { } ring ? ClientRing.Of(ring.Document) : new NotReady($"it waits for {_node.WaitingFor}"));
                        break;
                    default:
                        Answer(item.Number, new BadRequest($"A message of kind {item.Kind} is no request."));
                        break;
                }
            }
            catch (InvalidDataException e)
            {
                if (isCounted) _node.Admission.Leave();
                Answer(item.Number, new BadRequest(e.Message));
            }
        }

        _toCoordinators.Flush(Self);
        _toRouter.Flush(Self);
        Acknowledge();
    }

    private void Acknowledge()
    {
        if (_heldAck is null || _node.Admission.IsFull) return;
        _client.Tell(_heldAck);
        _heldAck = null;
    }

    private void Take(LaneItem item, IProtocolMessage request)
    {
        if (CoordinatorHere(request) is { } coordinator)
        {
            _underWay++;
            if (_sample.Number == 0) _sample = (item.Number, Now);
            var time = item.Remaining == TimeSpan.Zero ? _node.Settings.RequestTimeout : item.Remaining;
            _toCoordinators.Add(coordinator, new CoordinatorWork(item.Number, request, Now + (long)time.TotalMilliseconds));
        }
        else
        {
            // The router counts what it takes itself.
            if (request is Get or WriteRequest) _node.Admission.Leave();
            _toRouter.Add(_router, new DoorRequest(item.Number, request, item.Remaining == TimeSpan.Zero ? null : item.Remaining));
        }
    }

    /// <summary>The coordinator of a request that is in order and belongs here, as the client must have thought; null for any other.</summary>
    private IActorRef? CoordinatorHere(IProtocolMessage request) =>
        request is Get or WriteRequest { WriteId: not null }
        && _node is { Ring: { } ring, Phase: not NodePhase.Stopping }
        && RequestCheck.FaultOf(request, _node.Settings.ValueBytesLimit) is null
        && RequestCheck.QuorumFaultOf(request, ring, ring.DataCenterOf(_node.Self)) is null
        && Routing.TokenOf(request) is { } token
        && Routing.CoordinatorOf(ring, token, request, _node.Self, _isReachable) == _node.Self
            ? _refs.CoordinatorOf(token)
            : null;

    private void OnAck(LaneAck ack)
    {
        _lastHeard = Now;
        _outbox.Acknowledge(ack.Session, ack.Through);
        SchedulePump();
    }

    private void OnAnswer(Answer answer)
    {
        if (!Sender.Equals(_router)) Left(answer.Number);
        Answer(answer.Number, answer.Message);
    }

    private void Left(ulong number)
    {
        _underWay--;
        _node.Admission.Leave();
        if (number == _sample.Number)
        {
            _node.Admission.Note(Now - _sample.TakenAt);
            _sample = default;
        }

        Acknowledge();
    }

    private void Answer(ulong number, IProtocolMessage reply) => Answer(number, ProtocolCodec.KindOf(reply), ProtocolCodec.Encode(reply));

    private void Answer(ulong number, MessageKind kind, byte[] reply)
    {
        // A client that does not take its answers finds none: its own deadline tells it.
        if (_outbox.TryEnqueue(number, kind, reply, long.MaxValue))
        {
            SchedulePump();
        }
        else if (Now - _lastWarning > WarningMilliseconds)
        {
            _lastWarning = Now;
            _log.Warning("A client does not take its answers; some are dropped");
        }
    }

    private void SchedulePump()
    {
        if (_isPumpScheduled) return;
        _isPumpScheduled = true;
        Self.Tell(LanePump.Instance);
    }

    private void OnPump()
    {
        _isPumpScheduled = false;
        while (_outbox.NextFrame(Now, RingEpoch, _node.Clock.Next()) is { } frame) _client.Tell(frame);
    }

    private void OnTick()
    {
        Acknowledge();
        if (Now - _lastHeard > _node.Settings.LaneSilence.TotalMilliseconds) Context.Stop(Self);
    }
}
