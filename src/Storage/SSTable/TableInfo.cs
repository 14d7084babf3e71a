namespace AkkaKv.Storage;

/// <summary>What the manifest knows of a table, enough to leave it out of a search without touching it.</summary>
internal sealed record TableInfo
{
    public required ulong Number { get; init; }

    /// <summary>Size of the file in bytes.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Sequence of the oldest row that the table's sources held; rows store their sequence relative to it.</summary>
    public required ulong SmallestSequence { get; init; }

    public required ulong LargestSequence { get; init; }

    public required ReadOnlyMemory<byte> SmallestKey { get; init; }

    public required ReadOnlyMemory<byte> LargestKey { get; init; }

    /// <summary>Rows of all kinds; 0 if unknown. The table itself tells it, not the manifest.</summary>
    public ulong Rows { get; init; }

    /// <summary>Deletions among them.</summary>
    public ulong Deletes { get; init; }

    /// <summary>The first key behind the table: bounds that end with it take in the largest key.</summary>
    public ReadOnlyMemory<byte> EndKey => (byte[])[.. LargestKey.Span, 0];

    public bool Covers(ReadOnlySpan<byte> key) =>
        key.SequenceCompareTo(SmallestKey.Span) >= 0 && key.SequenceCompareTo(LargestKey.Span) <= 0;

    /// <summary>Whether the two key ranges have a key in common.</summary>
    public bool Overlaps(TableInfo other) =>
        SmallestKey.Span.SequenceCompareTo(other.LargestKey.Span) <= 0 && other.SmallestKey.Span.SequenceCompareTo(LargestKey.Span) <= 0;

    /// <summary>Whether any key of [from, until) can be in the table; an empty bound is none.</summary>
    public bool Overlaps(ReadOnlySpan<byte> from, ReadOnlySpan<byte> until) =>
        LargestKey.Span.SequenceCompareTo(from) >= 0 && (until.IsEmpty || SmallestKey.Span.SequenceCompareTo(until) < 0);
}
