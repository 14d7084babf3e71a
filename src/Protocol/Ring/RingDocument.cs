using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>Whether a member of the ring owns partitions. The numbers are on disk.</summary>
public enum RingMemberState
{
    /// <summary>It does.</summary>
    Member = 1,

    /// <summary>It has left or was removed; its replica id stays listed for ever, and is never let in again.</summary>
    Removed = 2,
}

/// <summary>One node of the ring.</summary>
/// <param name="Name">Unique among members; letters, digits, '-' and '_'.</param>
/// <param name="ReplicaId">Its identity. The address is only a hint of where to find it.</param>
/// <param name="Host">Where the others reach it.</param>
/// <param name="Port">Where the others reach it.</param>
/// <param name="DataCenter">Its data centre.</param>
/// <param name="Rack">Its rack.</param>
/// <param name="Weight">Its share relative to the others', from 1.</param>
/// <param name="State">Whether it owns partitions.</param>
public sealed record RingMember(
    string Name, ReplicaId ReplicaId, string Host, int Port, string DataCenter, string Rack, int Weight, RingMemberState State);

/// <summary>One of the equal parts of the token space.</summary>
/// <param name="Owners">Places in the list of members, in order of preference; distinct.</param>
/// <param name="ChangedInEpoch">The ring epoch in which the owners last changed.</param>
public sealed record Partition(ImmutableArray<int> Owners, long ChangedInEpoch);

/// <summary>How many owners each partition has in a data centre.</summary>
/// <param name="Name">The data centre, as its members name it.</param>
/// <param name="Replicas">N there, from 1.</param>
public sealed record DataCenterReplicas(string Name, int Replicas);

/// <summary>
/// Who owns what: the versioned document that every node keeps on disk and starts from. Immutable; only decided documents are used.
/// </summary>
public sealed record RingDocument
{
    /// <summary>Drawn when the first ring is made; two of them never mix.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>From 1; each change of the ring decides the next.</summary>
    public required long Epoch { get; init; }

    /// <summary>Everyone who is or was in the ring; grows at its end only, so that places in it stay what they mean.</summary>
    public required ImmutableArray<RingMember> Members { get; init; }

    /// <summary>Q of them, a power of two; partition i holds the tokens from i * 2^64 / Q on.</summary>
    public required ImmutableArray<Partition> Partitions { get; init; }

    /// <summary>N: owners of each partition, in all data centres together.</summary>
    public required int Replicas { get; init; }

    /// <summary>
    /// The data centres, in the order in which the lists of owners hold them. Empty where the ring is one data centre, whatever its members
    /// call theirs: so are all rings from before there were several.
    /// </summary>
    public ImmutableArray<DataCenterReplicas> DataCenters { get; init; } = [];

    /// <summary>W where a request does not say, in the data centre of its coordinator.</summary>
    public required int WriteQuorum { get; init; }

    /// <summary>R where a request does not say, in the data centre of its coordinator.</summary>
    public required int ReadQuorum { get; init; }

    /// <summary>Keys the checksum of context tokens; 32 random bytes, never given to clients.</summary>
    public required ImmutableArray<byte> ContextKey { get; init; }

    /// <summary>What becomes of concurrent writes, by prefix of the key; distinct prefixes. Keys that none fits keep siblings.</summary>
    public ImmutableArray<ConflictRule> ConflictRules { get; init; } = [];
}
