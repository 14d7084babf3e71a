namespace AkkaKv.Storage;

/// <summary>
/// The payload of a data block's entry: a varint of twice the row's sequence relative to the table's smallest, plus one if the row is a
/// deletion; then the value.
/// </summary>
internal static class TableRow
{
    public static int WriteTag(Span<byte> target, ulong relativeSequence, RowKind kind) =>
        Varint.Write(target, (relativeSequence << 1) | (kind == RowKind.Delete ? 1UL : 0));

    public static (ulong Sequence, RowKind Kind) ReadTag(ReadOnlySpan<byte> payload, ulong smallestSequence, out int valueStart)
    {
        valueStart = 0;
        var tag = Varint.Read(payload, ref valueStart);
        return (smallestSequence + (tag >> 1), (tag & 1) == 0 ? RowKind.Put : RowKind.Delete);
    }
}
