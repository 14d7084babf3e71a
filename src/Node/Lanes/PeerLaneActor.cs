using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// Both directions of the traffic with one other member: packs what this node sends into frames, hands out what comes, and knows whether
/// the peer is there.
/// </summary>
/// <remarks>
/// <para>The actor of the same name at the peer is its other end. Each end opens its own direction with a hello that names cluster, replica
/// and session; frames of another session are refused, so that nothing sent to a process that died reaches its successor. Nothing is
/// repeated: when the way is lost, everybody who waits is told (<see cref="PeerLost"/>), and asks elsewhere.</para>
/// <code>
/// LaneWork       a request for the peer       -> its answer, or a refusal from here
/// Answer         to a request of the peer     -> the peer
/// Batch          of either
/// LaneHello      of the peer                  -> LaneWelcome or LaneRefused
/// LaneWelcome    opens the way there
/// LaneRefused    closes it
/// LaneFrame      of the peer                  -> stores and coordinators; LaneAck
/// LaneAck        makes room for more
/// Tick           signs of life, hello while closed
/// </code>
/// </remarks>
internal sealed class PeerLaneActor : ReceiveActor, IWithTimers
{
    private readonly NodeState _node;
    private readonly NodeRefs _refs;
    private readonly RingMember _peer;
    private readonly LaneOutbox _outbox;
    private readonly LaneInbox _inbox = new();
    private readonly Outgoing<ReplicaWork> _toStores = new();
    private readonly Outgoing<CoordinatorWork> _toCoordinators = new();
    private readonly Outgoing<Answer> _toAskers = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _remote;
    private ulong _offeredSession;
    private ulong _peerSession;
    private ulong _peerStarts;
    private long _lastHeard;
    private long _lastSent;
    private bool _isPumpScheduled;
    private bool _wasOpen;

