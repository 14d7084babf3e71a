using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Which way records go in an exchange.</summary>
internal enum ExchangeMode
{
    /// <summary>Both ways: afterwards both sides hold the merge.</summary>
    Both,

    /// <summary>This node takes what it lacks and gives nothing. Both sides' trees are compared.</summary>
    Pull,

    /// <summary>
    /// This node tells its rows by their hashes, and the peer asks for what it lacks. No tree is compared: for copies that this node holds for
    /// others, where the peer has much that this node has not.
    /// </summary>
    Give,
}

/// <summary>How an exchange ended.</summary>
internal enum ExchangeOutcome
{
    /// <summary>Nothing differed.</summary>
    Equal,

    /// <summary>What differed was sent, and is durable where it was lacking.</summary>
    Mended,

    /// <summary>It ended before its end; what was sent until then stays. Trying again later is safe and cheaper.</summary>
    Failed,
}

/// <summary>What an exchange did.</summary>
internal sealed record ExchangeReport
{
    /// <summary>How it ended.</summary>
    public required ExchangeOutcome Outcome { get; init; }

    /// <summary>Why it ended early, for people; else empty.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Why the peer or this node refused to go on, if that is what ended it.</summary>
    public RefusalReason? Refusal { get; init; }

    /// <summary>Tokens under which the two sides held different records.</summary>
    public long Differences { get; init; }

    /// <summary>Records that were sent to the peer.</summary>
    public long RecordsSent { get; init; }

    /// <summary>Records that were fetched from the peer.</summary>
    public long RecordsReceived { get; init; }

    /// <summary>Bytes of messages to the peer.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of messages from the peer.</summary>
    public long BytesReceived { get; init; }
}

/// <summary>
/// Compares what this node holds of a partition with what a peer holds, and mends. For timers, repair jobs, hint handoff and transfers.
/// </summary>
/// <remarks>
/// Any number may be asked for; they run one after another for each peer, paced by <c>akkakv.repair.bytes-per-second</c> together. Two
/// exchanges of one partition at once do no harm. Concurrent writes neither hold an exchange up nor make it fail; what they change behind its
/// back, the next one compares.
/// </remarks>
internal interface IPartitionExchange
{
    /// <summary>Runs an exchange. Failures of the peer or of this node's stores are a <see cref="ExchangeOutcome.Failed"/> report.</summary>
    /// <param name="partition">A partition of the ring at hand.</param>
    /// <param name="peer">A member; an owner of the partition, or it refuses.</param>
    /// <param name="mode">Which way records go.</param>
    /// <param name="cancellation">Ends it early, with a report.</param>
    Task<ExchangeReport> CompareAsync(int partition, ReplicaId peer, ExchangeMode mode, CancellationToken cancellation = default);
}
