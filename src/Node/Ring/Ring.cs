using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// A decided <see cref="RingDocument"/> with what requests ask of it: the partition of a token, its owners, the walk beyond them, names.
/// Immutable; made once for each epoch.
/// </summary>
internal sealed class Ring
{
    private readonly int _shift;
    private readonly ImmutableArray<ImmutableArray<RingMember>> _owners;
    private readonly ImmutableArray<ImmutableArray<ReplicaId>> _ownerIds;

    /// <summary>What levels ask, where it was asked before: at most one for each partition, level the ring can meet, and data centre.</summary>
    private readonly ConcurrentDictionary<(int Partition, Consistency Level, int ByDefault, string Near), QuorumRequirement> _requirements = new();
    private readonly Dictionary<ReplicaId, RingMember> _members;
    private readonly Dictionary<ReplicaId, string> _names;

    /// <summary>Reads a document; throws <see cref="InvalidDataException"/> if it contradicts itself.</summary>
    public Ring(RingDocument document)
    {
        Validate(document);
        Document = document;
        _shift = 64 - BitOperations.Log2((uint)document.Partitions.Length);
        _owners = [.. document.Partitions.Select(partition =>
            partition.Owners.Select(place => document.Members[place]).ToImmutableArray())];
        _ownerIds = [.. _owners.Select(owners => owners.Select(owner => owner.ReplicaId).ToImmutableArray())];
        _members = document.Members.ToDictionary(member => member.ReplicaId);
        _names = document.Members.ToDictionary(member => member.ReplicaId, member => UniqueName(member, document.Members));
        DataCenters = document.DataCenters.IsEmpty ? [""] : [.. document.DataCenters.Select(dataCenter => dataCenter.Name)];
        Conflicts = new ConflictPolicies(document.ConflictRules);
        Seal = new ContextSeal(document.ContextKey.AsSpan(), [.. document.Members.Select(member => member.ReplicaId)]);
    }

    /// <summary>The document.</summary>
    public RingDocument Document { get; }

    /// <summary>What becomes of concurrent writes.</summary>
    public ConflictPolicies Conflicts { get; }

    /// <summary>Makes and opens context tokens.</summary>
    public ContextSeal Seal { get; }

    /// <summary>The names of the data centres, in the order of the lists of owners; one without a name where the ring is one.</summary>
    public ImmutableArray<string> DataCenters { get; }

    /// <summary>Those that own partitions.</summary>
    public IEnumerable<RingMember> Members => Document.Members.Where(member => member.State == RingMemberState.Member);

    /// <summary>The partition that a token falls into.</summary>
    public int PartitionOf(Token token) => _shift == 64 ? 0 : (int)(token.Value >> _shift);

    /// <summary>The first token of a partition.</summary>
    public Token StartOf(int partition) => new(_shift == 64 ? 0 : (ulong)partition << _shift);

    /// <summary>The owners of a partition, in order of preference.</summary>
    public ImmutableArray<RingMember> OwnersOf(int partition) => _owners[partition];

    /// <summary>The owners of a token, in order of preference.</summary>
    public ImmutableArray<RingMember> OwnersOf(Token token) => _owners[PartitionOf(token)];

    /// <summary>The replica ids of the owners of a partition, in order of preference.</summary>
    public ImmutableArray<ReplicaId> OwnerIdsOf(int partition) => _ownerIds[partition];

    /// <summary>What a level of consistency asks of the owners of a partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="level">The level.</param>
    /// <param name="byDefault">W or R of this ring.</param>
    /// <param name="near">The coordinator's data centre, as the ring sees it (<see cref="DataCenterOf(ReplicaId)"/>).</param>
    public QuorumRequirement RequirementOf(int partition, Consistency level, int byDefault, string near)
    {
        // A number that no data centre has so many replicas for is refused, so it is not worth keeping; and there are too many of them.
        if (level.Code > Document.Replicas) return QuorumRequirement.Of(this, partition, level, byDefault, near);
        var key = (partition, level, byDefault, near);
        return _requirements.TryGetValue(key, out var known)
            ? known
            : _requirements.GetOrAdd(key, QuorumRequirement.Of(this, partition, level, byDefault, near));
    }

    /// <summary>The owners of a partition in one data centre, in order of preference.</summary>
    public ImmutableArray<RingMember> OwnersIn(int partition, string dataCenter) =>
        Document.DataCenters.IsEmpty ? _owners[partition] : [.. _owners[partition].Where(owner => owner.DataCenter == dataCenter)];

