using System.Text.Json;

namespace AkkaKv.Node;

/// <content>How far a node has compared its partitions with other owners.</content>
internal static partial class StatusEndpoints
{
    private static JsonResult Repair(NodeState node)
    {
        var json = KvJson.Object(body =>
        {
            body.WriteString("node", node.Settings.Name);
            body.WriteBoolean("enabled", node.Settings.Repair.IsEnabled);
            body.WriteNumber("intervalSeconds", node.Settings.Repair.Interval.TotalSeconds);
            body.WriteNumber("oldestExchangeSeconds", Math.Round(node.Repairs.OldestSeconds, 1));
            body.WriteNumber("leaves", 1 << node.Settings.Repair.LeafBits);
            body.WriteNumber("blocks", node.Leaves.Sum(leaves => leaves.Shape.Blocks));
            body.WriteNumber("blocksToCheck", node.Leaves.Sum(leaves => leaves.DoubtfulBlocks));
            body.WriteStartObject("totals");
            body.WriteNumber("exchanges", node.Repairs.Exchanges);
            WriteCounts(body, node.Repairs.Totals);
            body.WriteEndObject();
            body.WriteStartArray("partitions");
            foreach (var partition in node.Repairs.Owned.Order()) WritePartition(body, node, partition);
            body.WriteEndArray();
        });
        return Json(json, isWell: true);
    }

    private static void WritePartition(Utf8JsonWriter body, NodeState node, int partition)
    {
        body.WriteStartObject();
        body.WriteNumber("partition", partition);
        if (node.Repairs.Of(partition) is { } stamp)
        {
            var report = stamp.Report;
            body.WriteString("peer", node.Ring?.NameOf(stamp.Peer) ?? stamp.Peer.ToString());
            body.WriteString("outcome", report.Outcome.ToString().ToLowerInvariant());
            if (report.Detail.Length > 0) body.WriteString("detail", report.Detail);
            body.WriteString("endedAt", stamp.EndedAt);
            if (stamp.WholeAt is { } whole) body.WriteString("lastWholeAt", whole);
            WriteCounts(body, report);
        }

        body.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter body, ExchangeReport report)
    {
        body.WriteNumber("differences", report.Differences);
        body.WriteNumber("recordsSent", report.RecordsSent);
        body.WriteNumber("recordsReceived", report.RecordsReceived);
        body.WriteNumber("bytesSent", report.BytesSent);
        body.WriteNumber("bytesReceived", report.BytesReceived);
    }
}
