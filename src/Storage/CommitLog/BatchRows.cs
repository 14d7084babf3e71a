using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>Walks the rows of an encoded batch; throws <see cref="InvalidDataException"/> where the bytes are no rows.</summary>
internal ref struct BatchRows
{
    /// <summary>Kind, length and one byte of a key.</summary>
    public const int LeastRowBytes = 3;

    private readonly ReadOnlySpan<byte> _rows;
    private int _position;

    /// <param name="rows">The encoded rows.</param>
    /// <param name="position">Where the row begins that is met first.</param>
    public BatchRows(ReadOnlySpan<byte> rows, int position = 0)
    {
        _rows = rows;
        _position = position;
    }

    /// <summary>Where the next row begins.</summary>
    public readonly int Position => _position;

    public RowKind Kind { get; private set; }

    public ReadOnlySpan<byte> Key { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool MoveNext()
    {
        if (_position == _rows.Length)
            return false;

        Kind = (RowKind)_rows[_position++];
        Key = Varint.ReadBytes(_rows, ref _position);
        Value = Kind switch
        {
            RowKind.Put => Varint.ReadBytes(_rows, ref _position),
            RowKind.Delete => default,
            _ => throw new InvalidDataException($"row kind {(byte)Kind} is not known"),
        };
        return true;
    }

    /// <summary>Splits the body of a batch record; what is left are its rows.</summary>
    public static ReadOnlySpan<byte> FromRecord(LogRecord record, out ulong firstSequence, out int count, out ReadOnlySpan<byte> note)
    {
        if (record.Kind is not (LogRecordKind.Batch or LogRecordKind.NotedBatch))
            throw new InvalidDataException($"a record of kind {(byte)record.Kind} is no batch");
        if (record.Body.Length < LogFormat.BatchHeaderBytes)
            throw new InvalidDataException("the batch is cut short");

        firstSequence = BinaryPrimitives.ReadUInt64LittleEndian(record.Body);
        count = BinaryPrimitives.ReadInt32LittleEndian(record.Body[8..]);
        var position = LogFormat.BatchHeaderBytes;
        note = record.Kind == LogRecordKind.NotedBatch ? Varint.ReadBytes(record.Body, ref position) : default;
        return record.Body[position..];
    }
}
