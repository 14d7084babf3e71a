using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>One intact record of a log or manifest.</summary>
internal readonly ref struct LogRecord
{
    public required LogRecordKind Kind { get; init; }

    /// <summary>Where the record begins in its file.</summary>
    public required long Offset { get; init; }

    /// <summary>Where the append began that wrote the record; everything before was durable by then.</summary>
    public required long GroupStart { get; init; }

    public required ReadOnlySpan<byte> Body { get; init; }

    public int TotalBytes => LogFormat.RecordHeaderBytes + Body.Length;

    /// <summary>Parses at an offset; false if no intact record begins there.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, long offset, ulong fileNumber, out LogRecord record)
    {
        record = default;
        var rest = file[(int)offset..];
        if (rest.Length < LogFormat.RecordHeaderBytes)
            return false;

        // The cheap tests first: a search for the next intact record comes here once for every byte.
        var kind = (LogRecordKind)rest[16];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
        var back = BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]);
        if (kind is < LogRecordKind.Batch or > LogRecordKind.Edit || length > rest.Length - LogFormat.RecordHeaderBytes || back > offset)
            return false;

        var end = LogFormat.RecordHeaderBytes + (int)length;
        if (BinaryPrimitives.ReadUInt64LittleEndian(rest) != LogFormat.Checksum(rest[8..end], fileNumber, offset))
            return false;

        record = new LogRecord
        {
            Kind = kind,
            Offset = offset,
            GroupStart = offset - back,
            Body = rest[LogFormat.RecordHeaderBytes..end],
        };
        return true;
    }
}
