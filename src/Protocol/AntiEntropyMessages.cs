using System.Collections.Immutable;

namespace AkkaKv.Protocol;

// What two replicas say to each other to find and mend what differs between them. Lanes carry it so that it holds up nothing that a client
// waits for (LaneOutbox).

/// <summary>
/// What one replica asks of another to compare what both hold. All are of one partition, which the receiver owns. Refused with
/// <see cref="ReplicaRefusal"/>: <see cref="RefusalReason.TreeNotReady"/>, <see cref="RefusalReason.NotComparable"/>,
/// <see cref="RefusalReason.StaleRing"/> from one that owns no such partition.
/// </summary>
/// <param name="Range">The partition.</param>
public abstract record RepairRequest(RepairRange Range) : ReplicaRequest;

/// <summary>A partition, as the leaves of the tree that are its own.</summary>
/// <param name="FromLeaf">The first of them.</param>
/// <param name="UntilLeaf">The first that is none of them.</param>
/// <param name="LeafBits">Binary logarithm of the number of leaves that the token space has.</param>
public readonly record struct RepairRange(uint FromLeaf, uint UntilLeaf, uint LeafBits);

/// <summary>
/// Asks for hashes of the tree. Answered by <see cref="TreeHashes"/>: of nodes themselves both halves, of those below them one. One half
/// nearly always tells that two differ; where all below two nodes that differ look equal by one half, the other is asked for.
/// </summary>
/// <param name="Range">The partition.</param>
/// <param name="Level">Of the nodes; leaves are level 0, each level above has a quarter as many nodes.</param>
/// <param name="Nodes">Their numbers on that level, ascending; at most <see cref="MaximumHashes"/> are told of them.</param>
/// <param name="Depth">How many levels below the nodes the hashes are asked for; 0 for their own, at most <see cref="MaximumDepth"/>.</param>
/// <param name="IsUpperHalf">True for the upper 32 bits of the hashes, else the lower; without meaning for depth 0.</param>
public sealed record TreeQuery(RepairRange Range, uint Level, ImmutableArray<uint> Nodes, uint Depth, bool IsUpperHalf) : RepairRequest(Range)
{
    /// <summary>Most halves of hashes that may be asked for.</summary>
    public const int MaximumHashes = 8192;

    /// <summary>Greatest <see cref="Depth"/>.</summary>
    public const int MaximumDepth = 2;

    /// <summary>Halves that are told of each node: the lower and the upper one, or one of each of its 4 children, or of its 16 grandchildren.</summary>
    public static int HashesPerNode(int depth) => depth switch { 0 => 2, 1 => 4, _ => 16 };
}

/// <summary>Asks what records leaves hold, by their hashes. Answered by <see cref="LeafEntries"/>.</summary>
/// <param name="Range">The partition.</param>
/// <param name="Leaves">The leaves, ascending; at most <see cref="MaximumLeaves"/>.</param>
/// <param name="FromToken">Tokens below are left out.</param>
/// <param name="Limit">The answer ends behind the token that reaches so many entries.</param>
public sealed record LeafQuery(RepairRange Range, ImmutableArray<uint> Leaves, ulong FromToken, uint Limit) : RepairRequest(Range)
{
    /// <summary>Most leaves of a query.</summary>
    public const int MaximumLeaves = 1024;

    /// <summary>Most entries that may be asked for.</summary>
    public const int MaximumLimit = 3000;
}

/// <summary>Asks for records. Answered by <see cref="ReplicaRows"/>, in ascending order.</summary>
/// <param name="Range">The partition.</param>
/// <param name="Tokens">Of all keys with these tokens; ascending, at most <see cref="MaximumTokens"/>.</param>
/// <param name="After">Only rows behind this row key; empty for all.</param>
/// <param name="LimitBytes">The answer ends with the row that reaches this.</param>
public sealed record RecordQuery(RepairRange Range, ImmutableArray<ulong> Tokens, ReadOnlyMemory<byte> After, uint LimitBytes)
    : RepairRequest(Range)
{
    /// <summary>Most tokens of a query.</summary>
    public const int MaximumTokens = 512;

    /// <summary>Most bytes that may be asked for; a single row may be longer.</summary>
    public const int MaximumLimitBytes = 48 * 1024;
}

/// <summary>
/// Records that the receiver lacks; it merges them into what it holds. Answered by <see cref="ReplicaStored"/> when all are durable.
/// </summary>
/// <param name="Range">The partition.</param>
/// <param name="Rows">At most <see cref="MaximumRows"/>.</param>
public sealed record RecordPush(RepairRange Range, ImmutableArray<ReplicaRow> Rows) : RepairRequest(Range)
{
    /// <summary>Most rows of a push.</summary>
    public const int MaximumRows = 1024;
}

/// <summary>Tells what records the sender holds, by their hashes. Answered by <see cref="EntriesWanted"/>.</summary>
/// <param name="Range">The partition.</param>
/// <param name="Tokens">Of each record, ascending; at most <see cref="LeafQuery.MaximumLimit"/> and what shares the last one's token.</param>
/// <param name="Hashes">The record's hash, for each token.</param>
public sealed record EntryOffer(RepairRange Range, ImmutableArray<ulong> Tokens, ImmutableArray<ulong> Hashes) : RepairRequest(Range);

/// <summary>Halves of the hashes of a tree.</summary>
/// <param name="Hashes">
/// In the order of the nodes, and of those below each; of a node itself the lower half, then the upper. What holds nothing has the hash 0.
/// </param>
public sealed record TreeHashes(ImmutableArray<uint> Hashes) : ReplicaReply;

/// <summary>The records of leaves.</summary>
/// <param name="Tokens">The token of each, ascending.</param>
/// <param name="Hashes">The record's hash, for each token.</param>
/// <param name="IsEnd">True if the leaves hold no more.</param>
/// <param name="NextToken">Where to go on; everything below that was asked for is in this answer.</param>
public sealed record LeafEntries(ImmutableArray<ulong> Tokens, ImmutableArray<ulong> Hashes, bool IsEnd, ulong NextToken) : ReplicaReply;

/// <summary>What the receiver of an offer does not hold as it was offered.</summary>
/// <param name="Tokens">Ascending.</param>
public sealed record EntriesWanted(ImmutableArray<ulong> Tokens) : ReplicaReply;
