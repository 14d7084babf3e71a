using System.Globalization;

namespace AkkaKv.Storage;

/// <summary>What opening a store found and did.</summary>
public sealed record RecoveryReport
{
    /// <summary>True if the directory held no store before.</summary>
    public bool IsNewStore { get; init; }

    /// <summary>
    /// True if the store was new or its last owner closed it in order. False after a crash, a power loss or a stop in read-only state:
    /// batches that were never acknowledged may then be present, or not, each as a whole.
    /// </summary>
    public bool WasClosedCleanly { get; init; }

    /// <summary>Commit logs that were read.</summary>
    public int LogsReplayed { get; init; }

    /// <summary>Batches found in them.</summary>
    public long BatchesReplayed { get; init; }

    /// <summary>Rows (puts and deletes) found in them.</summary>
    public long RowsReplayed { get; init; }

    /// <summary>
    /// Ends of files that were cut because no record there was intact and durable. They held nothing acknowledged. A log whose space was used
    /// before has one whenever it was not closed in order, even if no append was interrupted.
    /// </summary>
    public IReadOnlyList<CutTail> CutTails { get; init; } = [];

    /// <summary>
    /// Tables that cannot be read as a whole. They stay in place: every read within their key range fails with what is told here.
    /// </summary>
    public IReadOnlyList<CorruptionException> DamagedTables { get; init; } = [];

    /// <summary>Files of an interrupted flush or of an older state that nothing needs and that were deleted.</summary>
    public int FilesDeleted { get; init; }

    /// <summary>The highest sequence number that was recovered.</summary>
    public ulong LastSequence { get; init; }

    /// <summary>How long opening took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The report as a sentence for a log.</summary>
    public override string ToString()
    {
        if (IsNewStore)
            return "a new store";

        var parts = new List<string>
        {
            WasClosedCleanly ? "closed in order" : "not closed in order",
            string.Create(
                CultureInfo.InvariantCulture,
                $"replayed {BatchesReplayed} batches with {RowsReplayed} rows from {LogsReplayed} logs, up to row {LastSequence}"),
        };
        parts.AddRange(CutTails.Select(cut => $"cut {cut.Bytes} bytes that were never acknowledged at {cut.Offset} of {cut.File}"));
        parts.AddRange(DamagedTables.Select(damage => $"a table cannot be read: {damage.Message}"));
        return string.Join("; ", parts);
    }
}
