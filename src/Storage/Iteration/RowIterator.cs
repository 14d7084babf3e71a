namespace AkkaKv.Storage;

/// <summary>
/// Walks rows in order: keys ascending, and of one key the newest first. What it shows is valid until it moves. One thread at a time; the
/// holder keeps alive what it walks over.
/// </summary>
internal abstract class RowIterator
{
    /// <summary>False before the first <see cref="Seek"/> and behind the last row; then nothing else may be asked.</summary>
    public abstract bool IsValid { get; }

    public abstract ReadOnlySpan<byte> Key { get; }

    public abstract ulong Sequence { get; }

    public abstract RowKind Kind { get; }

    public abstract ReadOnlySpan<byte> Value { get; }

    /// <summary>Goes to the first row whose key is at or after <paramref name="key"/>; an empty key means the very first row.</summary>
    public abstract void Seek(ReadOnlySpan<byte> key);

    public abstract void MoveNext();
}
