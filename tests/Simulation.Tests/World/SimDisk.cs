namespace AkkaKv.Simulation.Tests;

/// <summary>What a replica holds for a key, beside what the model knows to have happened to it.</summary>
/// <param name="Record">The real record.</param>
/// <param name="Known">The dots in its causal history, followed by the model alone.</param>
internal sealed record Row(Record Record, DotSet Known);

/// <summary>What a node has on disk: it survives the process.</summary>
internal sealed class SimDisk
{
    private readonly SortedDictionary<string, Row> _rows = new(StringComparer.Ordinal);

    public uint Epoch { get; set; } = 1;

    public bool IsCleanlyStopped { get; set; } = true;

    /// <summary>Set by a scenario: nothing is synced while it stands.</summary>
    public bool IsStalled { get; set; }

    public IReadOnlyDictionary<string, Row> Rows => _rows;

    public Row? RowOf(string key) => _rows.GetValueOrDefault(key);

    public void Write(string key, Row row) => _rows[key] = row;

    public void Lose(string key) => _rows.Remove(key);
}
