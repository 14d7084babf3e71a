using System.Collections.Concurrent;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Asks a member. Never throws but for the cancellation; what goes wrong is a <see cref="ReplicaRefusal"/>.</summary>
internal delegate Task<ReplicaReply> AskPeer(ReplicaId peer, RepairRequest request, CancellationToken cancellation);

/// <summary>Runs the exchanges of one node: one at a time with each peer, all within one rate, and notes what they did.</summary>
/// <param name="node">The node.</param>
/// <param name="near">This node's side.</param>
/// <param name="ask">Asks the others.</param>
internal sealed class NodeExchange(NodeState node, INearSide near, AskPeer ask) : IPartitionExchange
{
    private readonly RepairPace _pace = new(node.Settings.Repair.BytesPerSecond, node.Time);

    /// <summary>One place for each peer; never disposed, for it holds nothing of the system's.</summary>
    private readonly ConcurrentDictionary<ReplicaId, SemaphoreSlim> _turns = new();

    /// <inheritdoc/>
    public async Task<ExchangeReport> CompareAsync(int partition, ReplicaId peer, ExchangeMode mode, CancellationToken cancellation = default)
    {
        if (node.Ring is not { } ring) return Failed(RefusalReason.StaleRing, "this node has no ring yet");
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, ring.Document.Partitions.Length);
        var shape = new LeafShape(node.Settings.Repair.LeafBits);
        var leaves = shape.RangeOf(partition, ring.Document.Partitions.Length);
        var range = new RepairRange((uint)leaves.From, (uint)leaves.Until, (uint)shape.LeafBits);

        ExchangeReport report;
        var turn = _turns.GetOrAdd(peer, _ => new SemaphoreSlim(1));
        try
        {
            await turn.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Failed(RefusalReason.Expired, "it was cancelled before its turn");
        }

        try
        {
            report = await PartitionExchange.RunAsync(near, new PeerSide(peer, ask), _pace, range, mode, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            report = Failed(RefusalReason.Expired, "it was cancelled");
        }
        finally
        {
            turn.Release();
        }

        Note(partition, peer, mode, report);
        return report;
    }

    private static ExchangeReport Failed(RefusalReason reason, string detail) =>
        new() { Outcome = ExchangeOutcome.Failed, Refusal = reason, Detail = detail };

    private void Note(int partition, ReplicaId peer, ExchangeMode mode, ExchangeReport report)
    {
        // Only a comparison both ways says that the two hold the same.
        if (mode == ExchangeMode.Both) node.Repairs.Add(partition, peer, report);
        var meters = node.Meters;
        meters.Exchanges.Add(1, new KeyValuePair<string, object?>("outcome", report.Outcome.ToString().ToLowerInvariant()));
        meters.Differences.Add(report.Differences);
        meters.RepairedRecords.Add(report.RecordsSent, Sent);
        meters.RepairedRecords.Add(report.RecordsReceived, Received);
        meters.RepairBytes.Add(report.BytesSent, Sent);
        meters.RepairBytes.Add(report.BytesReceived, Received);
    }

    private static KeyValuePair<string, object?> Sent => new("direction", "sent");

    private static KeyValuePair<string, object?> Received => new("direction", "received");

    private sealed class PeerSide(ReplicaId peer, AskPeer ask) : IRepairSide
    {
        public Task<ReplicaReply> AskAsync(RepairRequest request, CancellationToken cancellation) => ask(peer, request, cancellation);
    }
}
