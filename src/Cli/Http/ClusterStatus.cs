using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>The answer of <c>GET /cluster/status</c>; what a node does not know yet is null.</summary>
internal sealed record ClusterStatus
{
    public string? ClusterId { get; init; }

    public long? RingEpoch { get; init; }

    public int? Partitions { get; init; }

    public int? Replicas { get; init; }

    public int? WriteQuorum { get; init; }

    public int? ReadQuorum { get; init; }

    public string Node { get; init; } = "?";

    public string State { get; init; } = "?";

    public string? WaitingFor { get; init; }

    public int? FailuresSurvivable { get; init; }

    public IReadOnlyList<MemberStatus> Members { get; init; } = [];

    /// <exception cref="FormatException">The text is no status.</exception>
    public static ClusterStatus Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<ClusterStatus>(json, JsonSerializerOptions.Web)
                ?? throw new FormatException("the status is empty");
        }
        catch (JsonException fault)
        {
            throw new FormatException("the status is not as an AkkaKv node gives it: " + fault.Message, fault);
        }
    }
}

internal sealed record MemberStatus
{
    public string Name { get; init; } = "?";

    public string? Address { get; init; }

    public string? DataCenter { get; init; }

    public string? Rack { get; init; }

    public int? Weight { get; init; }

    public string State { get; init; } = "?";

    /// <summary>When the state was found.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The nodes that do not reach it.</summary>
    public IReadOnlyList<string> Witnesses { get; init; } = [];

    public string? Reason { get; init; }

    public bool IsSelf { get; init; }

    public double? Share { get; init; }

    public int? Partitions { get; init; }
}
