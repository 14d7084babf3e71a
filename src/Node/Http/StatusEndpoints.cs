using System.Text.Json;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>Health and status of a node, over HTTP.</summary>
internal static partial class StatusEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live\n"));
        routes.MapGet("/health/ready", (NodeState node) => Ready(node));
        routes.MapGet("/cluster/status", (NodeState node) => Status(node));
        routes.MapGet("/cluster/exchanges", (NodeState node) => Repair(node));
    }

    private static JsonResult Ready(NodeState node)
    {
        var stores = node.Stores.FirstOrDefault(store => !store.State.AcceptsCommits);
        var missing = node.Phase != NodePhase.Serving ? StateOf(node)
            : node.WhenShutOut.IsCompletedSuccessfully ? $"the others have shut it out: {node.WhenShutOut.Result.Reason}"
            : stores is not null ? $"a store takes no writes: {stores.State}"
            : null;
        var json = KvJson.Object(body =>
        {
            body.WriteBoolean("ready", missing is null);
            if (missing is not null) body.WriteString("missing", missing == "forming" ? $"it waits for {node.WaitingFor}" : missing);
            if (node.Ring is { } ring) body.WriteNumber("partitionsWithoutWriteQuorum", WithoutQuorum(node, ring));
        });
        return Json(json, missing is null);
    }

    private static JsonResult Status(NodeState node)
    {
        var ring = node.Ring;
        var json = KvJson.Object(body =>
        {
            body.WriteString("node", node.Settings.Name);
            body.WriteString("state", StateOf(node));
            if (ring is null) WriteForming(body, node);
            else WriteRing(body, node, ring);
        });
        return Json(json, ring is not null);
    }

    private static void WriteForming(Utf8JsonWriter body, NodeState node)
    {
        body.WriteString("waitingFor", node.WaitingFor);
        body.WriteStartArray("members");
        var cards = node.Seen.Values.Append(node.Card()).DistinctBy(card => card.Replica);
        foreach (var card in cards.OrderBy(card => card.Name, StringComparer.Ordinal))
        {
            body.WriteStartObject();
            body.WriteString("name", card.Name);
            body.WriteString("replicaId", new ReplicaId(card.Replica).ToString());
            body.WriteString("address", AddressOf(card.Host, card.Port));
            body.WriteBoolean("isSelf", card.Replica == node.Self.Value);
            body.WriteEndObject();
        }

        body.WriteEndArray();
    }

    private static string AddressOf(string host, int port) => $"akka.tcp://{AkkaKvHosting.SystemName}@{host}:{port}";

    private static void WriteRing(Utf8JsonWriter body, NodeState node, Ring ring)
    {
        body.WriteString("clusterId", ring.Document.ClusterId);
        body.WriteNumber("ringEpoch", ring.Document.Epoch);
        body.WriteNumber("partitions", ring.Document.Partitions.Length);
        body.WriteNumber("replicas", ring.Document.Replicas);
        body.WriteStartArray("dataCenters");
        foreach (var dataCenter in ring.Document.DataCenters)
        {
            body.WriteStartObject();
            body.WriteString("name", dataCenter.Name);
            body.WriteNumber("replicas", dataCenter.Replicas);
            body.WriteEndObject();
        }

        body.WriteEndArray();
        body.WriteNumber("writeQuorum", ring.Document.WriteQuorum);
        body.WriteNumber("readQuorum", ring.Document.ReadQuorum);
        WriteConflicts(body, ring.Document);
        WriteClock(body, node.Clocks);
        WriteSigns(body, node.Lateness);
        body.WriteNumber("failuresSurvivable", FailuresSurvivable(node, ring));
        body.WriteNumber("partitionsWithoutWriteQuorum", WithoutQuorum(node, ring));
        body.WriteStartArray("members");
        foreach (var member in ring.Members)
        {
            body.WriteStartObject();
            body.WriteString("name", member.Name);
            body.WriteString("replicaId", member.ReplicaId.ToString());
            body.WriteString("address", AddressOf(member.Host, member.Port));
            body.WriteString("dataCenter", member.DataCenter);
            body.WriteString("rack", member.Rack);
            body.WriteNumber("weight", member.Weight);
            WriteStanding(body, node, ring, member.ReplicaId);
            body.WriteBoolean("isSelf", member.ReplicaId == node.Self);
            body.WriteNumber("share", Math.Round(ring.ShareOf(member.ReplicaId), 4));
            body.WriteNumber("partitions", ring.PartitionsOf(member.ReplicaId));
            body.WriteEndObject();
        }

        body.WriteEndArray();
    }

    /// <summary>
    /// How many more nodes, whichever, may fail before some key cannot be read or written with the default quorums in this node's data
    /// centre.
    /// </summary>
    private static int FailuresSurvivable(NodeState node, Ring ring)
    {
        var needed = Needed(node, ring, Math.Max(ring.Document.WriteQuorum, ring.Document.ReadQuorum));
        return Math.Max(0, Partitions(ring).Min(partition => Reachable(node, ring, partition)) - needed);
    }

    private static int WithoutQuorum(NodeState node, Ring ring) =>
        Partitions(ring).Count(partition => Reachable(node, ring, partition) < Needed(node, ring, ring.Document.WriteQuorum));

    /// <summary>What the default of W or R comes to in this node's data centre.</summary>
    private static int Needed(NodeState node, Ring ring, int byDefault) => Math.Min(byDefault, ring.ReplicasIn(ring.DataCenterOf(node.Self)));

    private static IEnumerable<int> Partitions(Ring ring) => Enumerable.Range(0, ring.Document.Partitions.Length);

    private static int Reachable(NodeState node, Ring ring, int partition) =>
        ring.OwnersIn(partition, ring.DataCenterOf(node.Self)).Count(owner => node.IsReachable(owner.ReplicaId));

    private static string StateOf(NodeState node) => node.Phase switch
    {
        NodePhase.Starting => "starting",
        NodePhase.Forming => "forming",
        NodePhase.Serving => "serving",
        _ => "stopping",
    };

    private static JsonResult Json(byte[] json, bool isWell) => new(json, isWell);

    private sealed class JsonResult(byte[] json, bool isWell) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            response.ContentType = "application/json; charset=utf-8";
            if (!isWell) response.Headers.RetryAfter = "1";
            await response.Body.WriteAsync(json, httpContext.RequestAborted).ConfigureAwait(false);
        }
    }
}
