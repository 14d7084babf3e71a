namespace AkkaKv.Storage;

/// <summary>
/// Walks rows in order: keys ascending, and of one key the newest first; or exactly the other way round. What it shows is valid until it
/// moves. One thread at a time; the holder keeps alive what it walks over.
/// </summary>
/// <remarks>
/// A seek sets the direction: after <see cref="Seek"/> only <see cref="MoveNext"/> may follow, after <see cref="SeekBefore"/> only
/// <see cref="MovePrevious"/>, until the next seek. That keeps a merge simple, and no scan turns round.
/// </remarks>
internal abstract class RowIterator
{
    /// <summary>False before the first seek and beyond the ends; then nothing else may be asked.</summary>
    public abstract bool IsValid { get; }

    public abstract ReadOnlySpan<byte> Key { get; }

    public abstract ulong Sequence { get; }

    public abstract RowKind Kind { get; }

    public abstract ReadOnlySpan<byte> Value { get; }

    /// <summary>Goes to the first row whose key is at or after <paramref name="key"/>; an empty key means the very first row.</summary>
    public abstract void Seek(ReadOnlySpan<byte> key);

    /// <summary>Goes to the last row whose key is before <paramref name="key"/>; an empty key means the very last row.</summary>
    public abstract void SeekBefore(ReadOnlySpan<byte> key);

    public abstract void MoveNext();

    public abstract void MovePrevious();
}
