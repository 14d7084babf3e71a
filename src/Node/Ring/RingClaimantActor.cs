using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// The cluster singleton that makes the first ring, once the expected number of nodes is there. It only proposes: the ring is decided by the
/// votes that the nodes keep on disk, so a claimant that dies, or two at once, do no harm.
/// </summary>
/// <remarks>
/// <code>
/// Step              while there is no ring: ask who is there; begin an attempt; give up one that hangs
/// RingAnswer        who is there, and whether anybody has a ring
/// RingPromise, RingAccepted, RingReject   the votes
/// RingDecided       somebody has a ring already
/// </code>
/// </remarks>
internal sealed class RingClaimantActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan StepInterval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(3);

    private readonly NodeState _node;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<ulong, (MemberCard Card, IActorRef Keeper)> _present = [];
    private RingProposer? _attempt;
    private Dictionary<ulong, IActorRef> _voters = [];
    private byte[] _found = [];
    private bool _isPrepared;
    private ulong _round;
    private long _attemptEnds;
    private bool _isFounded;

    /// <summary>The claimant, where it runs now.</summary>
    public RingClaimantActor(NodeState node)
    {
        _node = node;
        Receive<Step>(_ => OnStep());
        Receive<RingAnswer>(OnPresent);
        Receive<RingPromise>(OnVote);
        Receive<RingAccepted>(OnVote);
        Receive<RingReject>(OnVote);
        Receive<RingDecided>(_ => OnFounded());
    }

    private sealed class Step
    {
        public static Step Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => Monotonic.Milliseconds(_node.Time);

    /// <summary>How to create one.</summary>
    public static Props Props(NodeState node) => Akka.Actor.Props.Create(() => new RingClaimantActor(node));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        // A ballot used twice may decide twice: this node's own vote knows every ballot that it has begun before.
        _round = _node.Directory.ReadVote().Promised.Round;
        Timers.StartPeriodicTimer(nameof(Step), Step.Instance, StepInterval);
    }

    private void OnStep()
    {
        if (_node.Ring is not null || _isFounded) return;
        if (_attempt is not null && Now < _attemptEnds && _attempt.Beaten is null) return;
        if (_attempt?.Beaten is { } beaten) _round = Math.Max(_round, beaten.Round);
        _attempt = null;
        if (_present.Count >= _node.Settings.Cluster.Expect) Begin();

        _present.Clear();
        foreach (var member in _cluster.State.Members)
            Context.ActorSelection(new RootActorPath(member.Address) + RingKeeperActor.Path).Tell(new RingQuery(_node.Card()));
    }

    private void OnPresent(RingAnswer answer)
    {
        if (answer.Ring.Length > 0) OnFounded();
        else _present[answer.Card.Replica] = (answer.Card, Sender);
    }

    /// <summary>Somebody has a ring already: the keepers spread it, and founding another is out of the question.</summary>
    private void OnFounded()
    {
        _isFounded = true;
        _attempt = null;
    }

    private void Begin()
    {
        var cards = _present.Values.Select(present => present.Card).ToList();
        if (cards.GroupBy(card => card.Name).FirstOrDefault(group => group.Count() > 1) is { } twins)
        {
            var where = string.Join(" and ", twins.Select(card => $"{card.Host}:{card.Port}"));
            _log.Error("No ring is made: the nodes at {0} are both called '{1}' (akkakv.node.name)", where, twins.Key);
            return;
        }

        if (_found.Length == 0 && RingFounding.FaultOf(cards, _node.Settings.Cluster) is { } fault)
        {
            if (_node.WaitingFor != fault.Message) _log.Error("No ring is made: {0}", fault.Message);
            _node.WaitingFor = fault.Message;
            return;
        }

        // A ring that somebody has accepted before may have been decided: it is proposed again, to exactly its members.
        var wished = _found.Length > 0 ? RingCodec.Decode(_found) : RingFounding.Found(cards, _node.Settings.Cluster);
        var missing = wished.Members.Where(member => !_present.ContainsKey(member.ReplicaId.Value)).ToList();
        if (missing.Count > 0)
        {
            _log.Warning("The first ring waits for {0}, which took part in an earlier attempt", string.Join(", ", missing.Select(member => member.Name)));
            return;
        }

        if (!_present.TryGetValue(_node.Self.Value, out var self)) return;
        foreach (var warning in RingFounding.WarningsOf(wished, _node.Settings.Cluster)) _log.Warning("{0}", warning.Message);
        _voters = wished.Members.ToDictionary(member => member.ReplicaId.Value, member => _present[member.ReplicaId.Value].Keeper);
        _attempt = new RingProposer(new Ballot(++_round, _node.Self.Value), RingCodec.Encode(wished), _voters.Count);
        _attemptEnds = Now + (long)AttemptLimit.TotalMilliseconds;
        _isPrepared = false;
        // The own vote first: it is on disk before anybody else hears of the ballot.
        self.Keeper.Tell(_attempt.Begin());
    }

    private void OnVote(IControlMessage vote)
    {
        if (_attempt is null) return;
        if (vote is RingPromise { AcceptedRing.Length: > 0 } promise && IsForOthers(promise.AcceptedRing))
        {
            _found = promise.AcceptedRing;
            _attempt = null;
            return;
        }

        if (!_isPrepared && vote is RingPromise own && own.Replica == _node.Self.Value && own.Ballot == _attempt.Ballot)
        {
            _isPrepared = true;
            Send(_attempt.Begin());
        }

        // This node may be no member of a ring that others accepted before; its vote counts for nothing there.
        var isVoter = vote switch
        {
            RingPromise promised => _voters.ContainsKey(promised.Replica),
            RingAccepted accepted => _voters.ContainsKey(accepted.Replica),
            _ => true,
        };
        if (isVoter && _attempt.Take(vote) is { } next) Send(next);
    }

    /// <summary>True if a ring that was accepted before has other members than the present attempt has voters.</summary>
    private bool IsForOthers(byte[] ring)
    {
        var members = RingCodec.Decode(ring).Members.Select(member => member.ReplicaId).ToHashSet();
        var voters = RingCodec.Decode(_attempt!.Wished).Members.Select(member => member.ReplicaId);
        return !members.SetEquals(voters);
    }

    private void Send(IControlMessage message)
    {
        foreach (var voter in _voters.Values) voter.Tell(message);
    }
}
