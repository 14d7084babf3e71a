using System.Text.Json;

namespace AkkaKv.Cli;

/// <summary>The answer of <c>GET /cluster/repair</c>.</summary>
internal sealed record RepairStatus
{
    public int Partitions { get; init; }

    public int Running { get; init; }

    public int Paused { get; init; }

    public int Unreachable { get; init; }

    public IReadOnlyList<RepairJobStatus> Jobs { get; init; } = [];

    /// <exception cref="FormatException">The text is no such answer.</exception>
    public static RepairStatus Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<RepairStatus>(json, JsonSerializerOptions.Web)
                ?? throw new FormatException("the answer is empty");
        }
        catch (JsonException fault)
        {
            throw new FormatException("the answer is not as an AkkaKv node gives it: " + fault.Message, fault);
        }
    }
}

internal sealed record RepairJobStatus
{
    public int Partition { get; init; }

    public string State { get; init; } = "?";

    public string? WaitingFor { get; init; }

    public DateTimeOffset? LastFullRoundAt { get; init; }

    public IReadOnlyList<string> Left { get; init; } = [];
}
