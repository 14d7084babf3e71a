using Akka.Actor;
using Akka.Event;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Moves messages and time for a <see cref="Coordinator"/>; a node has a few of them, each with many requests.</summary>
/// <remarks>
/// <code>
/// CoordinatorWork   begin a request          -> Answer(ClientReply) to its sender
/// Answer            of a replica             -> the operation that asked
/// Batch             of either
/// RingChanged       for requests from now on
/// PeerLost          fails what that peer was asked
/// Sweep             deadlines and late answers, every 10 ms
/// </code>
/// </remarks>
internal sealed class CoordinatorActor : ReceiveActor, ICoordinatorPort, IWithTimers
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(10);

    private readonly ulong _mark;
    private readonly NodeState _node;
    private readonly NodeRefs _refs;
    private readonly Coordinator _coordinator;
    private readonly Dictionary<ulong, (IActorRef Sender, ulong Number)> _clients = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _self;
    private readonly Outgoing<ReplicaWork> _toStores = new();
    private readonly Outgoing<LaneWork> _toLanes = new();
    private readonly Outgoing<Answer> _toClients = new();
    private ulong _lastTicket;
    private long _lastWarning = long.MinValue / 2;

    /// <summary>A coordinator at a place among the node's askers.</summary>
    public CoordinatorActor(int asker, NodeState node, NodeRefs refs)
    {
        _mark = AskerMark.Of(asker, node.NextIncarnation(asker));
        _node = node;
        _refs = refs;
        _self = Self;
        _coordinator = new Coordinator(
            new CoordinatorEnvironment(
                node.Self, node.IsReachable, () => node.IsCatchingUp, node.Time, node.Settings.ValueBytesLimit,
                node.Settings.RequestsInFlight, (long)node.Settings.HedgeAfter.TotalMilliseconds)
            {
                Clocks = node.Clocks,
                Siblings = node.Settings.SiblingLimits,
                Meters = node.Meters,
            },
            this)
        {
            Ring = node.Ring,
        };

        Receive<CoordinatorWork>(OnWork);
        Receive<Answer>(OnAnswer);
        Receive<Batch<CoordinatorWork>>(batch =>
        {
            foreach (var work in batch.Items) OnWork(work);
        });
        Receive<Batch<Answer>>(batch =>
        {
            foreach (var answer in batch.Items) OnAnswer(answer);
        });
        Receive<RingChanged>(changed => _coordinator.Ring = changed.Ring);
        Receive<PeerLost>(lost => _coordinator.PeerLost(lost.Replica));
        Receive<Sweep>(_ => _coordinator.Sweep());
    }

    private sealed class Sweep
    {
        public static Sweep Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to create one.</summary>
    public static Props Props(int asker, NodeState node, NodeRefs refs) =>
        Akka.Actor.Props.Create(() => new CoordinatorActor(asker, node, refs));

    /// <inheritdoc/>
    public void Ask(ReplicaId replica, ulong number, ReplicaRequest request, long deadline)
    {
        var marked = _mark | number;
        if (replica == _node.Self) _toStores.Add(_refs.StoreOf(request), new ReplicaWork(marked, request, deadline));
        else if (_refs.LaneOf(replica) is { } lane) _toLanes.Add(lane, new LaneWork(marked, request, deadline));
        else _self.Tell(new Answer(marked, new ReplicaRefusal(RefusalReason.Unreachable, "there is no lane to it")), _self);
    }

    /// <inheritdoc/>
    public void Reply(ulong ticket, ClientReply reply)
    {
        if (_clients.Remove(ticket, out var client)) _toClients.Add(client.Sender, new Answer(client.Number, reply));
        Warn(reply);
    }

    /// <inheritdoc/>
    protected override bool AroundReceive(Receive receive, object message)
    {
        var isHandled = base.AroundReceive(receive, message);
        _toStores.Flush(_self);
        _toLanes.Flush(_self);
        _toClients.Flush(_self);
        return isHandled;
    }

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, SweepInterval);

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        _log.Error(reason, "A coordinator failed on {0}; its {1} requests are answered as timed out", message, _clients.Count);
        foreach (var client in _clients.Values) client.Sender.Tell(new Answer(client.Number, new RequestTimeout(0, 0)), _self);
        base.PreRestart(reason, message);
    }

    private void OnWork(CoordinatorWork work)
    {
        var ticket = ++_lastTicket;
        _clients.Add(ticket, (Sender, work.Number));
        _coordinator.Start(ticket, work.Request, work.Deadline);
    }

    /// <summary>What its operator should know as well as the writer; once in a while, because writers that make siblings make many.</summary>
    private void Warn(ClientReply reply)
    {
        var warning = reply switch
        {
            WriteDone { Warning: { Length: > 0 } text } => text,
            TooManySiblings or ClockOff => ((RequestFailure)reply).Message,
            _ => "",
        };
        if (warning.Length == 0 || _coordinator.Now - _lastWarning < WarningInterval.TotalMilliseconds) return;
        _lastWarning = _coordinator.Now;
        _log.Warning(warning);
    }

    private void OnAnswer(Answer answer)
    {
        if (AskerMark.IsOf(answer.Number, _mark)) _coordinator.Answer(AskerMark.CountOf(answer.Number), (ReplicaReply)answer.Message);
    }
}
