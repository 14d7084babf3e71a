using System.Collections.Immutable;

namespace AkkaKv.Protocol;

/// <summary>What a coordinator asks of one replica. The answer is a <see cref="ReplicaReply"/>.</summary>
public abstract record ReplicaRequest : IProtocolMessage;

/// <summary>Asks for the record of a key. Answered by <see cref="ReplicaRecord"/> or <see cref="ReplicaRefusal"/>.</summary>
/// <param name="Key">The key.</param>
/// <param name="KnownHash">The hash of the record that the coordinator has already; the same one is not sent again. 0 for none.</param>
public sealed record ReplicaRead(ReadOnlyMemory<byte> Key, ulong KnownHash = 0) : ReplicaRequest;

/// <summary>
/// Merges a record into what the replica holds. Answered by <see cref="ReplicaStored"/> once that is synced, or
/// <see cref="ReplicaRefusal"/>.
/// </summary>
/// <param name="Key">The key.</param>
/// <param name="Record">The record as it was encoded once, by the replica that made it.</param>
public sealed record ReplicaStore(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Record) : ReplicaRequest;

/// <summary>Asks for the rows of a range in token order. Answered by <see cref="ReplicaRows"/> or <see cref="ReplicaRefusal"/>.</summary>
/// <param name="From">The first row key (token, key) that may be in the answer.</param>
/// <param name="Until">The first row key that may not; empty for the end of the token space.</param>
/// <param name="LimitRows">Rows at most, from 1.</param>
/// <param name="LimitBytes">The answer ends with the row that reaches this.</param>
public sealed record ReplicaScan(ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> Until, int LimitRows, int LimitBytes) : ReplicaRequest;

/// <summary>A replica's answer.</summary>
public abstract record ReplicaReply : IProtocolMessage;

/// <summary>What the replica holds for a key.</summary>
/// <param name="Hash">The record's hash; 0 if it holds none.</param>
/// <param name="Record">The encoded record; empty if it holds none, or the one whose hash the coordinator named.</param>
public sealed record ReplicaRecord(ulong Hash, ReadOnlyMemory<byte> Record) : ReplicaReply;

/// <summary>The record is merged and synced.</summary>
public sealed record ReplicaStored : ReplicaReply;

/// <summary>A row of a range.</summary>
/// <param name="RowKey">Token and key.</param>
/// <param name="Record">The encoded record.</param>
public sealed record ReplicaRow(ReadOnlyMemory<byte> RowKey, ReadOnlyMemory<byte> Record);

/// <summary>Rows of a range.</summary>
/// <param name="Rows">In ascending order.</param>
/// <param name="IsEnd">True if the range ends with them.</param>
public sealed record ReplicaRows(ImmutableArray<ReplicaRow> Rows, bool IsEnd) : ReplicaReply;

/// <summary>Why a replica did not do what it was asked. The numbers are on the wire.</summary>
public enum RefusalReason
{
    /// <summary>Its queue is full.</summary>
    Overloaded = 1,

    /// <summary>Its store has stopped taking writes.</summary>
    ReadOnly = 2,

    /// <summary>What it would have to read is damaged.</summary>
    Unreadable = 3,

    /// <summary>The request came by a ring older than this partition's last change.</summary>
    StaleRing = 4,

    /// <summary>The time of the request had run out.</summary>
    Expired = 5,

    /// <summary>The lane to it is closed or full; said by the sender's own side.</summary>
    Unreachable = 6,

    /// <summary>The write would make more siblings than are allowed.</summary>
    TooManySiblings = 7,

    /// <summary>The key is not as it was when the write's condition was checked.</summary>
    Changed = 20,

    /// <summary>The hash tree of the partition is being built or checked anew.</summary>
    TreeNotReady = 40,

    /// <summary>The trees are cut otherwise, or more was asked at once than is answered.</summary>
    NotComparable = 41,
}

/// <summary>The replica has not done it and will not.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Detail">For the log.</param>
public sealed record ReplicaRefusal(RefusalReason Reason, string Detail) : ReplicaReply;
