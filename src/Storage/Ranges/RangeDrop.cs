namespace AkkaKv.Storage;

/// <summary>Rows of [From, Until) that are not newer than a sequence are gone; an empty <paramref name="Until"/> is no bound.</summary>
/// <param name="Number">Drawn from the counter of files: a table with a higher number was written with this drop applied.</param>
/// <param name="Sequence">The newest row that the drop takes.</param>
/// <param name="From">The first key.</param>
/// <param name="Until">The first key that stays.</param>
internal sealed record RangeDrop(ulong Number, ulong Sequence, ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> Until)
{
    public bool Hides(ReadOnlySpan<byte> key, ulong sequence) => sequence <= Sequence && Covers(key);

    /// <summary>Whether no row of the table is left.</summary>
    public bool HidesAll(TableInfo table) =>
        table.LargestSequence <= Sequence && Covers(table.SmallestKey.Span) && Covers(table.LargestKey.Span);

    /// <summary>Whether the table may hold rows that the drop has taken.</summary>
    public bool MayConcern(TableInfo table) =>
        table.Number < Number && table.SmallestSequence <= Sequence && table.Overlaps(From.Span, Until.Span);

    private bool Covers(ReadOnlySpan<byte> key) =>
        key.SequenceCompareTo(From.Span) >= 0 && (Until.IsEmpty || key.SequenceCompareTo(Until.Span) < 0);
}
