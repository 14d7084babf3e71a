using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>How a <see cref="Coordinator"/> reaches replicas and clients. Nothing here blocks or throws.</summary>
internal interface ICoordinatorPort
{
    /// <summary>
    /// Asks a replica, this node's own included. The answer, or a <see cref="ReplicaRefusal"/> from this side, comes back through
    /// <see cref="Coordinator.Answer"/>; if it never comes, the deadline ends the wait.
    /// </summary>
    void Ask(ReplicaId replica, ulong number, ReplicaRequest request, long deadline);

    /// <summary>Answers a client.</summary>
    void Reply(ulong ticket, ClientReply reply);
}

/// <summary>What a coordinator knows of the node around it.</summary>
/// <param name="Self">This node's replica.</param>
/// <param name="IsReachable">Whether a replica can be asked now.</param>
/// <param name="IsCatchingUp">Whether this node may have missed writes that others took.</param>
/// <param name="Time">Decides what has expired, and when.</param>
/// <param name="ValueBytesLimit">Limit of a value.</param>
/// <param name="RequestLimit">Requests at a time.</param>
/// <param name="HedgeAfterMilliseconds">
/// A read asks one more when an answer is later than this, or than nineteen in twenty of the latest were, whichever is longer. From 1.
/// </param>
internal sealed record CoordinatorEnvironment(
    ReplicaId Self,
    Func<ReplicaId, bool> IsReachable,
    Func<bool> IsCatchingUp,
    TimeProvider Time,
    int ValueBytesLimit,
    int RequestLimit,
    long HedgeAfterMilliseconds)
{
    /// <summary>Says whether the clock is right enough for what needs one.</summary>
    public ClockWatch Clocks { get; init; } = new(Time);

    /// <summary>When writers are warned of siblings.</summary>
    public SiblingLimits Siblings { get; init; } = SiblingLimits.Default;

    /// <summary>What is counted.</summary>
    public NodeMeters Meters { get; init; } = NodeMeters.Unobserved;
}

/// <summary>
/// Runs client requests against the replicas of their keys: many at a time, in one table, with one sweep for all deadlines.
/// </summary>
/// <remarks>
/// The whole of it is plain code: an actor moves its messages in production, the simulation moves them with a seed. One thread at a time.
/// Bounds: <see cref="CoordinatorEnvironment.RequestLimit"/> requests, each with at most a few questions per replica, each until its
/// deadline.
/// </remarks>
internal sealed class Coordinator
{
    private readonly ICoordinatorPort _port;
    private readonly Dictionary<ulong, (Operation Operation, ReplicaId Replica)> _asks = [];

    /// <summary>When to look after an operation next. What has ended meanwhile is left out when its time comes.</summary>
    private readonly PriorityQueue<Operation, long> _looks = new();

    private readonly RecentLatencies _readLatencies = new();
    private ulong _lastNumber;

    /// <summary>A coordinator without requests.</summary>
    public Coordinator(CoordinatorEnvironment environment, ICoordinatorPort port)
    {
        Environment = environment;
        _port = port;
    }

    /// <summary>The node around it.</summary>
    public CoordinatorEnvironment Environment { get; }

    /// <summary>The ring for requests that begin from now on; null until one is decided.</summary>
    public Ring? Ring { get; set; }

    /// <summary>Requests under way.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Milliseconds after which an answer to a read is late. Never, while so many requests are under way that the answers are late because
    /// of that: asking more would make it worse.
    /// </summary>
    public long HedgeAfterMilliseconds => Count > Environment.RequestLimit / 2
        ? long.MaxValue
        : Math.Max(Environment.HedgeAfterMilliseconds, _readLatencies.NineteenInTwenty);

    /// <summary>Monotonic milliseconds.</summary>
    public long Now => Monotonic.Milliseconds(Environment.Time);