    /// <summary>N of a data centre.</summary>
    public int ReplicasIn(string dataCenter) => Document.DataCenters.IsEmpty
        ? Document.Replicas
        : Document.DataCenters.FirstOrDefault(wished => wished.Name == dataCenter)?.Replicas ?? 0;

    /// <summary>Where a member stands, for levels and walks: nowhere in particular where the ring is one data centre.</summary>
    public string DataCenterOf(RingMember member) => Document.DataCenters.IsEmpty ? "" : member.DataCenter;

    /// <summary>Where a replica stands; the first data centre if it is no member.</summary>
    public string DataCenterOf(ReplicaId replica) => MemberOf(replica) is { } member ? DataCenterOf(member) : DataCenters[0];

    /// <summary>
    /// The nodes beyond the owners, each once: the clockwise walk over the owners of the following partitions, those of the near data
    /// centre first, and in each the racks by turns that hold least of the partition so far.
    /// </summary>
    public IEnumerable<RingMember> FallbacksOf(int partition, string near)
    {
        var walk = Walk(partition);
        var taken = new Dictionary<(string, string), int>();
        foreach (var owner in _owners[partition]) Take(owner);
        foreach (var dataCenter in DataCenters.OrderByDescending(name => name == near))
        {
            var left = walk.Where(member => DataCenterOf(member) == dataCenter).ToList();
            while (left.Count > 0)
            {
                var next = left.MinBy(member => taken.GetValueOrDefault(RackOf(member)))!;
                left.Remove(next);
                Take(next);
                yield return next;
            }
        }

        void Take(RingMember member) => taken[RackOf(member)] = taken.GetValueOrDefault(RackOf(member)) + 1;

        static (string, string) RackOf(RingMember member) => (member.DataCenter, member.Rack);
    }

    /// <summary>The member with a replica id, null if it owns nothing here.</summary>
    public RingMember? MemberOf(ReplicaId replica) =>
        _members.TryGetValue(replica, out var member) && member.State == RingMemberState.Member ? member : null;

    /// <summary>A name that no other replica, present or past, is printed with: the member's own, marked where it was used before.</summary>
    public string NameOf(ReplicaId replica) => _names.TryGetValue(replica, out var name) ? name : replica.ToString();

    /// <summary>A member's part of all replicas, 0 to 1.</summary>
    public double ShareOf(ReplicaId replica) => (double)PartitionsOf(replica) / (Document.Partitions.Length * Document.Replicas);

    /// <summary>How many partitions a member owns.</summary>
    public int PartitionsOf(ReplicaId replica) => _owners.Count(owners => owners.Any(owner => owner.ReplicaId == replica));

    private List<RingMember> Walk(int partition)
    {
        var seen = _owners[partition].Select(owner => owner.ReplicaId).ToHashSet();
        var walk = new List<RingMember>();
        for (var step = 1; step < _owners.Length && seen.Count < _members.Count; step++)
        {
            foreach (var member in _owners[(partition + step) % _owners.Length])
            {
                if (seen.Add(member.ReplicaId)) walk.Add(member);
            }
        }

        return walk;
    }

    private static string UniqueName(RingMember member, ImmutableArray<RingMember> all) =>
        all.Count(other => other.Name == member.Name) == 1 ? member.Name : $"{member.Name}~{member.ReplicaId.ToString()[..6]}";

    private static void Validate(RingDocument document)
    {
        var partitions = document.Partitions.Length;
        if (partitions == 0 || !BitOperations.IsPow2(partitions))
            throw new InvalidDataException($"A ring of {partitions} partitions is not one of a power of two.");
        foreach (var partition in document.Partitions)
        {
            if (partition.Owners.Length != document.Replicas || partition.Owners.Distinct().Count() != partition.Owners.Length)
                throw new InvalidDataException($"A partition has the owners {string.Join(',', partition.Owners)}, not {document.Replicas} distinct ones.");
            if (partition.Owners.Any(place => place < 0 || place >= document.Members.Length))
                throw new InvalidDataException($"A partition has an owner outside the list of {document.Members.Length} members.");
            foreach (var dataCenter in document.DataCenters)
            {
                var count = partition.Owners.Count(place => document.Members[place].DataCenter == dataCenter.Name);
                if (count != dataCenter.Replicas)
                    throw new InvalidDataException($"A partition has {count} owners in data centre {dataCenter.Name}, not {dataCenter.Replicas}.");
            }
        }
    }
}
