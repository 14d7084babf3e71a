using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// One node: a disk that stays, and a process that comes and goes with a real <see cref="Coordinator"/>, a <see cref="SimReplica"/> and a
/// <see cref="SimRouter"/>. It tells the <see cref="Checker"/> what passes between them.
/// </summary>
internal sealed class SimNode : ICoordinatorPort
{
    private const long SweepMicroseconds = 5_000;
    private const long HedgeMilliseconds = 20;

    private readonly Dictionary<ulong, (Attempt? Attempt, Action<ClientReply> Reply)> _tickets = [];
    private readonly Dictionary<ulong, ReplicaId> _open = [];
    private readonly HashSet<ReplicaId> _unreachable = [];

    /// <summary>Whose question it is, by the array of its key: each attempt has its own copy.</summary>
    private readonly ConditionalWeakTable<byte[], Attempt> _attempts = [];

    private ulong _lastTicket;
    private bool _isSweeping;

    public SimNode(Simulation simulation, string name, ReplicaId id)
    {
        Simulation = simulation;
        Name = name;
        Id = id;
        Time = new NodeClock(simulation.Events);
        Clocks = new ClockWatch(Time);
        Replica = null!;
        Coordinator = null!;
        Router = null!;
    }

    public Simulation Simulation { get; }

    public string Name { get; }

    public ReplicaId Id { get; }

    public required string DataCenter { get; init; }

    public SimDisk Disk { get; } = new();

    public NodeClock Time { get; }

    public ClockWatch Clocks { get; private set; }

    public HybridLogicalClock Clock => Clocks.Hybrid;

    /// <summary>Whose clock this process has been told.</summary>
    public HashSet<SimNode> HeardFrom { get; } = [];

    public SimReplica Replica { get; private set; }

    public Coordinator Coordinator { get; private set; }

    public SimRouter Router { get; private set; }

    public bool IsUp { get; private set; }

    /// <summary>Which process it is: answers to an earlier one are not taken.</summary>
    public int Incarnation { get; private set; }

    public bool IsCatchingUp { get; set; }

    public void Start()
    {
        if (!Disk.IsCleanlyStopped && Simulation.Bug != PlantedBug.EpochNotRaisedAfterCrash) Disk.Epoch++;
        Disk.IsCleanlyStopped = false;
        Clocks = new ClockWatch(Time);
        Clocks.Use(Simulation.Nodes.Select(node => node.Id));
        Replica = Simulation.Bug == PlantedBug.None ? new SimReplica(this) : new BuggyReplica(this);
        Coordinator = new Coordinator(
            new CoordinatorEnvironment(Id, IsReachable, () => IsCatchingUp, Time, 1 << 20, RequestLimit: 1000, HedgeMilliseconds)
            {
                Clocks = Simulation.Bug == PlantedBug.ClockIgnored ? new ClockWatch(Time) : Clocks,
            },
            this)
        {
            Ring = Simulation.Bug == PlantedBug.PolicyForgotten && Id.Value == 1 ? Simulation.RingWithoutPolicies : Simulation.Ring,
        };
        Router = new SimRouter(this);
        IsUp = true;
        foreach (var other in Simulation.Nodes.Where(other => other != this && other.IsUp)) Greet(other);
        Simulation.Trace.Add($"{this} starts in epoch {Disk.Epoch}");
    }

    public void Crash()
    {
        if (!IsUp) return;
        Replica.Crash();
        End();
        Simulation.Trace.Add($"{this} crashes");
    }

    public void StopCleanly()
    {
        if (!IsUp) return;
        Replica.Flush();
        Disk.IsCleanlyStopped = true;
        End();
        Simulation.Trace.Add($"{this} stops");
    }

    public bool IsReachable(ReplicaId replica) => !_unreachable.Contains(replica);

    /// <summary>What this node now thinks of its way to another.</summary>
    public void Believe(SimNode other, bool isReachable)
    {
        if (other == this || IsReachable(other.Id) == isReachable) return;
        if (isReachable)
        {
            _unreachable.Remove(other.Id);
            return;
        }

        Simulation.Trace.Add($"{this} has lost {other}");
        _unreachable.Add(other.Id);
        if (!IsUp) return;
        foreach (var number in _open.Where(ask => ask.Value == other.Id).Select(ask => ask.Key).ToList()) _open.Remove(number);
        Coordinator.PeerLost(other.Id);
        Router.PeerLost(other.Id);
    }

    /// <summary>A message of another node tells its clock.</summary>
    public void Hear(SimNode from, long physicalMilliseconds)
    {
        HeardFrom.Add(from);
        Clocks.Observe(from.Id, physicalMilliseconds);
    }

    /// <summary>Merges tables, in as far as it concerns anybody: the real filter looks at every row on disk.</summary>
    public void Compact()
    {
        if (!IsUp) return;
        var clocks = Clocks;
        if (Simulation.Bug == PlantedBug.CompactionTrustsItsClock)
        {
            clocks = new ClockWatch(Time);
            clocks.Use([Id]);
        }

        var filter = new ExpiryFilter(clocks, NodeMeters.Unobserved);
        foreach (var (key, row) in Disk.Rows.ToList())
        {
            if (Simulation.Bug == PlantedBug.ShellDropped && row.Record.Versions.All(version => version.DependsOnClock && version.IsDeletedAt(Time.GetUtcNow())))
            {
                Disk.Lose(key);
                continue;
            }

            var encoded = RecordCodec.Encode(row.Record);
            var filtered = filter.Filter(RowKey.Of(System.Text.Encoding.UTF8.GetBytes(key)), encoded).ToArray();
            if (filtered.AsSpan().SequenceEqual(encoded)) continue;
            var shell = RecordCodec.Decode(filtered);
            if (Simulation.Bug == PlantedBug.None) ClockModel.Drops(this, row.Record, shell);
            Disk.Write(key, row with { Record = shell });
        }
    }