    /// <summary>Begins a request.</summary>
    /// <param name="ticket">Comes back with the answer; unique among the requests under way.</param>
    /// <param name="request">A <see cref="ClientRequest"/> or a <see cref="Scan"/>.</param>
    /// <param name="deadline">Monotonic milliseconds.</param>
    public void Start(ulong ticket, IProtocolMessage request, long deadline)
    {
        if (Ring is null)
        {
            _port.Reply(ticket, new NotReady("it has no ring yet"));
            return;
        }

        // One that nobody waits for any more is not begun: under more load than a node can carry, that would be all it does.
        if (Count >= Environment.RequestLimit || Now >= deadline)
        {
            _port.Reply(ticket, new Overloaded(TimeSpan.FromMilliseconds(100)));
            return;
        }

        Operation operation = request switch
        {
            WriteRequest write => new WriteOperation(this, ticket, Ring, deadline, write),
            Get get => new ReadOperation(this, ticket, Ring, deadline, get),
            Scan scan => new ScanOperation(this, ticket, Ring, deadline, scan),
            _ => throw new ArgumentException($"{request.GetType()} is no request.", nameof(request)),
        };
        Count++;
        operation.Begin();
        if (operation.IsUnderWay) LookAfter(operation, Now);
    }

    /// <summary>A replica has answered a question, or cannot.</summary>
    public void Answer(ulong number, ReplicaReply reply)
    {
        // The first of the two answers of a mint leaves the question open.
        var isLast = reply is not Minted;
        if (!_asks.TryGetValue(number, out var ask)) return;
        if (isLast)
        {
            _asks.Remove(number);
            ask.Operation.Asks.Remove(number);
        }

        ask.Operation.Answer(ask.Replica, reply);
    }

    /// <summary>The way to a replica is cut: what it was asked it will not answer.</summary>
    public void PeerLost(ReplicaId replica)
    {
        foreach (var number in _asks.Where(ask => ask.Value.Replica == replica).Select(ask => ask.Key).ToList())
            Answer(number, new ReplicaRefusal(RefusalReason.Unreachable, "the lane was lost"));
    }

    /// <summary>Looks after time: called every few milliseconds.</summary>
    public void Sweep()
    {
        var now = Now;
        while (_looks.TryPeek(out var operation, out var time) && time <= now)
        {
            _looks.Dequeue();
            if (operation.IsUnderWay && now >= operation.Deadline) Finish(operation, operation.TimedOut());
            else if (operation.IsUnderWay) operation.Late();
            if (operation.IsUnderWay) LookAfter(operation, now);
        }
    }

    /// <summary>Twice in the time after which an answer is late, so that one is noticed at most half that time after it is.</summary>
    private void LookAfter(Operation operation, long now) =>
        _looks.Enqueue(operation, Math.Min(operation.Deadline, now + Math.Max(1, Environment.HedgeAfterMilliseconds / 2)));

    /// <summary>A read was answered so many milliseconds after it had asked.</summary>
    internal void NoteRead(long milliseconds) => _readLatencies.Add(milliseconds);

    /// <summary>Asks a replica on behalf of an operation.</summary>
    internal void Ask(Operation operation, ReplicaId replica, ReplicaRequest request)
    {
        if (!operation.IsUnderWay) return;
        var number = ++_lastNumber;
        _asks.Add(number, (operation, replica));
        operation.Asks.Add(number);
        _port.Ask(replica, number, request, operation.Deadline);
    }

    /// <summary>Takes no more answers to what an operation has asked so far.</summary>
    internal void Disregard(Operation operation)
    {
        foreach (var number in operation.Asks) _asks.Remove(number);
        operation.Asks.Clear();
    }

    /// <summary>Brings a replica up to date behind an answer; nobody waits for it.</summary>
    internal void Repair(ReplicaId replica, ReplicaStore store) => _port.Ask(replica, ++_lastNumber, store, Now + 1000);

    /// <summary>Ends an operation with its answer.</summary>
    internal void Finish(Operation operation, ClientReply reply)
    {
        if (!operation.IsUnderWay) return;
        operation.IsUnderWay = false;
        Count--;
        Disregard(operation);
        _port.Reply(operation.Ticket, reply);
    }
}
