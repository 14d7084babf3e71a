namespace AkkaKv.Storage;

/// <summary>The rows of a source as reads must take them: those that a range drop hides are shown as deletions.</summary>
internal sealed class RangeDropIterator(RowIterator rows, RangeDrops drops) : RowIterator
{
    public override bool IsValid => rows.IsValid;

    public override ReadOnlySpan<byte> Key => rows.Key;

    public override ulong Sequence => rows.Sequence;

    public override RowKind Kind => drops.Hides(rows.Key, rows.Sequence) ? RowKind.Delete : rows.Kind;

    public override ReadOnlySpan<byte> Value => rows.Value;

    public override void Seek(ReadOnlySpan<byte> key) => rows.Seek(key);

    public override void SeekBefore(ReadOnlySpan<byte> key) => rows.SeekBefore(key);

    public override void MoveNext() => rows.MoveNext();

    public override void MovePrevious() => rows.MovePrevious();
}
