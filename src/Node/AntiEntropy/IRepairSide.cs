using System.Collections.Immutable;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>One of the two sides of an exchange. The same questions are asked of both; only one is behind a network.</summary>
internal interface IRepairSide
{
    /// <summary>
    /// Asks a side. Never throws but for the cancellation: whatever goes wrong, on the way or there, is a <see cref="ReplicaRefusal"/>.
    /// </summary>
    Task<ReplicaReply> AskAsync(RepairRequest request, CancellationToken cancellation);
}

/// <summary>This node's side: it also reads single records.</summary>
internal interface INearSide : IRepairSide
{
    /// <summary>The records under row keys, in their order; null for none.</summary>
    /// <exception cref="RepairException">They cannot be read.</exception>
    Task<ImmutableArray<Record?>> ReadAsync(IReadOnlyList<ReadOnlyMemory<byte>> rowKeys, CancellationToken cancellation);
}

/// <summary>Holds an exchange to its rate.</summary>
internal interface IRepairPace
{
    /// <summary>Counts bytes, and completes when more may follow.</summary>
    ValueTask SpendAsync(long bytes, CancellationToken cancellation);
}

/// <summary>An exchange cannot go on; its report says why.</summary>
internal sealed class RepairException : Exception
{
    /// <summary>With the refusal that ended it.</summary>
    public RepairException(ReplicaRefusal refusal)
        : base($"{refusal.Reason}: {refusal.Detail}") => Refusal = refusal;

    /// <summary>What was refused, and why.</summary>
    public ReplicaRefusal Refusal { get; }
}