    /// <summary>The handshake of a lane, in both directions.</summary>
    private void Greet(SimNode other)
    {
        if (Simulation.Network.IsCut(this, other) || Simulation.Network.IsCut(other, this)) return;
        Hear(other, other.Clocks.PhysicalMilliseconds);
        other.Hear(this, Clocks.PhysicalMilliseconds);
    }

    /// <summary>Something of this process happens later, if it still lives.</summary>
    public void Later(long microseconds, Action action)
    {
        var incarnation = Incarnation;
        Simulation.Events.After(microseconds, () =>
        {
            if (IsUp && Incarnation == incarnation) action();
        });
    }

    /// <summary>Hands a client's request to the coordinator.</summary>
    public void Coordinate(Call call, ClientRequest request, long remainingMilliseconds, Action<ClientReply> reply)
    {
        var key = request.Key.ToArray();
        var attempt = new Attempt(call, request with { Key = key }, this);
        call.Attempts.Add(attempt);
        _attempts.Add(key, attempt);
        Simulation.Checker.Began(attempt);
        Start(attempt, attempt.Request, remainingMilliseconds, reply);
    }

    /// <summary>Hands a scan to the coordinator.</summary>
    public void Coordinate(Scan scan, long remainingMilliseconds, Action<ClientReply> reply) =>
        Start(null, scan, remainingMilliseconds, reply);

    void ICoordinatorPort.Ask(ReplicaId replica, ulong number, ReplicaRequest request, long deadline)
    {
        _open.Add(number, replica);
        var attempt = AttemptOf(request);
        if (request is MintRequest mint) attempt!.Past = Simulation.Checker.AsksForDot(attempt, mint);
        var known = attempt?.Made ?? attempt?.Read ?? DotSet.Empty;
        var other = Simulation.NodeOf(StandInFor(replica, request));
        if (other == this)
        {
            Later(Simulation.Chance.Between(10, 500), () => Replica.Handle(request, attempt, known, (reply, answered) =>
                Later(10, () => Answered(number, this, attempt, reply, answered))));
            return;
        }

        if (!IsReachable(replica) && other.Id == replica)
        {
            Later(10, () => Answered(number, other, attempt, new ReplicaRefusal(RefusalReason.Unreachable, "no lane"), null));
            return;
        }

        var incarnation = Incarnation;
        Simulation.Network.Send(this, other, request, () => other.Replica.Handle(request, attempt, known, (reply, answered) =>
            Simulation.Network.Send(other, this, reply, () =>
            {
                if (Incarnation == incarnation) Answered(number, other, attempt, reply, answered);
            })));
    }

    void ICoordinatorPort.Reply(ulong ticket, ClientReply reply)
    {
        if (!_tickets.Remove(ticket, out var waiting))
            throw new SimulationFault($"{this} answers the ticket {ticket} that nobody holds: {reply}.");
        if (waiting.Attempt is not null) Simulation.Checker.Answers(waiting.Attempt, reply);
        waiting.Reply(reply);
    }

    public override string ToString() => Name;

    private void Start(Attempt? attempt, IProtocolMessage request, long remainingMilliseconds, Action<ClientReply> reply)
    {
        var ticket = ++_lastTicket;
        _tickets.Add(ticket, (attempt, reply));
        Coordinator.Start(ticket, request, Coordinator.Now + remainingMilliseconds);
        Sweep();
    }

    private void Answered(ulong number, SimNode from, Attempt? attempt, ReplicaReply reply, DotSet? known)
    {
        if (!_open.ContainsKey(number)) return;
        if (reply is not Minted) _open.Remove(number);
        // A write whose key has changed under its check reads again, and adds what it learns to what it knew.
        if (reply is ReplicaRefusal { Reason: RefusalReason.Changed } && attempt is not null) attempt.HasAskedForDot = false;
        if (reply is ReplicaRecord && attempt is { IsFinished: false, HasAskedForDot: false })
            attempt.Answers[from] = attempt.Answers.GetValueOrDefault(from) is { } before ? before.Union(known ?? DotSet.Empty) : known;
        Coordinator.Answer(number, reply);
    }

    private Attempt? AttemptOf(ReplicaRequest request)
    {
        var key = request switch
        {
            ReplicaRead read => read.Key,
            ReplicaStore store => store.Key,
            MintRequest mint => mint.Key,
            _ => default,
        };
        Attempt? Known(byte[] bytes) => _attempts.TryGetValue(bytes, out var attempt) ? attempt : null;
        return MemoryMarshal.TryGetArray(key, out var array) && array.Array is { Length: > 0 } bytes ? Known(bytes) : null;
    }

    /// <summary>Somebody who is no owner speaks for one that is away: planted.</summary>
    private ReplicaId StandInFor(ReplicaId replica, ReplicaRequest request) =>
        Simulation.Bug == PlantedBug.FallbackSpeaksForOwner && request is ReplicaRead read && !IsReachable(replica)
            ? Simulation.Ring.FallbacksOf(Simulation.Ring.PartitionOf(Token.Of(read.Key.Span)), near: "").FirstOrDefault()?.ReplicaId ?? replica
            : replica;

    private void Sweep()
    {
        if (_isSweeping || Coordinator.Count == 0) return;
        _isSweeping = true;
        Later(SweepMicroseconds, () =>
        {
            _isSweeping = false;
            Coordinator.Sweep();
            Sweep();
        });
    }

    private void End()
    {
        IsUp = false;
        Incarnation++;
        _tickets.Clear();
        _open.Clear();
        _isSweeping = false;
        HeardFrom.Clear();
    }
}
