using System.Collections.Frozen;
using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Who can be asked, and who is down: this node's own evidence beside what the members that it hears say.</summary>
/// <remarks>
/// <para>One observer is often wrong: its link may be cut, its own process may have paused. So a member counts as <b>down</b> only when two
/// independent witnesses do not reach it. This node is one, by its own evidence (<see cref="PeerEvidence"/>). Every other member that it
/// hears now is one, by what its latest sign says of its own evidence; nobody passes on another's word. Where this node hears nobody else,
/// or the cluster has two members, it decides alone. Akka's view is a union of observers, this node perhaps among them: it is a
/// hint beside the witnesses and never makes two of one.</para>
/// <para>A suspicion is of an incarnation. A member that hears itself suspected raises its own, and who hears it knows then that the
/// suspicion is over, whatever a node behind a cut link goes on to say.</para>
/// <para>Where this node's own evidence is fresh both ways, it asks the member whatever others say. A member that only this node doubts
/// is not down, and not asked either: the link is cut. So the verdict never costs a request, and is never needed for one.</para>
/// <para>Any thread. Plain state: monotonic milliseconds come as arguments. Bounds: one entry a member, and one a pair of members for the
/// suspicions.</para>
/// </remarks>
internal sealed class Liveness
{
    private readonly ReplicaId _self;
    private readonly LivenessSettings _settings;
    private readonly Lock _gate = new();
    private readonly Dictionary<ReplicaId, PeerEvidence> _peers = [];

    /// <summary>By observer, what it said and when.</summary>
    private readonly Dictionary<ReplicaId, Dictionary<ReplicaId, (Incarnation Incarnation, long SaidAt)>> _said = [];

    private FrozenSet<ReplicaId> _hinted = [];
    private Incarnation _own;
    private Guid _cluster;
    private long? _lastTick;
    private int _turn;
    private volatile Verdicts _verdicts = new([], []);

    /// <summary>A node that has heard nobody.</summary>
    /// <param name="self">This node's replica.</param>
    /// <param name="starts">How often its data directory has been opened.</param>
    /// <param name="settings">How patient it is.</param>
    public Liveness(ReplicaId self, ulong starts, LivenessSettings settings)
    {
        _self = self;
        _settings = settings;
        _own = new Incarnation(starts, 0);
    }

    /// <summary>What every thread sees, replaced as a whole.</summary>
    private sealed record Verdicts(ImmutableArray<PeerStanding> Standings, FrozenSet<ReplicaId> Avoided);

    /// <summary>The other members, as of the latest <see cref="Tick"/>.</summary>
    public ImmutableArray<PeerStanding> Standings => _verdicts.Standings;

    /// <summary>This node's own incarnation.</summary>
    public Incarnation Own
    {
        get
        {
            lock (_gate) return _own;
        }
    }

    /// <summary>False for a member that is not to be asked now; true for whoever nothing is known of. Takes no lock.</summary>
    public bool IsRoutable(ReplicaId replica) => !_verdicts.Avoided.Contains(replica);

    /// <summary>How things stand with a member as of the latest <see cref="Tick"/>; null if it is none.</summary>
    public PeerStanding? StandingOf(ReplicaId replica)
    {
        foreach (var standing in Standings)
        {
            if (standing.Replica == replica) return standing;
        }

        return null;
    }

    /// <summary>These are the members from now on; this node may be among them.</summary>
    public void Use(Guid cluster, IEnumerable<ReplicaId> members, long now)
    {
        lock (_gate)
        {
            _cluster = cluster;
            var all = members.Where(member => member != _self).ToHashSet();
            foreach (var gone in _peers.Keys.Where(peer => !all.Contains(peer)).ToList())
            {
                _peers.Remove(gone);
                _said.Remove(gone);
            }

            foreach (var member in all) _peers.TryAdd(member, new PeerEvidence(_settings, now));
        }
    }

