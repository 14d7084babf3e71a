using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// What the router actor does: checks a request, names a write, finds its coordinator by the real <see cref="Routing"/>, forwards, and
/// tries the next owner where one is lost or refuses.
/// </summary>
/// <remarks>
/// A write whose coordinator was lost may have taken effect. From then on nothing but success may be told to the client except that it
/// is unknown, whatever the next coordinator says.
/// </remarks>
internal sealed class SimRouter
{
    private const int DefaultTimeoutMilliseconds = 250;

    private readonly SimNode _node;
    private readonly WriteIdSource _writeIds;
    private readonly List<Routed> _routed = [];

    public SimRouter(SimNode node)
    {
        _node = node;
        _writeIds = new WriteIdSource(Simulation.Chance.Guid());
    }

    private Simulation Simulation => _node.Simulation;

    private long Now => Monotonic.Milliseconds(_node.Time);

    public void Receive(Call call, Action<ClientReply> reply)
    {
        if (RequestCheck.FaultOf(call.Request, 1 << 20) is { } fault)
        {
            reply(fault);
            return;
        }

        if (RequestCheck.QuorumFaultOf(call.Request, Simulation.Ring, Simulation.Ring.DataCenterOf(_node.Id)) is { } beyond)
        {
            reply(beyond);
            return;
        }

        var request = call.Request is WriteRequest { WriteId: null } write ? write with { WriteId = _writeIds.Next() } : call.Request;
        if (Simulation.Bug == PlantedBug.FloorIgnored && request is Get) request = request with { Context = ReadOnlyMemory<byte>.Empty };
        var timeout = (long)(request.Timeout?.TotalMilliseconds ?? DefaultTimeoutMilliseconds);
        var routed = new Routed(call, request, Now + timeout, reply);
        _routed.Add(routed);
        _node.Later(timeout * 1_000, () => Finish(routed, new RequestTimeout(0, 0)));
        Route(routed);
    }

    public void PeerLost(ReplicaId replica)
    {
        foreach (var routed in _routed.Where(routed => routed.Coordinator == replica).ToList())
        {
            routed.IsUncertain |= routed.Request is WriteRequest;
            Simulation.Checker.Sight("coordinator lost");
            TryNext(routed);
        }
    }

    private void Route(Routed routed)
    {
        var token = Token.Of(routed.Request.Key.Span);
        routed.Coordinator = Routing.CoordinatorOf(
            Simulation.Ring, token, routed.Request, _node.Id, owner => _node.IsReachable(owner) && !routed.Tried.Contains(owner));
        if (routed.Coordinator is not { } coordinator)
        {
            Finish(routed, routed.Failure ?? new NotEnoughReplicas(1, 0));
            return;
        }

        var remaining = routed.Deadline - Now;
        if (remaining <= 0) return;
        var step = ++routed.Step;
        if (coordinator == _node.Id)
        {
            _node.Coordinate(routed.Call, routed.Request, remaining, reply => Take(routed, step, reply));
            return;
        }

        var other = Simulation.NodeOf(coordinator);
        var incarnation = _node.Incarnation;
        Simulation.Network.Send(
            _node,
            other,
            routed.Request,
            () => other.Coordinate(routed.Call, routed.Request, remaining, reply => Simulation.Network.Send(
                other,
                _node,
                reply,
                () =>
                {
                    if (_node.Incarnation == incarnation) Take(routed, step, reply);
                },
                isOnce: true)),
            isOnce: true);
    }

    private void Take(Routed routed, int step, ClientReply reply)
    {
        if (step != routed.Step || !_routed.Contains(routed)) return;
        if (reply is RequestFailure { IsTransient: true } failure and not RequestTimeout)
        {
            routed.Failure = failure;
            TryNext(routed);
        }
        else
        {
            Finish(routed, reply);
        }
    }

    private void TryNext(Routed routed)
    {
        routed.Tried.Add(routed.Coordinator!.Value);
        if (routed.Request is WriteRequest { WriteId: { } id } write)
            routed.Request = write with { WriteId = Simulation.Bug == PlantedBug.RetryAsNewWrite ? _writeIds.Next() : id.AsRetry() };
        Route(routed);
    }

    private void Finish(Routed routed, ClientReply reply)
    {
        if (!_routed.Remove(routed)) return;
        routed.Reply(routed.IsUncertain && reply is RequestFailure ? new RequestTimeout(0, 0) : reply);
    }

    private sealed class Routed
    {
        public Routed(Call call, ClientRequest request, long deadline, Action<ClientReply> reply)
        {
            Call = call;
            Request = request;
            Deadline = deadline;
            Reply = reply;
        }

        public Call Call { get; }

        public ClientRequest Request { get; set; }

        public long Deadline { get; }

        public Action<ClientReply> Reply { get; }

        public HashSet<ReplicaId> Tried { get; } = [];

        public ReplicaId? Coordinator { get; set; }

        public RequestFailure? Failure { get; set; }

        public bool IsUncertain { get; set; }

        /// <summary>Answers of an earlier coordinator are not taken.</summary>
        public int Step { get; set; }
    }
}
