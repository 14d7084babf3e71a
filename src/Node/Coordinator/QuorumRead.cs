using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// Reads one key from as many replicas as a level asks, on behalf of an operation. The own replica is asked first, then those of the own
/// data centre, then others; all but the first are told the hash of its record and send theirs only where it differs.
/// </summary>
internal sealed class QuorumRead
{
    private readonly Coordinator _coordinator;
    private readonly Operation _operation;
    private readonly ReadOnlyMemory<byte> _key;
    private readonly QuorumRequirement _requirement;
    private readonly ReadQuorum _quorum;
    private readonly ReplicaId? _first;
    private List<ReplicaId> _held = [];
    private Record? _known;
    private ulong _knownHash;
    private long _beganAt;
    private long _askedAt;

    /// <summary>A read that has not begun.</summary>
    public QuorumRead(
        Coordinator coordinator, Operation operation, Ring ring, ReadOnlyMemory<byte> key, Consistency level, VersionVector floor, bool isStrict)
    {
        _coordinator = coordinator;
        _operation = operation;
        _key = key;
        var self = coordinator.Environment.Self;
        var partition = ring.PartitionOf(Token.Of(key.Span));
        var near = ring.DataCenterOf(self);
        var owners = InOrder(ring, partition, self, coordinator.Environment.IsReachable, near);
        var fallbacks = isStrict ? [] : ring.FallbacksOf(partition, near);
        _requirement = ring.RequirementOf(partition, level, ring.Document.ReadQuorum, near);
        _quorum = new ReadQuorum(owners, fallbacks, _requirement, floor, ring.DataCenterOf) { Policy = ring.Conflicts.Of(key.Span) };
        _first = owners[0] == self ? self : null;
    }

    /// <summary>What the answers merge to.</summary>
    public Record? Merged => _quorum.Merged;

    /// <summary>True if somebody answered who is no owner.</summary>
    public bool IsSloppy => _quorum.IsSloppy;

    /// <summary>The nodes whose answers count.</summary>
    public IEnumerable<ReplicaId> Counted => _quorum.Counted;

    /// <summary>True once nobody is left to ask or to wait for.</summary>
    public bool IsExhausted => _quorum.IsExhausted;

    /// <summary>True once the answers are enough.</summary>
    public bool IsEnough(DateTimeOffset now) => _quorum.IsEnough(now);

    /// <summary>Asks the first replicas.</summary>
    public void Begin()
    {
        _beganAt = _coordinator.Now;
        if (_first is { } self && _requirement.Groups.Sum(group => group.Required) > 1)
        {
            // The own replica answers from memory in microseconds; with its hash at hand the others need not send what it has.
            _held = Next().Where(replica => replica != self).ToList();
            AskNow(self);
        }
        else
        {
            AskNext();
        }
    }

    /// <summary>Takes an answer, and asks on if that is needed.</summary>
    public void Answer(ReplicaId from, ReplicaReply reply)
    {
        if (reply is ReplicaRecord answer && TryDecode(answer, out var record))
        {
            if (from == _first) (_known, _knownHash) = (record, answer.Hash);
            _quorum.Answered(from, record);
        }
        else
        {
            _quorum.Failed(from);
        }

        AskHeld();
        if (!_quorum.IsEnough(_coordinator.Environment.Time.GetUtcNow())) AskNext();
    }

    /// <summary>Asks one more if answers are late.</summary>
    public void Late()
    {
        var waited = _coordinator.Now - _askedAt;
        if (waited < _coordinator.Environment.HedgeAfterMilliseconds) return;
        AskHeld();
        if (waited < _coordinator.HedgeAfterMilliseconds) return;
        _quorum.Hedge();
        AskNext();
    }

    /// <summary>Counts how long it took among the latest reads, by which others are found late.</summary>
    public void NoteLatency() => _coordinator.NoteRead(_coordinator.Now - _beganAt);

    /// <summary>Sends what the answers merge to to the owners that lack some of it.</summary>
    public void RepairStale()
    {
        var stale = _quorum.StaleOwners.ToList();
        if (stale.Count == 0) return;
        var store = new ReplicaStore(_key, RecordCodec.Encode(_quorum.Merged!));
        foreach (var replica in stale) _coordinator.Repair(replica, store);
    }

    /// <summary>Nobody is left to ask.</summary>
    public RequestFailure NotEnough() => _requirement.NotEnough(_quorum.Weakest);

    /// <summary>The time is up.</summary>
    public RequestFailure TimedOut() => _requirement.TimedOut(_quorum.Weakest);

    /// <summary>The own replica, then those that can be asked, of these those of the own data centre first, then the rest.</summary>
    private static ImmutableArray<ReplicaId> InOrder(Ring ring, int partition, ReplicaId self, Func<ReplicaId, bool> isReachable, string near)
    {
        var owners = ring.OwnersOf(partition);
        var order = new ReplicaId[owners.Length];
        Span<int> ranks = owners.Length <= 64 ? stackalloc int[owners.Length] : new int[owners.Length];
        for (var place = 0; place < owners.Length; place++)
        {
            // Put in behind those of its rank, so that the ring's order stays among equals. There are a few owners.
            var owner = owners[place];
            var rank = owner.ReplicaId == self ? 0 : (isReachable(owner.ReplicaId) ? 0 : 2) + (ring.DataCenterOf(owner) == near ? 1 : 2);
            var at = place;
            for (; at > 0 && ranks[at - 1] > rank; at--) (order[at], ranks[at]) = (order[at - 1], ranks[at - 1]);
            (order[at], ranks[at]) = (owner.ReplicaId, rank);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(order);
    }

    /// <summary>None, the own replica's, or the one sent. False if what was sent is no record.</summary>
    private bool TryDecode(ReplicaRecord answer, out Record? record)
    {
        record = answer.Hash == _knownHash ? _known : null;
        if (answer.Hash == 0 || answer.Record.IsEmpty) return answer.Hash == 0 || answer.Hash == _knownHash;
        try
        {
            record = RecordCodec.Decode(answer.Record);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private void AskNext()
    {
        foreach (var replica in Next()) AskNow(replica);
    }

    /// <summary>Asks those that were to be told the own replica's hash, with it or, if it is late, without.</summary>
    private void AskHeld()
    {
        foreach (var held in _held) AskNow(held);
        _held = [];
    }

    private IReadOnlyList<ReplicaId> Next() => _quorum.Next(_coordinator.Environment.Time.GetUtcNow());

    private void AskNow(ReplicaId replica)
    {
        _askedAt = _coordinator.Now;
        _coordinator.Ask(_operation, replica, new ReplicaRead(_key, replica == _first ? 0 : _knownHash));
    }
}
