using System.Buffers.Binary;

namespace AkkaKv.Storage;

/// <summary>One intact record of a log or manifest.</summary>
internal readonly ref struct LogRecord
{
    /// <summary>Length, distance back and kind; the hash of the header covers them.</summary>
    private static readonly Range Described = 8..17;

    public required LogRecordKind Kind { get; init; }

    /// <summary>Where the record begins in its file.</summary>
    public required long Offset { get; init; }

    /// <summary>Where the append began that wrote the record; everything before was durable by then.</summary>
    public required long GroupStart { get; init; }

    public required ReadOnlySpan<byte> Body { get; init; }

    /// <summary>Header and body.</summary>
    public required int TotalBytes { get; init; }

    /// <summary>Writes a record's header. REQUIRES: the body is there already, to the end of <paramref name="record"/>.</summary>
    public static void WriteHeader(Span<byte> record, LogRecordKind kind, uint back, ulong fileNumber, long offset)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], record.Length - LogFormat.RecordHeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], back);
        record[16] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(record[17..], HeaderHash(record, fileNumber, offset));
        BinaryPrimitives.WriteUInt64LittleEndian(record, LogFormat.Checksum(record[8..], fileNumber, offset));
    }

    /// <summary>Parses at an offset; false if no intact record begins there.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, long offset, ulong fileNumber, uint version, out LogRecord record)
    {
        record = default;
        var rest = file[(int)offset..];
        var headerBytes = LogFormat.HeaderBytesOf(version);
        if (rest.Length < headerBytes)
            return false;

        // The cheap tests first: a search for the next intact record comes here once for every byte.
        var kind = (LogRecordKind)rest[16];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
        var back = BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]);
        if (kind < LogRecordKind.Batch || kind > LogFormat.LastKindOf(version) || length > rest.Length - headerBytes || back > offset)
            return false;
        if (version != LogFormat.FirstVersion && BinaryPrimitives.ReadUInt32LittleEndian(rest[17..]) != HeaderHash(rest, fileNumber, offset))
            return false;

        var end = headerBytes + (int)length;
        if (BinaryPrimitives.ReadUInt64LittleEndian(rest) != LogFormat.Checksum(rest[8..end], fileNumber, offset))
            return false;

        record = new LogRecord
        {
            Kind = kind,
            Offset = offset,
            GroupStart = offset - back,
            Body = rest[headerBytes..end],
            TotalBytes = end,
        };
        return true;
    }

    private static uint HeaderHash(ReadOnlySpan<byte> record, ulong fileNumber, long offset) =>
        unchecked((uint)LogFormat.Checksum(record[Described], fileNumber, offset));
}
