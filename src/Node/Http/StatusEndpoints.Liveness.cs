using System.Text.Json;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>The parts of the status that say who is there, who says so, and whether signs of life are on time.</summary>
internal static partial class StatusEndpoints
{
    private static void WriteStanding(Utf8JsonWriter body, NodeState node, Ring ring, ReplicaId member)
    {
        var isReachable = node.IsReachable(member);
        var standing = node.Liveness.StandingOf(member);
        var isDown = member == node.Self || standing?.Kind == StandingKind.Down;
        body.WriteString("state", isReachable ? "up" : isDown ? "down" : "suspected");
        if (standing is null) return;
        var ago = Monotonic.Milliseconds(node.Time) - standing.Since;
        body.WriteString("since", KvJson.TimeOf(node.Time.GetUtcNow().ToUnixTimeMilliseconds() - ago));
        body.WriteStartArray("witnesses");
        foreach (var witness in standing.Witnesses) body.WriteStringValue(ring.MemberOf(witness)?.Name ?? witness.ToString());
        body.WriteEndArray();
        if (standing.IsHint) body.WriteBoolean("isUnreachableInAkka", true);
        if (isReachable) return;
        var lane = node.Peers.TryGetValue(member, out var peer) ? peer.Detail : "";
        body.WriteString("reason", string.Join("; ", new[] { standing.Reason, lane }.Where(text => text.Length > 0)));
    }

    private static void WriteSigns(Utf8JsonWriter body, SignLateness lateness)
    {
        body.WriteStartObject("signsOfLife");
        body.WriteNumber("count", lateness.Count);
        body.WriteNumber("p99LatenessMilliseconds", lateness.P99Milliseconds);
        body.WriteNumber("longestLatenessMilliseconds", lateness.LongestMilliseconds);
        body.WriteEndObject();
    }
}