    /// <summary>This node has a new actor system: what is said of the old one is over.</summary>
    public void BeginAnew()
    {
        lock (_gate) _own = _own with { Count = _own.Count + 1 };
    }

    /// <summary>Something of a member came over its lane.</summary>
    public void Heard(ReplicaId peer, long now)
    {
        lock (_gate)
        {
            if (_peers.TryGetValue(peer, out var evidence)) evidence.Heard(now);
        }
    }

    /// <summary>A member has acknowledged what its lane carried.</summary>
    public void Answered(ReplicaId peer, long now)
    {
        lock (_gate)
        {
            if (!_peers.TryGetValue(peer, out var evidence)) return;
            evidence.Heard(now);
            evidence.Answered(now);
        }
    }

    /// <summary>When anything of a member came last; null if it is none.</summary>
    public long? HeardAt(ReplicaId peer)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var evidence) ? evidence.HeardAt : null;
    }

    /// <summary>Whether the lane to a member is open.</summary>
    public void Lane(ReplicaId peer, bool isOpen, long now)
    {
        lock (_gate)
        {
            if (_peers.TryGetValue(peer, out var evidence)) evidence.Lane(isOpen, now);
        }
    }

    /// <summary>Members that Akka calls unreachable: a hint.</summary>
    public void Hint(IEnumerable<ReplicaId> unreachable)
    {
        var hinted = unreachable.ToFrozenSet();
        lock (_gate) _hinted = hinted;
    }

    /// <summary>When the latest sign of a member came; null if none did.</summary>
    public long? SignAt(ReplicaId peer)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var evidence) ? evidence.SignAt : null;
    }

    /// <summary>The latest sign of a member; null if none came.</summary>
    public SignOfLife? LatestOf(ReplicaId peer)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var evidence) ? evidence.Sign : null;
    }

    /// <summary>True if a member's actor system with Akka's number is proved dead: a newer one of the same replica has shaken hands.</summary>
    public bool IsSucceeded(ReplicaId peer, int akkaUid)
    {
        lock (_gate) return _peers.TryGetValue(peer, out var evidence) && evidence.IsSucceeded(akkaUid);
    }

    /// <summary>This node's sign for a member; what it says of Akka is for the caller to add.</summary>
    public SignOfLife SignFor(ReplicaId peer, long now)
    {
        lock (_gate)
        {
            var echo = _peers.TryGetValue(peer, out var evidence) ? evidence.Echo : 0;
            return new SignOfLife(_cluster, _self, _own, now, echo) { Suspicions = OwnSuspicions(out var isPartial), IsPartial = isPartial };
        }
    }

    /// <summary>A sign came.</summary>
    /// <param name="sign">The sign.</param>
    /// <param name="now">When.</param>
    /// <returns>Milliseconds by which it came later than the interval after the one before; null for a first one, and one that is not taken.</returns>
    public long? Take(SignOfLife sign, long now)
    {
        lock (_gate)
        {
            if (sign.ClusterId != _cluster || !_peers.TryGetValue(sign.Replica, out var evidence)) return null;
            var (before, known) = (evidence.SignAt, evidence.Known);
            if (!evidence.Take(sign, now)) return null;
            Hear(sign, now);
            return before is { } last && sign.Incarnation.Starts == known.Starts ? Math.Max(0, now - last - _settings.Interval) : null;
        }
    }

    /// <summary>Judges all members; called once an interval.</summary>
    /// <returns>Those whose verdict is another than before.</returns>
    public IReadOnlyList<PeerStanding> Tick(long now)
    {
        lock (_gate)
        {
            // A node that did not run heard nobody: that proves nothing about the others.
            var paused = _lastTick is { } last ? now - last - _settings.Interval : 0;
            if (paused > _settings.Interval)
            {
                foreach (var evidence in _peers.Values) evidence.Forgive(paused, now);
            }

            _lastTick = now;
            foreach (var evidence in _peers.Values) evidence.Conclude(now);
            var before = Standings.ToDictionary(standing => standing.Replica);
            var standings = ImmutableArray.CreateBuilder<PeerStanding>(_peers.Count);
            var changed = new List<PeerStanding>();
            var doubts = Doubts(now);
            var heard = _peers.Values.Count(evidence => evidence.IsHeard(now));
            foreach (var (peer, evidence) in _peers)
            {
                var isAlone = heard == (evidence.IsHeard(now) ? 1 : 0);
                var standing = Judge(peer, evidence, doubts.GetValueOrDefault(peer) ?? [], isAlone, now);
                if (before.TryGetValue(peer, out var was) && was.Kind == standing.Kind) standing = standing with { Since = was.Since };
                standings.Add(standing);
                if (was is null ? standing.Kind != StandingKind.Up : was.Kind != standing.Kind) changed.Add(standing);
            }

            _verdicts = new Verdicts(
                standings.ToImmutable(), standings.Where(standing => standing.Kind != StandingKind.Up).Select(standing => standing.Replica).ToFrozenSet());
            return changed;
        }
    }

    private PeerStanding Judge(ReplicaId peer, PeerEvidence evidence, List<ReplicaId> witnesses, bool isAlone, long now)
    {
        // Two who do not reach it are enough where this node is not sure either; it then waits no longer than they did.
        if (witnesses.Count >= 2 && evidence.IsLate(now)) evidence.Suspect(now);
        if (evidence.IsSuspected) witnesses.Add(_self);
        var kind = !evidence.IsSuspected ? StandingKind.Up
            : isAlone || witnesses.Count >= 2 ? StandingKind.Down
            : StandingKind.Suspected;
        return new PeerStanding(peer, kind, [.. witnesses.Order()], _hinted.Contains(peer), now, evidence.Describe(now));
    }

    /// <summary>
    /// By member, who of those that are heard does not reach it: only what they said lately, and only of the incarnation that is known here.
    /// </summary>
    private Dictionary<ReplicaId, List<ReplicaId>> Doubts(long now)
    {
        var doubts = new Dictionary<ReplicaId, List<ReplicaId>>();
        foreach (var (observer, said) in _said)
        {
            if (!_peers[observer].IsHeard(now)) continue;
            foreach (var (subject, word) in said)
            {
                if (now - word.SaidAt > _settings.SuspectAfter || !_peers.TryGetValue(subject, out var evidence)) continue;
                if (word.Incarnation < evidence.Known) continue;
                if (!doubts.TryGetValue(subject, out var observers)) doubts.Add(subject, observers = []);
                observers.Add(observer);
            }
        }

        return doubts;
    }

    private void Hear(SignOfLife sign, long now)
    {
        if (!_said.TryGetValue(sign.Replica, out var said)) _said.Add(sign.Replica, said = []);
        if (!sign.IsPartial) said.Clear();
        foreach (var suspicion in sign.Suspicions)
        {
            if (suspicion.Subject == _self) Contradict(suspicion.Incarnation);
            else if (_peers.ContainsKey(suspicion.Subject)) said[suspicion.Subject] = (suspicion.Incarnation, now);
        }
    }

    /// <summary>This node lives: who hears it shall know that this suspicion is over.</summary>
    private void Contradict(Incarnation suspected)
    {
        if (suspected.Starts == _own.Starts && suspected.Count >= _own.Count) _own = _own with { Count = suspected.Count + 1 };
    }

    private ImmutableArray<Suspicion> OwnSuspicions(out bool isPartial)
    {
        isPartial = false;
        var all = _peers.Where(peer => peer.Value.IsSuspected).Select(peer => peer.Value.SuspicionOf(peer.Key)).ToList();
        if (all.Count == 0) return [];
        isPartial = all.Count > SignOfLife.SuspicionLimit;
        if (!isPartial) return [.. all];
        var from = _turn = (_turn + SignOfLife.SuspicionLimit) % all.Count;
        return [.. all.Skip(from).Concat(all.Take(from)).Take(SignOfLife.SuspicionLimit)];
    }
}
