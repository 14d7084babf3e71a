using System.Text;
using System.Text.Json;
using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>The parts of the status that say how conflicts are resolved and what clock decides.</summary>
internal static partial class StatusEndpoints
{
    private static void WriteConflicts(Utf8JsonWriter body, RingDocument ring)
    {
        var rules = ring.ConflictRules;
        body.WriteStartObject("conflicts");
        body.WriteString("default", NameOf(rules.FirstOrDefault(rule => rule.Prefix.IsEmpty)?.Policy ?? ConflictPolicy.Siblings));
        foreach (var policy in Enum.GetValues<ConflictPolicy>())
        {
            body.WriteStartArray(NameOf(policy));
            foreach (var rule in rules.Where(rule => rule.Policy == policy && !rule.Prefix.IsEmpty))
                body.WriteStringValue(Encoding.UTF8.GetString(rule.Prefix.AsSpan()));
            body.WriteEndArray();
        }

        body.WriteEndObject();
    }

    private static void WriteClock(Utf8JsonWriter body, ClockWatch clocks)
    {
        body.WriteStartObject("clock");
        body.WriteNumber("leadMilliseconds", clocks.LeadMilliseconds);
        body.WriteBoolean("isTrusted", clocks.MayStamp && clocks.MayJudge);
        body.WriteEndObject();
    }

    private static string NameOf(ConflictPolicy policy) => policy == ConflictPolicy.LastWriteWins ? "last-write-wins" : "siblings";
}