    /// <summary>The lane to a member.</summary>
    public PeerLaneActor(NodeState node, NodeRefs refs, RingMember peer)
    {
        _node = node;
        _refs = refs;
        _peer = peer;
        _outbox = new LaneOutbox(node.Settings.Lanes);
        _remote = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(
            $"akka.tcp://{Context.System.Name}@{peer.Host}:{peer.Port}/user/akkakv/{NameOf(node.Self)}");
        _node.Peers[peer.ReplicaId] = new PeerState(false, "not heard yet");

        Receive<LaneWork>(OnWork);
        Receive<Answer>(OnAnswer);
        Receive<Batch<LaneWork>>(batch =>
        {
            foreach (var work in batch.Items) OnWork(work);
        });
        Receive<Batch<Answer>>(batch =>
        {
            foreach (var answer in batch.Items) OnAnswer(answer);
        });
        Receive<LaneHello>(OnHello);
        Receive<LaneWelcome>(OnWelcome);
        Receive<LaneRefused>(OnRefused);
        Receive<LaneFrame>(OnFrame);
        Receive<LaneAck>(OnAck);
        Receive<LanePump>(_ => OnPump());
        Receive<LaneTick>(_ => OnTick());
        Receive<DisassociatedEvent>(OnDisassociated);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => Monotonic.Milliseconds(_node.Time);

    private long RingEpoch => _node.Ring?.Document.Epoch ?? 0;

    /// <summary>The actor's name at the end that talks to a replica.</summary>
    public static string NameOf(ReplicaId replica) => $"lane-{replica}";

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node, NodeRefs refs, RingMember peer) =>
        Akka.Actor.Props.Create(() => new PeerLaneActor(node, refs, peer));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Timers.StartPeriodicTimer(nameof(LaneTick), LaneTick.Instance, TimeSpan.Zero, _node.Settings.LaneHeartbeat);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _node.Peers[_peer.ReplicaId] = new PeerState(false, "this node is stopping");
    }

    private void OnWork(LaneWork work)
    {
        if (!_outbox.IsOpen)
        {
            Sender.Tell(new Answer(work.Number, new ReplicaRefusal(RefusalReason.Unreachable, $"the lane to {_peer.Name} is closed")));
            return;
        }

        if (!Enqueue(work.Number, work.Request, work.Deadline))
            Sender.Tell(new Answer(work.Number, new ReplicaRefusal(RefusalReason.Overloaded, $"the lane to {_peer.Name} is full")));
    }

    private void OnAnswer(Answer answer)
    {
        // Whoever asked gave it a deadline of its own, so an answer that finds no room is as good as lost on the way.
        if (answer.Message is not Minted) Enqueue(answer.Number, answer.Message, long.MaxValue);
    }

    private bool Enqueue(ulong number, IProtocolMessage message, long deadline)
    {
        if (!_outbox.TryEnqueue(number, ProtocolCodec.KindOf(message), ProtocolCodec.Encode(message), deadline)) return false;
        SchedulePump();
        return true;
    }

    private void OnHello(LaneHello hello)
    {
        var cluster = _node.Ring?.Document.ClusterId;
        var refusal = hello.Version != LaneHello.ProtocolVersion ? $"this node speaks version {LaneHello.ProtocolVersion} of the lane protocol, not {hello.Version}"
            : hello.ClusterId != cluster ? $"this node belongs to the cluster {cluster}, not {hello.ClusterId}"
            : hello.Replica != _peer.ReplicaId ? $"the ring knows this address as {_peer.Name} ({_peer.ReplicaId}), not as {hello.Name} ({hello.Replica})"
            : null;
        if (refusal is not null)
        {
            Sender.Tell(new LaneRefused(hello.Session, refusal));
            return;
        }

        _node.Clocks.Observe(_peer.ReplicaId, hello.PhysicalMilliseconds);
        // The peer's process is another one than before: what this side had under way there is gone.
        if (_outbox.IsOpen && hello.Starts != _peerStarts) Lose("the peer was started again");
        _peerStarts = hello.Starts;
        _lastHeard = Now;
        _remote = Sender;
        if (hello.Session != _peerSession) _inbox.Open(hello.Session);
        _peerSession = hello.Session;
        Sender.Tell(new LaneWelcome(hello.Session, Hello(hello.Session)));
        if (!_outbox.IsOpen) SayHello();
    }

    private void OnWelcome(LaneWelcome welcome)
    {
        if (welcome.Session != _offeredSession || _outbox.IsOpen) return;
        if (welcome.Self.Replica != _peer.ReplicaId || welcome.Self.ClusterId != _node.Ring?.Document.ClusterId) return;
        // Before the way is open: no write that needs this peer is stamped by a clock that was not compared with its.
        _node.Clocks.Observe(_peer.ReplicaId, welcome.Self.PhysicalMilliseconds);
        _lastHeard = Now;
        _remote = Sender;
        _peerStarts = welcome.Self.Starts;
        _outbox.Open(welcome.Session);
        if (_wasOpen) _node.NoteMissedWrites();
        _wasOpen = true;
        _node.Peers[_peer.ReplicaId] = new PeerState(true, "");
        _log.Info("The lane to {0} is open", _peer.Name);
    }

    private void OnRefused(LaneRefused refused)
    {
        if (refused.Session != _offeredSession) return;
        if (_outbox.IsOpen) Lose(refused.Reason);
        else if (_node.Peers[_peer.ReplicaId].Detail != refused.Reason) _log.Warning("{0} refuses the lane: {1}", _peer.Name, refused.Reason);
        _node.Peers[_peer.ReplicaId] = new PeerState(false, refused.Reason);
    }

    private void OnFrame(LaneFrame frame)
    {
        if (frame.Session != _peerSession)
        {
            Sender.Tell(new LaneRefused(frame.Session, "the session is not known: say hello"));
            return;
        }

        _lastHeard = Now;
        _node.Liveness.Heard(_peer.ReplicaId, _lastHeard);
        _node.Clocks.Observe(_peer.ReplicaId, frame.PhysicalMilliseconds);
        if (!_node.Clock.Observe(frame.Clock)) _node.Meters.StampsNotFollowed.Add(1);
        if (_inbox.Accept(frame, out var messages) is { } ack && frame.NeedsAck) Sender.Tell(ack);
        foreach (var item in messages) Dispatch(item);
        _toStores.Flush(Self);
        _toCoordinators.Flush(Self);
        _toAskers.Flush(Self);
    }

    private void Dispatch(LaneItem item)
    {
        IProtocolMessage message;
        try
        {
            message = ProtocolCodec.Decode(item.Kind, item.Body);
        }
        catch (InvalidDataException e)
        {
            _log.Error(e, "{0} sent what cannot be read", _peer.Name);
            return;
        }

        var deadline = item.Remaining == TimeSpan.Zero ? long.MaxValue : Now + (long)item.Remaining.TotalMilliseconds;
        switch (message)
        {
            case RepairRequest request:
                _refs.Repair.Tell(new ReplicaWork(item.Number, request, deadline));
                break;
            case ReplicaRequest request:
                _toStores.Add(_refs.StoreOf(request), new ReplicaWork(item.Number, request, deadline));
                break;
            case ClientRequest or Scan when Routing.TokenOf(message) is { } token:
                _toCoordinators.Add(_refs.CoordinatorOf(token), new CoordinatorWork(item.Number, message, deadline));
                break;
            case ReplicaReply or ClientReply when AskerMark.AskerOf(item.Number) < _refs.Askers.Length:
                _toAskers.Add(_refs.Askers[AskerMark.AskerOf(item.Number)], new Answer(item.Number, message));
                break;
            default:
                _log.Warning("{0} sent a {1}, which has no place on a lane", _peer.Name, item.Kind);
                break;
        }
    }

    private void OnAck(LaneAck ack)
    {
        _lastHeard = Now;
        _node.Liveness.Answered(_peer.ReplicaId, _lastHeard);
        _outbox.Acknowledge(ack.Session, ack.Through);
        SchedulePump();
    }

    /// <summary>By a message to itself: whatever is in the mailbox before it goes into the same frame.</summary>
    private void SchedulePump()
    {
        if (_isPumpScheduled) return;
        _isPumpScheduled = true;
        Self.Tell(LanePump.Instance);
    }

    private void OnPump()
    {
        _isPumpScheduled = false;
        while (_outbox.NextFrame(Now, RingEpoch, _node.Clock.Next()) is { } frame) Send(frame);
    }

    private void OnTick()
    {
        if (!_outbox.IsOpen) SayHello();
        else if (Now - _lastHeard > _node.Settings.LaneSilence.TotalMilliseconds) Lose($"silent for {Now - _lastHeard} ms");
        else if (Now - _lastSent >= _node.Settings.LaneHeartbeat.TotalMilliseconds / 2) Send(_outbox.Heartbeat(RingEpoch, _node.Clock.Next()));
    }

    private void OnDisassociated(DisassociatedEvent lost)
    {
        if (_outbox.IsOpen && lost.RemoteAddress.Host == _remote.Path.Address.Host && lost.RemoteAddress.Port == _remote.Path.Address.Port)
            Lose("the connection was lost");
    }

    private void SayHello()
    {
        // Repeated until it is answered, always under one session, so that a late answer still fits.
        if (_offeredSession == 0) _offeredSession = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        _remote.Tell(Hello(_offeredSession));
    }

    private LaneHello Hello(ulong session) => new(
        _node.Ring?.Document.ClusterId ?? Guid.Empty, _node.Self, _node.Settings.Name, session, RingEpoch, _node.Directory.Starts)
    {
        PhysicalMilliseconds = _node.Clocks.PhysicalMilliseconds,
    };

    private void Send(LaneFrame frame)
    {
        _lastSent = Now;
        _remote.Tell(frame with { PhysicalMilliseconds = _node.Clocks.PhysicalMilliseconds });
    }

    /// <summary>Closes the way there and tells everybody who waits for an answer from it.</summary>
    private void Lose(string reason)
    {
        _log.Warning("The lane to {0} is lost: {1}", _peer.Name, reason);
        _outbox.Close();
        _offeredSession = 0;
        _node.Peers[_peer.ReplicaId] = new PeerState(false, reason);
        foreach (var asker in _refs.Askers) asker.Tell(new PeerLost(_peer.ReplicaId));
    }
}
